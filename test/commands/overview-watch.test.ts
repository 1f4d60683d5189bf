/** The overview of a workbook that another process imports into, and of a log that is written to meanwhile. */
import { type ChildProcess, spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Overview } from '../../src/evidence/overview.js'
import { expectRefused } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'
import { HAS_TMUX, typeInto } from './terminal.js'

const WRITER = fileURLToPath(new URL('apps/write-log.mjs', import.meta.url))
const WATCH = ['overview', '--watch', '--interval', '1s']

let cwd: string
let writer: ChildProcess | null = null
beforeEach(async () => {
  cwd = await makeFolder()
  await importRequest('/orders', 900)
})
afterEach(async () => {
  writer?.kill('SIGKILL')
  await rm(cwd, { recursive: true, force: true })
})

async function importRequest(route: string, duration_ms: number): Promise<void> {
  const name = `${duration_ms}.ndjson`
  const request = { time: '2026-10-05T09:00:00Z', method: 'GET', path: route, status: 200, duration_ms }
  await writeFile(path.join(cwd, name), `${JSON.stringify(request)}\n`)
  await runCli(['import', name], { cwd })
}

/** Interrupts when each of these has been seen on stderr, and done after it what belongs to it. */
function inTurn(steps: readonly [see: RegExp, act: () => Promise<void>][]): (child: ChildProcess) => void {
  return child => {
    let text = ''
    let at = 0
    child.stderr!.on('data', async data => {
      text += data
      const step = steps[at]
      if (!step?.[0].test(text)) return
      at += 1
      await step[1]()
      if (at === steps.length) child.kill('SIGINT')
    })
  }
}

test('without a terminal: a line when requests came in, and the table at the end, exit 130', async () => {
  const run = await runCli(WATCH, {
    cwd,
    onStart: inTurn([
      [/: 1 request;/, () => importRequest('/cart', 100)],
      [/: 2 requests;/, async () => undefined],
    ]),
  })
  expect(run.code).toBe(130)
  const lines = run.stderr.split('\n').filter(line => line.includes(' UTC: '))
  expect(lines.map(line => line.replace(/^[\d:]{8} /, ''))).toEqual([
    'UTC: 1 request; below the objective of 95%: GET /orders 0.0%',
    'UTC: 2 requests; below the objective of 95%: GET /orders 0.0%',
  ])
  expect(run.stdout.match(/^GET \/(?:orders|cart) /gm)).toHaveLength(2)
  expect(run.stdout).not.toContain('\u001b')
})

/** Nothing says how far it is, so what it writes to the workbook does; the look comes within a second and a query. */
async function interruptLater(child: ChildProcess): Promise<void> {
  for (let requests = 0; requests < 100; ) {
    const { stdout } = await runCli(['overview', '--json'], { cwd })
    requests = (JSON.parse(stdout) as Overview).requests
  }
  await sleep(5000)
  child.kill('SIGINT')
}

test('with --json the last overview, once', async () => {
  writer = spawn(process.execPath, [WRITER, path.join(cwd, 'log.ndjson'), '0.5', '0.5'], { stdio: 'ignore' })
  const run = await runCli([...WATCH, '--follow', 'log.ndjson', '--json'], {
    cwd,
    onStart: child => void interruptLater(child),
  })
  expect(run.code).toBe(130)
  expect(run.stderr).toBe('')
  expect((JSON.parse(run.stdout) as Overview).routes.map(({ route }) => route)).toContain('GET /orders')
})

test('what the first look cannot do ends it', async () => {
  const run = await runCli([...WATCH, '--where', 'nothing = 1'], { cwd })
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect((await runCli(['overview', '--follow', 'log.ndjson'], { cwd })).code).toBe(2)
  const busy = await runCli(['overview', '--watch', '--interval', '0s'], { cwd })
  expect(expectRefused(busy)).toContain('Expected an interval of 1 s to 24 d, found “0s”.')
})

test.runIf(HAS_TMUX)('in a terminal it is drawn in place, and leaves the last table', async () => {
  writer = spawn(process.execPath, [WRITER, path.join(cwd, 'log.ndjson'), '0.5', '0.5'], { stdio: 'ignore' })
  let most = 0
  const count = (screen: string) => {
    most = Math.max(most, screen.match(/^GET \/orders /gm)?.length ?? 0)
  }
  const args = [...WATCH, '--follow', 'log.ndjson']
  const screen = await typeInto(args, cwd, [['looks every 1 s'], ['1,', 'C-c']], count)
  expect(screen).toMatch(/^exit 130$/m)
  expect(screen).not.toContain('looks every')
  expect(screen.match(/^GET \/orders /gm)).toHaveLength(1)
  expect(most).toBe(1)
})
