/** `import { benchmark, compare } from 'whyslow'` as a user does: from a project of their own, in which the built package is installed. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))

let project: string
beforeAll(async () => {
  project = await mkdtemp(path.join(tmpdir(), 'whyslow-library-'))
  await mkdir(path.join(project, 'node_modules'))
  await symlink(root, path.join(project, 'node_modules', 'whyslow'), 'dir')
  await symlink(path.join(root, 'node_modules/@types'), path.join(project, 'node_modules/@types'), 'dir')
  await writeFile(path.join(project, 'package.json'), '{"type": "module"}')
})
afterAll(() => rm(project, { recursive: true }))

/** The script's last expression has to be printed as JSON. */
async function runScript<T>(
  name: string,
  script: string,
  ...flags: string[]
): Promise<{ json: T; stderr: string }> {
  const file = path.join(project, `${name}.mjs`)
  await writeFile(file, `import { benchmark, compare, WhyslowError } from 'whyslow'\n${script}`)
  const { stdout, stderr } = await run(process.execPath, [...flags, file], { cwd: project })
  return { json: JSON.parse(stdout) as T, stderr }
}

test('the import loads the entry and nothing heavy', async () => {
  const hook = path.join(root, 'test/package/list-modules.js')
  const { stderr } = await runScript('import', 'console.log(typeof compare === "function")', '--import', hook)
  const loaded = [...stderr.matchAll(/^loaded file:.*\/(dist|node_modules)\/(.*)$/gm)].map(match => match[2])
  expect(loaded.sort()).toEqual(['errors.js', 'index.js'])
})

const QUICK = "{ warmup: 50, duration: '50ms', repetitions: 2 }"

test('functions: calls are requests, promises are awaited, what they throw is thrown', async () => {
  const { json } = await runScript<Functions>(
    'functions',
    `
    const waiting = await benchmark(() => new Promise(resolve => setTimeout(resolve, 5)), { ...${QUICK}, name: 'waits', under: '4ms' })
    const tiny = await benchmark(function tiny() {}, ${QUICK})
    const broken = await benchmark(() => { throw new RangeError('no') }, ${QUICK}).catch(error => error.name)
    const misspelt = await benchmark(() => 1, { duraton: 5, repetitions: 0 }).catch(error => [error instanceof WhyslowError, error.message])
    const aborted = await benchmark(() => 1, { ...${QUICK}, signal: AbortSignal.timeout(60), duration: '60s' }).catch(error => error.name)
    console.log(JSON.stringify({ waiting, tiny, broken, misspelt, aborted }))`,
  )
  const { waiting, tiny, broken, misspelt, aborted } = json
  expect(waiting).toMatchObject({ scenario: 'waits', file: null, under_ms: 4, results: null })
  const [first, second, ...more] = waiting.repetitions
  expect(more).toEqual([])
  expect([first!.index, second!.index]).toEqual([1, 2])
  // A timer of 5 ms may fire up to a millisecond early.
  expect(first!.p50_ms).toBeGreaterThan(4)
  expect(first!.requests).toBeLessThanOrEqual(13)
  expect(first!.underShare).toBe(0)
  expect(first!.latency.reduce((sum, [, calls]) => sum + calls, 0)).toBe(first!.requests)
  // Calls that wait take no CPU time.
  expect(first!.cpuPerRequest_ms).toBeLessThan(first!.p50_ms!)
  expect(tiny).toMatchObject({ scenario: 'tiny' })
  expect(tiny.warnings.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['under-chosen', 'calls-batched']),
  )
  expect(broken).toBe('RangeError')
  expect(misspelt[0]).toBe(true)
  expect(misspelt[1]).toContain('unknown key “duraton”; did you mean “duration”?')
  expect(misspelt[1]).toContain('repetitions: expected a whole number from 1 to 1000, found the number 0')
  expect(aborted).toBe('TimeoutError')
})

interface Functions {
  waiting: { repetitions: Repetition[] }
  tiny: { warnings: { code: string }[] }
  broken: string
  misspelt: [boolean, string]
  aborted: string
}

interface Repetition {
  index: number
  requests: number
  p50_ms: number | null
  underShare: number
  cpuPerRequest_ms: number
  latency: [number, number][]
}

test('two functions: a slowdown fails twice; two results are compared with a warning', async () => {
  const { json } = await runScript<Record<string, Comparison>>(
    'compare',
    `
    const work = rounds => () => { let sum = 0; for (let i = 0; i < rounds; i += 1) sum += Math.sqrt(i); return sum }
    const how = { warmup: 100, duration: 60, pairs: 6, mostPairs: 6, gates: ['median'] }
    const slower = await compare({ base: work(2_000), head: work(200_000), name: 'roots', ...how })
    const base = await benchmark(work(20_000), ${QUICK})
    const apart = await compare({ base, head: base, gates: ['median'] })
    console.log(JSON.stringify({ slower, apart }))`,
  )
  const { slower, apart } = json as { slower: Comparison; apart: Comparison }
  expect(slower).toMatchObject({ scenario: 'roots', verdict: 'worse', interleaved: true, differs: [] })
  expect(slower.rounds.map(({ pairs }) => pairs)).toEqual([6, 6])
  expect(slower.gates[0]!.change.value).toBeGreaterThan(1)
  expect(slower.repetitions).toHaveLength(24)
  expect(slower.comparison.unit).toBe('pair')
  expect(apart.interleaved).toBe(false)
  expect(apart.gates[0]!.base).toBe(apart.gates[0]!.head)
  expect(apart.warnings.map(({ code }) => code)).toContain('not-interleaved')
})

interface Comparison {
  interleaved: boolean
  rounds: { pairs: number }[]
  gates: { base: number; head: number; change: { value: number } }[]
  repetitions: unknown[]
  comparison: { unit: string }
  warnings: { code: string }[]
}

test('a scenario as an object runs the service', async () => {
  const port = await findPort()
  const server = `import http from 'node:http'\nhttp.createServer((_, response) => response.end('ok')).listen(${port}, '127.0.0.1')\n`
  await writeFile(path.join(project, 'server.mjs'), server)
  const scenario = `{
    service: { command: ['node', 'server.mjs'], ready: 'http://127.0.0.1:${port}/' },
    load: { url: 'http://127.0.0.1:${port}/', rate: '50/s', duration: '400ms', warmup: 'none' },
    under: '250ms',
  }`
  const { json } = await runScript<{ result: Record<string, unknown>; wrong: string }>(
    'scenario',
    `
    const result = await benchmark(${scenario}, { repetitions: 1, name: 'hello' })
    const wrong = await benchmark({ service: {}, load: {} }).catch(error => error.message)
    console.log(JSON.stringify({ result, wrong }))`,
  )
  expect(json.result).toMatchObject({ scenario: 'hello', under_ms: 250, results: null })
  const [repetition] = json.result.repetitions as Repetition[]
  expect(repetition!.requests).toBeGreaterThan(10)
  expect(repetition!.latency.length).toBeGreaterThan(0)
  expect(json.wrong).toContain('service.command  “command” is missing')
})

async function findPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

test('its types hold for a strict project', async () => {
  await writeFile(
    path.join(project, 'user.ts'),
    `
    import { benchmark, compare, type Benchmark, type BenchmarkComparison, type Verdict } from 'whyslow'
    const result: Benchmark = await benchmark(async () => 1, { duration: 100, under: '5ms' })
    const share: number | null | undefined = result.repetitions[0]?.underShare
    const compared: BenchmarkComparison = await compare({ base: () => 1, head: async () => 2, gates: ['cpu', { metric: 'p95', smallest: '5%' }] })
    const verdict: Verdict = compared.verdict
    await compare({ base: result, head: result })
    await compare({ base: 'main', head: '.', scenario: { service: { command: 'node a.js', ready: 'http://127.0.0.1:1/' }, load: { url: 'http://127.0.0.1:1/' } } })
    // @ts-expect-error a misspelt option
    await benchmark(() => 1, { duraton: 5 })
    // @ts-expect-error a function and a version are no pair
    await compare({ base: () => 1, head: 'main' })
    console.log(share, verdict)`,
  )
  const options = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2023',
    exactOptionalPropertyTypes: true,
    types: ['node'],
  }
  await writeFile(
    path.join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['user.ts'] }),
  )
  const { stdout } = await run(path.join(root, 'node_modules/.bin/tsc'), ['-p', project]).catch(
    error => error,
  )
  expect(stdout).toBe('')
})
