/** The scenario's file: what is there without being said, and every mistake at its place. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WhyslowError } from '../../../src/errors.js'
import { fingerprintOf, readScenario } from '../../../src/experiments/benchmarks/scenario.js'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'whyslow-scenario-'))
})
afterAll(() => rm(dir, { recursive: true }))

async function read(text: string) {
  const file = path.join(dir, 'orders.yaml')
  await writeFile(file, text)
  return readScenario(file, 'bench/orders.yaml')
}

const SMALLEST = `service: {command: node server.js, ready: "http://127.0.0.1:3000/health"}
load: {url: "http://127.0.0.1:3000/orders/1", rate: 40/s, connections: 4, duration: 5s, warmup: 1s}
repetitions: 6
under: 250ms
`

test('the smallest one', async () => {
  expect(await read(SMALLEST)).toMatchObject({
    name: 'orders',
    shown: 'bench/orders.yaml',
    service: {
      command: ['/bin/sh', '-c', 'node server.js'],
      cwd: '.',
      env: {},
      readyWithin_ms: 60_000,
      setup: null,
    },
    load: {
      rate: 40,
      connections: 4,
      duration_ms: 5000,
      warmup_ms: 1000,
      timeout_ms: 10_000,
      requests: null,
      mix: null,
    },
    repetitions: 6,
    under: 250,
    measure: ['cpu', 'memory', 'eventLoop', 'gc'],
    gates: [
      { metric: 'under', smallest: { kind: 'points', value: 0.01 }, direction: 'down' },
      { metric: 'cpu', smallest: { kind: 'relative', value: 0.03 }, direction: 'up' },
    ],
    waivers: [],
    story: null,
  })
})

test('gates by default are those that are measured', async () => {
  const { gates } = await read(`${SMALLEST}measure: [memory]\n`)
  expect(gates.map(({ metric }) => metric)).toEqual(['under'])
})

test('what decides about the figures is in the fingerprint, and nothing else', async () => {
  const print = async (text: string) => {
    const scenario = await read(text)
    return fingerprintOf(scenario, scenario.under ?? 0)
  }
  const first = await print(SMALLEST)
  expect(await print(`${SMALLEST}story: x\ngates: [p95]\n`.replace('repetitions: 6', 'repetitions: 9'))).toBe(
    first,
  )
  for (const [from, to] of [
    ['40/s', '41/s'],
    ['server.js', 'other.js'],
    ['250ms', '251ms'],
    ['1s}', '2s}'],
  ] as const)
    expect(await print(SMALLEST.replace(from, to))).not.toBe(first)
})

const MISTAKES: [line: string, problem: string][] = [
  ['service:', ''],
  ['  command: []', '12  expected at least 1 entry, found a list'],
  [
    '  ready: localhost:3000',
    '10  expected a URL such as http://127.0.0.1:3000/orders, found “localhost:3000”',
  ],
  ['  readyWithin: soon', '16  expected a duration such as 500ms, 1.5s, 90m or 1h30m, found “soon”'],
  ['  env: {A: [1]}', '12  expected text, a number or true or false, found a list'],
  ['load:', ''],
  ['  url: ftp://x', '8  expected a URL such as http://127.0.0.1:3000/orders, found “ftp://x”'],
  ['  rate: 40', '9  expected a rate such as 40/s or 600/min, found the number 40'],
  ['  connections: 0', '16  expected a number of at least 1, found the number 0'],
  ['  requests:', ''],
  ['    - {path: orders}', '14  expected a path such as /orders/1, without spaces, found “orders”'],
  ['under: fast', '8  expected a duration such as 500ms, 1.5s, 90m or 1h30m, found “fast”'],
  ['measure: [cpu, disk]', '16  expected cpu, memory, eventLoop or gc, found “disk”'],
  ['gates:', ''],
  [
    '  - cpuu',
    '5  expected under, cpu, memory, throughput, eventLoop, gc, median or a quantile such as p95, found “cpuu”',
  ],
  ['  - {metric: under, smallest: 5ms}', '31  expected percentage points such as 1pp or 0.5pp, found “5ms”'],
  ['  - {metric: cpu, direction: sideways}', '30  expected up, down or either, found “sideways”'],
  ['  - {metric: p95, smalest: 1}', '19  unknown key “smalest”; did you mean “smallest”?'],
  ['waivers:', ''],
  [
    '  - {metric: cpu, ceiling: 3ms, reason: x, expires: tomorrow}',
    '53  expected a day such as 2026-12-31, found “tomorrow”',
  ],
  [
    '  - {metric: cpu, ceiling: 98%, reason: x, expires: 2026-12-31}',
    '28  expected a value of cpu such as 3.2ms, found “98%”',
  ],
]

test('every mistake once, at its place', async () => {
  const error: WhyslowError = await read(MISTAKES.map(([line]) => line).join('\n')).catch(thrown => thrown)
  const expected = MISTAKES.flatMap(([, problem], at) =>
    problem === '' ? [] : [`  bench/orders.yaml:${at + 1}:${problem}`],
  )
  expect(error.message.split('\n').slice(1)).toEqual(expected)
  expect(error.place).toEqual({ file: 'bench/orders.yaml', line: 2, column: 12 })
})

test.each([
  ['', ['“service” is missing', '“load” is missing']],
  [`${SMALLEST}service2: 1\n`, ['unknown key “service2”; did you mean “service”?']],
  [
    SMALLEST.replace('rate: 40/s', 'mix: {}, requests: [{path: /a}]'),
    ['expected one of requests and mix, found both'],
  ],
  [`${SMALLEST}gates: []\n`, ['orders.yaml:5:8  expected at least 1 entry']],
  [SMALLEST.replace('40/s', '20001/s'), ['expected a rate of at most 20,000/s, found “20001/s”']],
  [
    `${SMALLEST}measure: [cpu]\ngates: [cpu, memory, p95, {metric: gc, smallest: 3%}]\n`,
    [
      'orders.yaml:6:14  expected a metric that is measured, found “memory”, which isn’t in measure',
      'orders.yaml:6:27  expected a metric that is measured, found “gc”, which isn’t in measure',
    ],
  ],
  [
    SMALLEST.replace('rate: 40/s', 'headers: {a b: x, X-A: "x\\ny", X-B: "€", X-C: ä, X-D: 1}'),
    [
      'expected a header’s name such as Content-Type, found “a b”',
      'expected one line of Latin-1 text, found other characters',
      'expected one line of Latin-1 text, found other characters',
    ],
  ],
  ...['/srv/api', '..', 'a/../../other', 'C:\\api', '..\\api'].map((cwd): [string, string[]] => [
    SMALLEST.replace('service: {', `service: {cwd: '${cwd}', `),
    [
      `bench/orders.yaml:1:16  expected a folder within that of the side, such as packages/api, found “${cwd}”`,
    ],
  ]),
  [SMALLEST.replace('40/s', '0/s'), ['expected a rate such as 40/s or 600/min, found “0/s”']],
])('%#', async (text, problems) => {
  const error: WhyslowError = await read(text).catch(thrown => thrown)
  const found = error.message.split('\n').slice(1)
  expect(found).toHaveLength(problems.length)
  for (const [at, problem] of problems.entries()) expect(found[at]).toContain(problem)
})

test.each(['.', 'packages/api', './a/../b', '..a/b'])('a service in %s is within its side', async cwd => {
  const { service } = await read(SMALLEST.replace('service: {', `service: {cwd: '${cwd}', `))
  expect(service.cwd).toBe(cwd)
})
