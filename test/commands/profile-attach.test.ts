/** A short capture of a real server, filed in the story whose timebox is running. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { probeInspector } from '../../src/profilers/node/inspector.js'
import { listListeners } from '../../src/profilers/node/processes.js'
import type { CapturedProfiles } from '../../src/steps/capture-profile.js'
import type { StoryFrontMatter } from '../../src/stories/schema.js'
import { createStory } from '../../src/stories/write-story.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { makeFolder, ROOT, runCli } from './run-cli.js'

const APP = path.join(ROOT, 'test/profilers/apps/server.cjs')

let cwd: string
let server: ChildProcess
let asking = true
beforeAll(async () => {
  cwd = await makeFolder()
  for (const id of ['orders', 'reports']) await createStory(cwd, { id, title: `${id} are slow` })
  server = spawn(process.execPath, [APP], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<string>(resolve =>
    server.stdout!.once('data', data => resolve(String(data).trim())),
  )
  const ask = async () => {
    while (asking) {
      await fetch(`http://127.0.0.1:${port}/spin`)
        .then(response => response.text())
        .catch(() => undefined)
      await sleep(80)
    }
  }
  void ask()
})
afterAll(async () => {
  asking = false
  server.kill('SIGKILL')
  await rm(cwd, { recursive: true })
})

const attach = (...args: string[]) => ['profile', 'attach', String(server.pid), ...args]
const show = async (id: string) => (await readOneJson<StoryFrontMatter>(['story', 'show', id], { cwd })).json

test('it is filed in the story of the running timebox, and its folder names nobody’s home', async () => {
  await runCli(['timebox', 'start', 'orders', '--for', '10m'], { cwd })
  const home = path.dirname(APP)
  const { code, json } = await readOneJson<CapturedProfiles>(attach('--seconds', '1', '--limit', '3'), {
    cwd,
    env: { HOME: home },
  })
  expect(code).toBe(0)
  expect(json).toMatchObject({ story: 'orders', left: expect.any(String), warnings: [] })
  const [profile] = json.profiles
  expect(profile).toMatchObject({
    pid: server.pid,
    duration_ms: expect.any(Number),
    samples: expect.any(Number),
  })
  expect(profile!.duration_ms).toBeGreaterThan(900)
  expect(profile!.duration_ms).toBeLessThan(1500)
  expect(path.dirname(profile!.file)).toBe(path.join(cwd, 'stories/orders'))
  expect(json.hottest[0]).toEqual({
    function: 'spinForAWhile',
    file: expect.stringContaining('server.cjs'),
    line: expect.any(Number),
    group: expect.any(String),
    self_ms: expect.any(Number),
    total_ms: expect.any(Number),
  })
  const text = await readFile(profile!.file, 'utf8')
  expect(text).toContain('~/server.cjs')
  expect(text).not.toContain(home)

  const picture = profile!.file.replace('.cpuprofile', '.svg')
  expect(json.flameGraphs).toEqual([picture])
  const svg = await readFile(picture, 'utf8')
  expect(svg).toMatch(/<title>spinForAWhile, ~\/server\.cjs:\d+ \(own code\)/)
  expect(svg).not.toContain(home)

  const story = await show('orders')
  const file = path.basename(profile!.file)
  expect(story.profiles).toMatchObject([{ file, tool: 'node', kind: 'cpu', pid: server.pid, timebox: 't1' }])
  expect(story.timeboxes[0]!.profiles).toEqual([file])
  expect(story.evidence).toMatchObject([
    {
      id: 'profile1',
      kind: 'profile',
      finding: expect.stringMatching(
        /% of 1\.0\d s on the CPU; of that: spinForAWhile \(server\.cjs:\d+\) \d+\.\d%/,
      ),
    },
  ])
})

test('as text: where the time went, what it cost, and in which state the process was left', async () => {
  const { code, stdout } = await runCli(attach('--seconds', '1', '--story', 'reports', '--html'), { cwd })
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^stories\/reports\/\S+\.cpuprofile: process \d+, (?:1\.0\d s|99\d ms), [\d,]+ samples(?:, [\d,]+ dropped)?\nFiled in the story reports\.\nFlame graph: \S+\.svg\nFlame graph: stories\/reports\/\S+\.html\n\nOn the CPU \d+\.\d% of the time/,
  )
  expect(stdout).toMatch(/\nspinForAWhile {2}/)
  expect(stdout).toContain('Inspector: ')
})

test('two running timeboxes: it asks which; a story that is named wins', async () => {
  await runCli(['timebox', 'start', 'reports', '--for', '3s'], { cwd })
  expect(expectRefused(await runCli(attach(), { cwd }))).toContain(
    '→ Say which: --story orders or --story reports',
  )
})

test('it never goes on past its timebox, and not after it', async () => {
  await runCli(['timebox', 'stop', 'reports', '--learned', 'x'], { cwd })
  await runCli(['timebox', 'start', 'reports', '--for', '8s'], { cwd })
  const started = Date.parse((await show('reports')).timeboxes.at(-1)!.started)
  const { json } = await readOneJson<CapturedProfiles>(attach('--seconds', '60', '--story', 'reports'), {
    cwd,
  })
  expect(Date.parse(json.profiles[0]!.startedAt) + json.profiles[0]!.duration_ms - started).toBeLessThan(8150)
  expect(json.warnings).toMatchObject([
    { code: 'timebox-over', message: expect.stringMatching(/^The capture took \d\.\d s instead of 60 s/) },
  ])
  await sleep(Math.max(0, started + 8100 - Date.now()))
  const files = await readdir(path.join(cwd, 'stories/reports'))
  const over = await readJsonError(attach('--seconds', '1', '--story', 'reports'), { cwd })
  expect(over).toMatchObject({
    message: 'The timebox of reports is over (budget 8s).',
    next: [expect.stringContaining('whyslow timebox stop reports'), expect.any(String)],
  })
  expect(await readdir(path.join(cwd, 'stories/reports'))).toEqual(files)
})

test('without a workbook the profile is here; a story needs one', async () => {
  const folder = await makeFolder(false)
  const { json } = await readOneJson<CapturedProfiles>(attach('--seconds', '1'), { cwd: folder })
  expect(json.story).toBeNull()
  expect(await readdir(folder)).toEqual([path.basename(json.profiles[0]!.file)])
  expect(expectRefused(await runCli(attach('--story', 'orders'), { cwd: folder }))).toContain(
    'There is no workbook here that could hold the story.',
  )
  await rm(folder, { recursive: true })
})

test('no such process, no such story, no such number', async () => {
  const refusals: [args: string[], said: string][] = [
    [['profile', 'attach', '999999', '--story', 'orders'], 'There is no process 999999.'],
    [attach('--story', 'nope'), 'There is no story “nope”'],
    [attach('--seconds', '0'), '--seconds'],
  ]
  await Promise.all(
    refusals.map(async ([args, said]) => expect(expectRefused(await runCli(args, { cwd }))).toContain(said)),
  )
  const { message } = await readJsonError(['profile', 'attach', 'node'], { cwd })
  expect(message).toBe('Expected the id of a process, a whole number, found “node”.')
})

/** Another app, with the flags that Node gets. */
async function startApp(name: string, ...flags: string[]): Promise<ChildProcess> {
  const app = spawn(process.execPath, [...flags, path.join(path.dirname(APP), name)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void app.kill('SIGKILL'))
  await once(app.stdout!, 'data')
  return app
}

async function inspectorPort(pid: number): Promise<number | undefined> {
  for (const { host, port } of listListeners(pid) ?? []) if (await probeInspector({ host, port })) return port
  return undefined
}

test('several processes by their command line, what they allocate, filed together', async () => {
  const apps = [await startApp('allocate.cjs'), await startApp('allocate.cjs')]
  const args = ['profile', 'attach', '--match', 'profilers/apps/allocate.cjs', '--heap', '--seconds', '2']
  const { code, json } = await readOneJson<CapturedProfiles>([...args, '--story', 'orders'], { cwd })
  expect(code).toBe(0)
  expect(json).toMatchObject({ unit: 'bytes', left: 'closed', story: 'orders', idle_ms: null })
  const pids = apps.map(({ pid }) => pid!).sort((a, b) => a - b)
  expect(json.profiles.map(({ pid }) => pid).sort((a, b) => a - b)).toEqual(pids)
  expect(json.processes.map(({ pid }) => pid).sort((a, b) => a - b)).toEqual(pids)
  for (const profile of json.profiles) {
    expect(profile).toMatchObject({ kind: 'heap', thread: 'main', interval_us: null })
    expect(path.basename(profile.file)).toMatch(new RegExp(`-${profile.pid}\\.heapprofile$`))
  }
  expect(json.hottest.map(one => one.function)).toContain('dropAll')
  expect(json.hottest[0]).toMatchObject({ self_bytes: expect.any(Number), total_bytes: expect.any(Number) })
  const story = await show('orders')
  expect(story.profiles.filter(({ kind }) => kind === 'heap')).toHaveLength(2)
  expect(story.evidence.at(-1)).toMatchObject({
    finding: expect.stringMatching(
      /^about \S+ \wB allocated in \d\.\d+ s; of that: .*; the capture's cost: event-loop delay/,
    ),
    unit: 'bytes allocated',
    command: expect.stringMatching(/ --heap --story orders --seconds \d$/),
  })
})

test('one that is gone is a warning; an inspector at a URL is left open', async () => {
  const folder = await makeFolder(false)
  const app = await startApp('server.cjs', '--inspect=127.0.0.1:0')
  const some = await readOneJson<CapturedProfiles>(attach('999999', '--seconds', '1'), { cwd: folder })
  expect(some.code).toBe(0)
  expect(some.json.warnings).toMatchObject([
    { code: 'process-missing', message: 'Nothing of process 999999: There is no process 999999.' },
  ])
  const url = `http://127.0.0.1:${await inspectorPort(app.pid!)}`
  const { json } = await readOneJson<CapturedProfiles>(['profile', 'attach', url, '--seconds', '1'], {
    cwd: folder,
  })
  expect(json).toMatchObject({ left: 'as found', profiles: [{ pid: app.pid, thread: 'main' }] })
  expect(`http://127.0.0.1:${await inspectorPort(app.pid!)}`).toBe(url)
  await rm(folder, { recursive: true })
})

test('processes and a text, neither, or a URL beside them are refused', async () => {
  const folder = await makeFolder(false)
  const refusals: [args: string[], said: string][] = [
    [[], 'one of both'],
    [['4711', '--match', 'server'], 'one of both'],
    [['4711', 'http://127.0.0.1:9229'], 'by itself'],
    [['http://192.0.2.1:9229'], '--allow-remote'],
    [['--match', 'no-such-service'], 'No Node process'],
  ]
  await Promise.all(
    refusals.map(async ([args, said]) =>
      expect(expectRefused(await runCli(['profile', 'attach', ...args], { cwd: folder }))).toContain(said),
    ),
  )
  await rm(folder, { recursive: true })
})
