/** A log that another process writes to while the built program watches it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { WatchResult } from '../../src/steps/look-again.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory } from '../../src/stories/write-story.js'
import { readJsonError, readOneJson } from './one-json.js'
import { type CliOptions, makeFolder, runCli } from './run-cli.js'
import { HAS_TMUX, typeInto } from './terminal.js'

const WRITER = fileURLToPath(new URL('apps/write-log.mjs', import.meta.url))
const SIDES = ['--where-before', "upstream = 'old'", '--where-after', "upstream = 'new'"]

let cwd: string
let writer: ChildProcess | null = null
beforeEach(async () => {
  cwd = await makeFolder()
  await createStory(cwd, { id: 'orders', title: 'Orders are slow', route: 'GET /orders' })
})
afterEach(async () => {
  writer?.kill('SIGKILL')
  await rm(cwd, { recursive: true, force: true })
})

const register = (smallest: string) =>
  runCli(['hypothesis', 'new', 'orders', '--claim', 'N+1', ...SIDES, '--smallest', smallest], { cwd })
const WATCH = ['hypothesis', 'watch', 'orders', '--interval', '1s']
const FOLLOW = ['--follow', 'log.ndjson']

/** The shares of requests that are slow, on either side. */
function write(slowOld: number, slowNew: number): void {
  const file = path.join(cwd, 'log.ndjson')
  writer = spawn(process.execPath, [WRITER, file, String(slowOld), String(slowNew)], { stdio: 'ignore' })
}

const hypothesis = async () => (await readStory(cwd, 'orders')).frontMatter.hypotheses[0]!

test('a change that is there: confirmed, filed, and the watch is over', { timeout: 40_000 }, async () => {
  await register('5pp')
  write(0.6, 0.2)
  const { code, json } = await readOneJson<WatchResult>([...WATCH, ...FOLLOW, '--check'], { cwd })
  expect(code).toBe(0)
  expect(json).toMatchObject({
    story: 'orders',
    hypothesis: 'h1',
    judged: 'confirmed',
    verdict: 'better',
    exploratory: false,
    reason: null,
    sequence: { v1: expect.any(Number), interval: json.change.interval, asymptotic: true },
  })
  expect(json.looks).toBeGreaterThan(0)
  expect(json.change.interval![0]).toBeGreaterThan(0)
  const { frontMatter } = await readStory(cwd, 'orders')
  expect(frontMatter.status).toBe('confirmed')
  expect(frontMatter.hypotheses[0]).toMatchObject({
    watch: { v1: json.sequence.v1, looks: json.looks, day: null },
    results: [{ judged: 'confirmed', looks: json.looks, interval: json.change.interval, exploratory: null }],
  })
})

test('no change: disproved where one was promised', { timeout: 40_000 }, async () => {
  await register('20pp')
  write(0.4, 0.4)
  const run = await runCli([...WATCH, ...FOLLOW, '--check'], { cwd })
  expect(run.code).toBe(1)
  expect(run.stdout).toMatch(/^Hypothesis: N\+1\n\ndisproved: the share of good requests changed by /)
  expect(run.stderr).toMatch(/^\d\d:\d\d:\d\d UTC, look \d+: /m)
  expect((await readStory(cwd, 'orders')).frontMatter.status).toBe('investigating')
})

test('Ctrl-C: where it stands, exit 130, no result; then the same sequence goes on until its time is over', {
  timeout: 60_000,
}, async () => {
  await register('0.1pp')
  write(0.4, 0.4)
  const interrupt: CliOptions['onStart'] = child => {
    child.stderr!.on('data', text => {
      if (/look [1-9]/.test(String(text))) child.kill('SIGINT')
    })
  }
  const run = await runCli([...WATCH, ...FOLLOW], { cwd, onStart: interrupt })
  expect(run.code).toBe(130)
  expect(run.stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /cannot tell yet: .* no result is filed\. To go on: whyslow hypothesis watch orders --hypothesis h1/,
  )
  const stopped = await hypothesis()
  expect(stopped.results).toEqual([])
  expect(stopped.watch!.looks).toBeGreaterThan(0)
  const later = await readOneJson<WatchResult>([...WATCH, ...FOLLOW, '--timeout', '3s', '--check'], { cwd })
  expect(later.code).toBe(3)
  expect(later.json.sequence.v1).toBe(stopped.watch!.v1)
  expect(later.json.looks).toBeGreaterThan(stopped.watch!.looks)
  expect((await hypothesis()).results).toMatchObject([{ judged: 'cannot tell yet', looks: later.json.looks }])
})

test('a file that cannot be followed ends it with its reason', async () => {
  await register('5pp')
  const error = await readJsonError([...WATCH, '--follow', '-', '--timeout', '5s'], { cwd })
  expect(error.message).toContain('nothing to follow')
  const busy = await readJsonError(['hypothesis', 'watch', 'orders', '--interval', '0s'], { cwd })
  expect(busy.message).toBe('Expected an interval of 1 s to 24 d, found “0s”.')
})

test.runIf(HAS_TMUX)(
  'in a terminal it is drawn in place, and leaves the result',
  { timeout: 40_000 },
  async () => {
    await register('0.1pp')
    write(0.4, 0.4)
    const screen = await typeInto([...WATCH, ...FOLLOW], cwd, [['look    1', 'C-c']])
    expect(screen).toMatch(/^exit 130$/m)
    expect(screen.match(/^Hypothesis: N\+1$/gm)).toHaveLength(1)
    expect(screen).not.toContain('Watching')
    expect(screen).not.toContain('look ')
  },
)
