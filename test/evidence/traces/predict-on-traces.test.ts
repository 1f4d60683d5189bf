/** Through the import: traces that OpenTelemetry wrote, and made ones beside other logs of the same requests. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { CLIENT, SERVER, type Span } from '../../../src/evidence/traces/trace.js'
import { listSpans, predictOnTraces } from '../../../src/evidence/whatif/predict-on-traces.js'
import { listChanges } from '../../../src/steps/list-changes.js'
import { openStore } from '../../../src/store/open-store.js'
import { EVERYTHING } from '../../../src/store/slice.js'
import { importInto, makeStore, makeWorkbook } from '../workbooks.js'
import { NAMES, numberOf, type ProgramChange, type Routine, runProgram } from './programs.js'
import { SHAPES } from './shapes.js'

const RECORDED = fileURLToPath(new URL('../../../fixtures/logs/otlp.jsonl', import.meta.url))
const START = Date.UTC(2026, 9, 5)

test('traces as OpenTelemetry writes them: a request that passes through twice is one', async () => {
  const workbook = await makeWorkbook()
  await importInto(workbook, [RECORDED])
  const store = await openStore(workbook.paths.data)
  const options = { under_ms: 20, seed: 1 }
  const { spans } = await listSpans(store, EVERYTHING, options)
  expect(spans[0]).toMatchObject({ span: 'GET', slack_ms: 0, onPath: 1, traces: 2 })
  const found = await predictOnTraces(store, EVERYTHING, { kind: 'span', name: 'GET', times: 10 }, options)
  // 18 server spans: 2 inside of another request, 4 client errors. Two errors stay as they are.
  expect(found).toMatchObject({ requests: 12, unchanged: 2, warnings: [] })
  const sum = (key: 'good' | 'goodAfter') => found.clusters.reduce((total, one) => total + one[key], 0)
  expect([sum('good'), sum('goodAfter')]).toEqual([2, 4])
  const unknown = predictOnTraces(store, EVERYTHING, { kind: 'parallel', name: 'GETT' }, options)
  await expect(unknown).rejects.toThrow('No span of these requests is called “GETT”. The closest: “GET”.')
  store.close()
})

interface Made {
  trace: string
  account: string
  spans: Span[]
  /** What the changed program takes, milliseconds. */
  after_ms: number
  duration_ms: number
}

const { program, change, under_ms } = SHAPES['services with clocks of their own']!

function makeTraces(count: number, program: Routine, change: ProgramChange): Made[] {
  const world = { network: 1.5, skew: { cart: 3e9, stock: -2e9, price: 1e6, taxes: 0 } }
  return Array.from({ length: count }, (_, i) => {
    const spans: Span[] = []
    const options = { seed: i, slowness: 0.8 + (i % 10) / 25, world }
    const duration_ms = Math.round(runProgram(program, { ...options, spans })) / 1e6
    const trace = (i + 1).toString(16).padStart(32, '0')
    return {
      trace,
      account: `a${i % 10}`,
      spans,
      duration_ms,
      after_ms: runProgram(program, { ...options, change }) / 1e6,
    }
  })
}

/** As the collector's file exporter writes them. */
function toOtlp({ trace, account, spans }: Made, at: number): string {
  const resourceSpans = spans.map(span => {
    const isRoot = span.parent === null
    const id = (text: string) => text.padStart(16, '0')
    const start = BigInt(START + at * 1000) * 1_000_000n + BigInt(span.start)
    const attributes = { 'http.request.method': 'GET', 'url.path': '/far', 'enduser.id': account }
    const own = isRoot ? { ...attributes, 'http.response.status_code': '200' } : {}
    return {
      resource: { attributes: keyValues({ 'service.name': NAMES[span.clock]! }) },
      scopeSpans: [
        {
          spans: [
            {
              traceId: trace,
              spanId: id(span.id),
              ...(isRoot ? {} : { parentSpanId: id(span.parent!) }),
              name: NAMES[span.name],
              kind: span.flags & SERVER ? 2 : span.flags & CLIENT ? 3 : 1,
              startTimeUnixNano: `${start}`,
              endTimeUnixNano: `${start + BigInt(span.duration!)}`,
              attributes: keyValues(own),
            },
          ],
        },
      ],
    }
  })
  return JSON.stringify({ resourceSpans })
}

const keyValues = (values: Record<string, string>) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** As logs have a trace's id: nginx the whole header, a load balancer in its own way. */
const ASKED: ((trace: string) => string)[] = [
  trace => trace,
  trace => `00-${trace}-00f067aa0ba902b7-01`,
  trace => `Root=1-${trace.slice(0, 8)}-${trace.slice(8)}`,
  trace => trace.toUpperCase(),
]

test('beside a log of the same requests and of others: each once, by the log’s time', async () => {
  const made = makeTraces(120, program, change)
  // Of the last one, the part of a service is missing.
  const torn = made.at(-1)!
  torn.spans = torn.spans.filter(span => NAMES[span.name] !== 'call cart')
  torn.spans.push({ ...torn.spans[0]!, id: 'ffff', parent: torn.spans[0]!.id, name: numberOf('only here') })
  const at = (second: number) => new Date(START + second * 1000).toISOString()
  const { workbook } = await makeStore([
    // A balancer adds 2 ms to half of them.
    ...made.slice(0, 60).map(({ trace, account, duration_ms }, i) => ({
      time: at(i),
      path: '/far',
      account,
      duration_ms: duration_ms + 2,
      trace_id: ASKED[i % ASKED.length]!(trace),
    })),
    ...Array.from({ length: 60 }, (_, i) => ({
      time: at(i),
      path: '/far',
      account: `a${i % 10}`,
      duration_ms: 5,
    })),
  ])
  const file = join(workbook.dir, 'traces.jsonl')
  await writeFile(file, made.map((one, i) => `${toOtlp(one, i)}\n`).join(''))
  await importInto(workbook, [file])
  const store = await openStore(workbook.paths.data)
  const asked = { kind: 'span', name: change.name, times: change.times } as const
  const options = { under_ms, seed: 1 }
  const found = await predictOnTraces(store, EVERYTHING, asked, options)
  const expected = Array.from({ length: 10 }, (_, i) => {
    const own = made.filter(({ account }) => account === `a${i}`)
    const added = (one: Made) => (made.indexOf(one) < 60 ? 2 : 0)
    const good = own.filter(one => one.duration_ms + added(one) < under_ms)
    const after = own.filter(one => (one === torn ? one.duration_ms : one.after_ms) + added(one) < under_ms)
    return {
      cluster: `account a${i}`,
      account: `a${i}`,
      monthly: null,
      requests: own.length,
      observed: own.length,
      good: good.length,
      goodAfter: after.length,
    }
  })
  expect(found.clusters.toSorted((a, b) => (a.cluster < b.cluster ? -1 : 1))).toEqual(expected)
  expect(found).toMatchObject({ requests: 120, unchanged: 1, crossing: { untold: null } })
  expect(found.warnings.map(({ code }) => code)).toEqual([
    'traces-torn',
    'clocks-shifted',
    'traces-partial',
    'traces-differ',
  ])
  expect(found.warnings[2]!.message).toBe('120 of 180 requests (66.7%) have a trace: this is about those.')
  expect(found.warnings[1]!.message).toContain('by up to 5.00 s')

  const some = await predictOnTraces(store, EVERYTHING, asked, { ...options, mostTraces: 40 })
  expect(some.requests).toBeGreaterThan(20)
  expect(some.requests).toBeLessThan(65)
  expect(some.crossing).toMatchObject({
    customers: null,
    untold: expect.stringMatching(/^Only [23]\d\.\d% of/),
  })
  expect(some.warnings[0]).toMatchObject({ code: 'traces-chosen' })
  const again = await predictOnTraces(store, EVERYTHING, asked, { ...options, mostTraces: 40 })
  expect(again.clusters).toEqual(some.clusters)
  const aborted = predictOnTraces(store, EVERYTHING, asked, { ...options, signal: AbortSignal.abort() })
  await expect(aborted).rejects.toThrow('aborted')

  const onlyTorn = predictOnTraces(store, EVERYTHING, { ...asked, name: 'only here' }, options)
  await expect(onlyTorn).rejects.toMatchObject({
    exit: 3,
    message: expect.stringContaining('torn traces only'),
  })

  const untraced = predictOnTraces(store, { ...EVERYTHING, where: 'duration_ms = 5' }, asked, options)
  await expect(untraced).rejects.toMatchObject({ exit: 3 })
  store.close()
})

test('what each span would gain is what the changed program gains', async () => {
  const { program, under_ms } = SHAPES['loop made parallel']!
  const changes: ProgramChange[] = [
    { kind: 'parallel', name: 'lookup', times: 1 },
    { kind: 'span', name: 'lookup', times: Infinity },
    { kind: 'span', name: 'render', times: Infinity },
  ]
  const [together, free, drawn] = changes.map(change => {
    const made = makeTraces(100, program, change)
    return made.filter(one => one.duration_ms >= under_ms && one.after_ms < under_ms).length / 100
  })
  expect(free).toBeGreaterThan(drawn!)
  const workbook = await makeWorkbook()
  const file = join(workbook.dir, 'traces.jsonl')
  const made = makeTraces(100, program, changes[0]!)
  await writeFile(file, made.map((one, i) => `${toOtlp(one, i)}\n`).join(''))
  await importInto(workbook, [file])
  const store = await openStore(workbook.paths.data)
  const { spans, warnings } = await listSpans(store, EVERYTHING, { under_ms, seed: 1 })
  const asked = { subject: 'GET /far', slice: EVERYTHING, under_ms, seed: 1 }
  const { result } = await listChanges(workbook, store, asked)
  store.close()
  expect(warnings).toEqual([])
  expect(result.slack.map(({ command }) => command)).toEqual([
    `whyslow whatif 'GET /far' --parallel lookup`,
    `whyslow whatif 'GET /far' --span render --free`,
  ])
  expect(spans).toMatchObject([
    { span: 'lookup', freeGain: free, parallelGain: together },
    { span: 'render', freeGain: drawn, parallelGain: null },
  ])
})
