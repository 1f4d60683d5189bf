/** `bench run` on a real service: the contract, what is kept, and how it ends when something goes wrong. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BenchmarkResult } from '../../src/experiments/benchmarks/comparison.js'
import type { Repetition } from '../../src/experiments/benchmarks/repetition.js'
import { findScenario } from '../../src/steps/benchmarks/find-scenario.js'
import { settleScenario } from '../../src/steps/benchmarks/settle-scenario.js'
import { listProcesses } from '../profilers/tools/run.js'
import { readJsonError, readOneJson } from './one-json.js'
import { makeFolder, ROOT, runCli } from './run-cli.js'

const SERVER = path.join(ROOT, 'test/commands/apps/bench-server.mjs')

let root: string
let port: number
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'whyslow-bench-'))
  port = await findPort()
})
afterAll(() => rm(root, { recursive: true }))

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: free } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return free
}

const listens = () =>
  fetch(url('/ok')).then(
    () => true,
    () => false,
  )

interface Wish {
  load?: string
  /** Lines of the scenario. */
  more?: string[]
  when?: string
  ready?: string
}

const url = (at: string) => `http://127.0.0.1:${port}${at}`

async function writeScenario(folder: string, name: string, { load, more = [], when = '', ready }: Wish) {
  await mkdir(path.join(folder, 'bench'), { recursive: true })
  const lines = [
    'service:',
    `  command: exec node ${SERVER}`,
    `  ready: ${ready ?? url('/ok')}`,
    `  env: {PORT: ${port}, WHEN: "${when}"}`,
    `load: {url: "${url('/ok')}", warmup: none, ${load?.includes('duration') ? '' : 'duration: 1s, '}${load ?? 'rate: 50/s'}}`,
    ...(more.some(line => line.startsWith('under:')) ? [] : ['under: 250ms']),
    ...more,
  ]
  await writeFile(path.join(folder, 'bench', `${name}.yaml`), `${lines.join('\n')}\n`)
}

/** With one scenario. */
async function makeProject(name: string, wish: Wish = {}): Promise<string> {
  const folder = path.join(root, name)
  await writeScenario(folder, 'orders', wish)
  return folder
}

const readKept = async (folder: string): Promise<(Repetition | null)[]> => {
  const text = await readFile(path.join(folder, 'bench/results/orders.ndjson'), 'utf8').catch(() => '')
  return text
    .trimEnd()
    .split('\n')
    .flatMap(line => {
      if (line === '') return []
      try {
        return [JSON.parse(line) as Repetition]
      } catch {
        return [null]
      }
    })
}

test('a service of constant 100 ms, at 10 requests a second and connection: p50 is 100 ms, and the contract', async () => {
  const folder = await makeProject('constant', {
    load: `rate: 40/s, connections: 4, requests: [{path: /slow}]`,
    more: ['repetitions: 2'],
  })
  execFileSync('git', ['init', '-q'], { cwd: folder })
  await mkdir(path.join(folder, 'bench/results'))
  // As a crash leaves it.
  await writeFile(path.join(folder, 'bench/results/orders.ndjson'), '{"scenario":"ord')
  const { code, json } = await readOneJson<BenchmarkResult>(['bench', 'run'], { cwd: folder })
  expect(code).toBe(0)
  expect(json.scenario).toBe('orders')
  expect(Object.keys(json)).toEqual(
    expect.arrayContaining(['scenario', 'repetitions', 'environment', 'noise', 'warnings']),
  )
  expect(json.repetitions).toHaveLength(2)
  for (const repetition of json.repetitions) {
    expect(repetition).toMatchObject({
      requests: 40,
      errors: 0,
      underShare: expect.any(Number),
      p95_ms: expect.any(Number),
      p99_ms: expect.any(Number),
      cpu_ms: expect.any(Number),
      peakMemory_mb: expect.any(Number),
      eventLoopDelay: { p99_ms: expect.any(Number) },
      gc: { count: expect.any(Number) },
    })
    expect(repetition.p50_ms).toBeGreaterThan(98)
    // Where others take the machine, it is more: what must not be is half.
    expect(repetition.p50_ms).toBeLessThan(400)
    expect(repetition.throughput).toBeGreaterThan(10)
    expect(repetition.cpu_ms).toBeGreaterThan(0)
    expect(repetition).not.toHaveProperty('latency')
  }
  expect(json.environment).toMatchObject({ commit: null, node: expect.stringMatching(/^v?\d+\./) })
  expect(json.noise.before.median_ms).toBeGreaterThan(0)
  expect(json.warnings.map(warning => warning.code)).toEqual(
    expect.arrayContaining(['few-requests', 'uncommitted']),
  )

  const again = await runCli(['bench', 'run', 'bench/orders.yaml', '--repetitions', '1'], { cwd: folder })
  expect(again.code).toBe(0)
  expect(again.stdout).toContain('orders: 1 repetition of 1 s, 40 requests a second; good under 250 ms')
  expect(again.stdout).toContain('Added to bench/results/orders.ndjson: 1 repetition.')
  const kept = await readKept(folder)
  expect(kept.map(one => one?.index ?? null)).toEqual([null, 1, 2, 1])
  expect(kept[1]!.run).toBe(kept[2]!.run)
  expect(kept[3]!.run).not.toBe(kept[1]!.run)
  expect(kept[3]!.fingerprint).toBe(kept[1]!.fingerprint)
  expect(kept[1]!.latency.reduce((sum, [, count]) => sum + count, 0)).toBe(40)
})

test('in a closed loop, with answers of all kinds; of another duration, and not kept', async () => {
  const folder = await makeProject('mixed', {
    load: 'connections: 2, requests: [{path: /work, share: 2}, {path: /fail}, {path: /missing}]',
    more: ['measure: [cpu, memory]'],
  })
  const { code, json } = await readOneJson<BenchmarkResult>(
    ['bench', 'run', '--repetitions', '1', '--duration', '500ms'],
    { cwd: folder },
  )
  expect(code).toBe(0)
  const [repetition] = json.repetitions
  expect(repetition!.duration_ms).toBeLessThan(900)
  const { '2xx': ok = 0, '4xx': gone = 0, '5xx': failed = 0 } = repetition!.statuses
  expect(Math.min(ok, gone, failed)).toBeGreaterThan(0)
  expect(repetition!.underShare).toBeGreaterThan(0)
  expect(repetition!.underShare).toBeLessThanOrEqual(ok / (ok + failed) + 1e-6)
  // 2 ms of work in half of its requests.
  expect(repetition!.cpuPerRequest_ms).toBeGreaterThan(0.5)
  expect(repetition).toMatchObject({ eventLoopDelay: null, gc: null, lateness: null })
  expect(json).toMatchObject({ results: null, load: { duration_ms: 500 } })
  expect(await readKept(folder)).toEqual([])
  const codes = json.warnings.map(warning => warning.code)
  expect(codes).toContain('load-errors')
  expect(codes).not.toContain('uncommitted')
  expect(codes).not.toContain('not-node')
  expect(await readdir(path.join(folder, 'bench'))).toEqual(['orders.yaml'])
})

test('Ctrl-C: what was done is kept and shown, and the service is gone', async () => {
  const folder = await makeProject('interrupted', {
    more: ['repetitions: 20'],
    load: 'rate: 50/s, connections: 2',
  })
  const run = await runCli(['bench', 'run', '--json'], {
    cwd: folder,
    onStart: async child => {
      while ((await readKept(folder)).length === 0 || !(await listens())) await setTimeout(20)
      child.kill('SIGINT')
    },
  })
  expect(run.code).toBe(130)
  const json = JSON.parse(run.stdout) as BenchmarkResult
  const kept = await readKept(folder)
  expect(json.repetitions.length).toBeGreaterThan(0)
  expect(json.repetitions.length).toBeLessThan(20)
  expect(kept.map(one => one?.index)).toEqual(json.repetitions.map(({ index }) => index))
  expect(await listens()).toBe(false)
  expect(listProcesses(SERVER)).toEqual([])
})

test('ended before the first repetition is done: nothing is kept, and the service is gone', async () => {
  const folder = await makeProject('terminated', { load: 'rate: 50/s, duration: 1min' })
  const run = await runCli(['bench', 'run'], {
    cwd: folder,
    onStart: async child => {
      while (!(await listens())) await setTimeout(20)
      child.kill('SIGTERM')
    },
  })
  expect(run).toEqual({ code: 130, stdout: '', stderr: 'Interrupted.\n' })
  expect(await listens()).toBe(false)
  expect(await readdir(path.join(folder, 'bench/results'))).toEqual([])
})

test.each([
  ['ends before it is ready', { when: 'never' }, ['exit code 3', 'No database at db.example.com:5432']],
  [
    'ends under the load',
    { load: 'rate: 50/s, requests: [{path: /die}]' },
    ['The service ended with code 7 under the load', 'Out of memory, or so'],
  ],
  [
    'has no folder',
    { more: ['under: 1s'], ready: `"${'http://127.0.0.1:1/'}"\n  cwd: api` },
    ["bench/orders.yaml: The service can't be started in ", '→ Name one within the folder of the side'],
  ],
  [
    'can’t be set up',
    { more: ['under: 1s'], ready: `"${'http://127.0.0.1:1/'}"\n  setup: echo "No disk" >&2; exit 5` },
    ['The setup ended with code 5', 'No disk'],
  ],
])('a service that %s: exit 4 with its last lines', async (name, wish, says) => {
  const folder = await makeProject(name.replaceAll(/\W/g, '-'), wish)
  const run = await runCli(['bench', 'run'], { cwd: folder })
  expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 4, stdout: '' })
  for (const part of says) expect(run.stderr).toContain(part)
  expect(run.stderr).not.toContain('bug')
  expect(await readKept(folder)).toEqual([])
})

test('a port that is taken: exit 4, since somebody else would be measured', async () => {
  const folder = await makeProject('taken')
  const server = createServer((_, response) => response.end()).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const run = await runCli(['bench', 'run'], { cwd: folder })
  server.close()
  expect(run.code).toBe(4)
  expect(run.stderr).toContain(`Something answers at ${url('/ok')} already`)
})

test('a waiver that has expired or is exceeded: exit 1, and what to do', async () => {
  const folder = await makeProject('waived', {
    more: [
      'waivers:',
      '  - {metric: cpu, ceiling: 500ms, reason: the old driver, expires: 2020-01-31, story: orders}',
      '  - {metric: memory, ceiling: 1MB, reason: a cache, expires: 2999-12-31}',
      '  - {metric: throughput, ceiling: 1/s, reason: a slow disk, expires: 2999-12-31}',
    ],
  })
  const run = await runCli(['bench', 'run', '--repetitions', '1', '--duration', '500ms', '--save'], {
    cwd: folder,
  })
  expect(run.code).toBe(1)
  expect(run.stderr).toMatch(
    /The waiver of cpu \(the old driver\) expired on 2020-01-31: the CPU time per request is [\d.]+ ms\./,
  )
  expect(run.stderr).toContain(
    'Mend it (story orders), or decide anew in bench/orders.yaml: a later day, or no waiver.',
  )
  expect(run.stderr).toMatch(
    /The waiver of memory \(a cache\) allows 1\.00 MB: the peak memory is [\d.]+ MB\./,
  )
  expect(run.stderr).not.toContain('a slow disk')
  expect(await readKept(folder)).toHaveLength(1)
})

test('a mix drawn from the workbook’s traffic, and its target', async () => {
  const folder = await makeFolder()
  const lines = ['/ok', '/ok', '/ok', '/missing'].map(
    (at, second) => `10.0.0.1 - - [05/Oct/2026:10:00:0${second} +0000] "GET ${at} HTTP/1.1" 200 5 "-" "-"`,
  )
  await writeFile(path.join(folder, 'access.log'), `${lines.join('\n')}\n`)
  await runCli(['import', 'access.log'], { cwd: folder })
  await writeScenario(folder, 'orders', {
    load: 'rate: 40/s, mix: {}',
    more: ['repetitions: 1', 'under: 1s'],
  })
  const file = path.join(folder, 'bench/orders.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replace('under: 1s\n', ''))
  const { code, json } = await readOneJson<BenchmarkResult>(['bench', 'run', '--no-save'], { cwd: folder })
  expect(code).toBe(0)
  expect(json.under_ms).toBe(500)
  expect(json.environment.mix).toMatch(/^[0-9a-f]{12}$/)
  expect(json.repetitions[0]!.statuses).toEqual({ '2xx': expect.any(Number), '4xx': expect.any(Number) })
  await rm(folder, { recursive: true })
})

test('wrong use is said before anything is started', async () => {
  const folder = await makeProject('wrong', { more: ['under: 1s'] })
  const file = path.join(folder, 'bench/orders.yaml')
  const text = await readFile(file, 'utf8')
  const refused = () => readJsonError(['bench', 'run'], { cwd: folder })
  await writeFile(file, text.replace('under: 1s', ''))
  expect(await refused()).toMatchObject({
    message: "bench/orders.yaml doesn't say how fast is fast enough, and there is no workbook here.",
    place: { file: 'bench/orders.yaml' },
    next: ['Add to the scenario, for example: under: 250ms'],
  })
  await writeFile(file, text)
  await writeFile(path.join(folder, 'bench/results'), 'a file')
  expect((await refused()).message).toMatch(/Could not write .*: there is a file of that name/)
})

test('which scenario is meant, and what it needs of a workbook', async () => {
  const folder = await makeProject('which', { load: 'rate: 50/s, mix: {}' })
  const scenario = await findScenario({ cwd: folder, file: undefined })
  expect(scenario).toMatchObject({ name: 'orders', shown: 'bench/orders.yaml' })
  expect((await findScenario({ cwd: path.join(folder, 'bench'), file: 'orders.yaml' })).file).toBe(
    scenario.file,
  )
  await expect(settleScenario(scenario, null, () => Promise.reject())).rejects.toThrow(
    'bench/orders.yaml draws its requests from a workbook, and there is none here.',
  )
  await expect(findScenario({ cwd: folder, file: 'bench/none.yaml' })).rejects.toThrow(
    'Could not read bench/none.yaml: there is no such file',
  )
  await writeScenario(folder, 'other', {})
  await expect(findScenario({ cwd: folder, file: undefined })).rejects.toThrow(
    'There are 2 scenarios in bench/: name one of them.\n  bench/orders.yaml\n  bench/other.yaml',
  )
  await expect(findScenario({ cwd: root, file: undefined })).rejects.toThrow('There is no scenario here')
})

test('what is wrong with an option or the workbook is in the reports for CI, too', async () => {
  const folder = await makeProject('reported')
  const reported = async (name: string, expected: string, ...args: string[]) => {
    const { code } = await runCli(['bench', ...args, '--junit', `${name}.xml`], { cwd: folder })
    expect(code).toBe(2)
    expect(await readFile(path.join(folder, `${name}.xml`), 'utf8')).toContain(expected)
  }
  await Promise.all([
    reported('duration', 'soon', 'run', '--duration', 'soon'),
    reported('workbook', 'nowhere', 'compare', 'a', 'b', '--workbook', 'nowhere'),
    reported('reason', '--reason is about a decision', 'history', '--reason', 'x'),
  ])
})
