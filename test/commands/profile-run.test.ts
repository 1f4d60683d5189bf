/** Node's own profiler on a server that never exits: load, stories, timeboxes, Ctrl-C, and a whyslow that is killed. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ToolCapture } from '../../src/steps/run-profiler.js'
import type { StoryFrontMatter } from '../../src/stories/schema.js'
import { createStory } from '../../src/stories/write-story.js'
import { waitUntil } from '../profilers/apps.js'
import { listProcesses } from '../profilers/tools/run.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { makeFolder, ROOT, runCli } from './run-cli.js'

const BIN = path.join(ROOT, 'bin/run.js')
const STAY = path.join(ROOT, 'test/profilers/apps/stay.cjs')

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  for (const id of ['orders', 'reports']) await createStory(cwd, { id, title: `${id} are slow` })
})
afterAll(() => rm(cwd, { recursive: true }))

const run = (tool: string, flags: string[], command = ['node', STAY]) => [
  'profile',
  'run',
  ...tool.split(' '),
  ...flags,
  '--',
  ...command,
]
const show = async (id: string) => (await readOneJson<StoryFrontMatter>(['story', 'show', id], { cwd })).json

/** Free at this moment. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** `--json` belongs before the command, which is not whyslow's. */
async function runToolJson(args: string[], env: Record<string, string> = {}, folder = cwd) {
  const at = args.indexOf('--')
  const result = await runCli([...args.slice(0, at), '--json', ...args.slice(at)], { cwd: folder, env })
  expect(result.stderr).toBe('')
  return { code: result.code, json: JSON.parse(result.stdout) as ToolCapture }
}

test('under load, filed in the story of the running timebox, and nobody’s home is named', async () => {
  await runCli(['timebox', 'start', 'orders', '--for', '10m'], { cwd })
  const port = await findPort()
  const url = `http://127.0.0.1:${port}/spin`
  const home = path.dirname(STAY)
  const flags = ['--seconds', '2', '--load', url, '--connections', '2', '--header', 'X-A: b', '--limit', '3']
  const { code, json } = await runToolJson(run('node', flags), { PORT: String(port), HOME: home })
  expect(code).toBe(0)
  expect(json).toMatchObject({
    tool: 'node',
    toolVersion: expect.stringMatching(/^\d+\./),
    from: 'path',
    endedBy: 'deadline',
    story: 'orders',
    artefacts: [],
    verdict: null,
    warnings: [],
  })
  expect(json.duration_ms).toBeGreaterThan(1900)
  expect(json.duration_ms).toBeLessThan(6000)
  expect(json.hottest[0]).toMatchObject({ function: 'spinForAWhile', group: 'own code' })
  expect(json.load).toMatchObject({ url, connections: 2, errors: 0, timeouts: 0 })
  expect(json.load!.requests).toBeGreaterThan(1)
  expect(json.load!.statuses).toEqual({ '2xx': json.load!.requests })
  // It is busy for 30 ms for each of two.
  expect(json.load!.latency.find(({ q }) => q === 0.5)!.ms).toBeGreaterThan(29)

  const [profile] = json.profiles
  expect(path.dirname(profile!.file)).toBe(path.join(cwd, 'stories/orders'))
  const picture = path.basename(profile!.file).replace('.cpuprofile', '.svg')
  expect(json.flameGraphs).toEqual([path.join(cwd, 'stories/orders', picture)])
  expect(await readdir(path.join(cwd, 'stories/orders'))).toEqual([
    path.basename(profile!.file),
    picture,
    'story.md',
  ])
  const text = await readFile(profile!.file, 'utf8')
  expect(text).toContain('spinForAWhile')
  expect(text).not.toContain(home)
  const story = await show('orders')
  expect(story.profiles).toMatchObject([
    { file: path.basename(profile!.file), tool: 'node', kind: 'cpu', timebox: 't1' },
  ])
  expect(story.timeboxes[0]!.profiles).toEqual([path.basename(profile!.file)])
  expect(story.evidence[0]).toMatchObject({
    kind: 'profile',
    finding: expect.stringContaining('spinForAWhile'),
    command: expect.stringContaining('whyslow profile run node --story orders --seconds 2 -- node '),
  })
})

test('clinic doctor: its diagnosis is the story’s finding, its graphs lie beside it', async () => {
  const { json } = await runToolJson(run('clinic doctor', ['--seconds', '2', '--story', 'reports']))
  expect(json.verdict!.category).toMatch(/^(?:none|event-loop|io|gc|data|unknown)$/)
  expect(json.artefacts).toEqual([
    { file: expect.stringMatching(/-clinic-doctor\.html$/), what: expect.any(String) },
  ])
  const story = await show('reports')
  expect(story.evidence[0]).toMatchObject({
    finding: `clinic doctor: ${json.verdict!.finding}`,
    value: json.verdict!.category,
  })
  expect(story.profiles[0]!.file).toBe(path.basename(json.artefacts[0]!.file))
  expect((await readdir(path.join(cwd, 'stories/reports'))).sort()).toEqual([
    path.basename(json.artefacts[0]!.file),
    'story.md',
  ])
})

test('as text, without a workbook, a load that fails is said; the program sees no NODE_ENV of ours', async () => {
  const folder = await makeFolder(false)
  const port = await findPort()
  const load = ['--load', `http://127.0.0.1:${port}/fail`, '--connections', '1']
  const { code, stdout, stderr } = await runCli(run('node', ['--seconds', '1', ...load]), {
    cwd: folder,
    env: { PORT: String(port) },
  })
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^node \d\S+, \d\.\d\d s\n\S+\.cpuprofile: [\d,]+ samples\nIt is in no story[\s\S]*On the CPU [\d.]+% of the time/,
  )
  expect(stdout).toMatch(/\nspinForAWhile {2}/)
  expect(stdout).toMatch(/Load: http:\S+\/fail, 1 connections/)
  expect(stderr).toContain('100.0% of the answers were 5xx')
  await rm(folder, { recursive: true })

  const printer = ['node', '-e', 'console.error("NODE_ENV is", process.env.NODE_ENV); process.exitCode = 3']
  const { NODE_ENV: _, ...env } = process.env
  const bare = await promisify(execFile)(
    process.execPath,
    [BIN, ...run('node', ['--seconds', '5'], printer)],
    {
      cwd,
      env,
    },
  )
  expect(bare.stderr).toContain(' s of 5 s: NODE_ENV is undefined')
})

test('it never goes on past its timebox', async () => {
  await runCli(['timebox', 'stop', 'orders', '--learned', 'x'], { cwd })
  await runCli(['timebox', 'start', 'orders', '--for', '12s'], { cwd })
  const { json } = await runToolJson(run('node', ['--seconds', '60']))
  expect(json.duration_ms).toBeLessThan(12_100)
  expect(json.warnings).toMatchObject([
    { code: 'timebox-over', message: expect.stringMatching(/^The capture took \d+\.\d s instead of 60 s/) },
  ])
  await runCli(['timebox', 'stop', 'orders', '--learned', 'x'], { cwd })
})

test('Ctrl-C keeps what it has', async () => {
  const mark = `WHYSLOW_TEST=ctrl-c-${process.pid}`
  const started = runCli(run('node', ['--seconds', '60']), {
    cwd,
    env: { WHYSLOW_TEST: `ctrl-c-${process.pid}` },
    onStart: async child => {
      const isUp = () =>
        listProcesses(mark).some(({ command }) => command.includes(STAY) && !command.includes('run.js'))
      await waitUntil(isUp, 60_000)
      await new Promise(resolve => setTimeout(resolve, 1500))
      child.kill('SIGINT')
    },
  })
  const { code, stdout } = await started
  expect(code).toBe(130)
  expect(stdout).toMatch(/\.cpuprofile: [\d,]+ samples/)
  expect(listProcesses(mark)).toEqual([])
})

test('whyslow killed: its guard ends the tool, the program, and a child in a session of its own', async () => {
  const text = `killed-${process.pid}`
  const mark = `WHYSLOW_TEST=${text}`
  const others = () => listProcesses(mark).filter(({ command }) => !command.includes('run.js'))
  await runCli(run('0x', ['--seconds', '60']), {
    cwd,
    env: { WHYSLOW_TEST: text, CHILD: '1' },
    onStart: async child => {
      await waitUntil(() => others().some(({ command }) => command.startsWith('sleep')), 60_000)
      expect(others().length).toBeGreaterThanOrEqual(3)
      child.kill('SIGKILL')
    },
  })
  expect(await waitUntil(() => others().length === 0, 30_000)).toBe(true)
})

test('the load asks for what the workbook’s traffic asks for', async () => {
  const folder = await makeFolder()
  const rows = Array.from({ length: 40 }, (_, i) => ({
    time: `2026-10-05T10:00:${String(i).padStart(2, '0')}Z`,
    method: i % 4 === 3 ? 'POST' : 'GET',
    path: i % 2 ? '/spin' : '/other?x=1',
    status: 200,
  }))
  await writeFile(path.join(folder, 'log.ndjson'), rows.map(row => `${JSON.stringify(row)}\n`).join(''))
  await runCli(['import', 'log.ndjson'], { cwd: folder })
  const port = await findPort()
  const load = ['--load', `http://127.0.0.1:${port}`, '--load-mix', '--where', `path <> '/none'`]
  const { json } = await runToolJson(run('node', ['--seconds', '1', ...load]), { PORT: String(port) }, folder)
  expect(json.load!.requests).toBeGreaterThan(0)
  expect(json.load!.connections).toBe(10)
  expect(json.warnings).toMatchObject([
    {
      code: 'mix-partial',
      message: 'The mix leaves out 25.0% of the requests: only GET is sent, since others may change data.',
    },
  ])
  await rm(folder, { recursive: true })
})

test('wrong use says how it is right', async () => {
  const refusals: [args: string[], said: string][] = [
    [run('perl', []), 'There is no tool “perl”: expected one of node, node heap, 0x'],
    [run('clinic', []), '“clinic” is several tools: clinic doctor, clinic flame'],
    [run('0x', [], ['npm', 'start']), '→ Behind npm start and the like'],
    [['profile', 'run', '0x'], '0x was given nothing to profile.'],
    [run('perf', ['--pid', '1']), 'found both'],
    [run('node', ['--load', 'localhost:3000']), 'Expected the URL that the load asks for'],
    [run('node', ['--load', 'http://x', '--rate', '50']), 'the service sets the rate'],
    [run('node', ['--load', 'http://x', '--header', 'nonsense']), 'Expected a header'],
    [run('node', ['--connections', '5']), '--load'],
    [run('node', ['--story', 'nope']), 'There is no story “nope”'],
  ]
  await Promise.all(
    refusals.map(async ([args, said]) => expect(expectRefused(await runCli(args, { cwd }))).toContain(said)),
  )
  const { message } = await readJsonError(['profile', 'run', 'node', '--pid', '4711'], { cwd })
  expect(message).toBe("node starts the program that it profiles; it can't be attached to one.")
})

test('a program that fails: its error; one that leaves nothing: its last words', async () => {
  const failed = await runToolJson(run('node', ['--seconds', '60'], ['node', '/no/such/file.js']))
  expect(failed.code).toBe(0)
  expect(failed.json).toMatchObject({ endedBy: 'itself', profiles: [expect.anything()] })
  expect(failed.json.warnings[0]).toMatchObject({
    code: 'process-ended',
    message: expect.stringMatching(/of 60 s: Error: Cannot find module '\/no\/such\/file.js'$/),
  })

  const before = await readdir(cwd)
  const dying = `console.error('so long'); require('node:child_process').execFileSync('kill', ['-9', process.pid])`
  const { code, stdout, stderr } = await runCli(run('node', [], ['node', '-e', dying]), { cwd })
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  expect(stderr).toMatch(
    /node wrote nothing that can be used: it ended by SIGKILL after \d\.\d s\. Its last lines:\n {2}so long/,
  )
  expect(await readdir(cwd)).toEqual(before)
})
