import { marked } from 'marked'
import { expect, test } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import { WhyslowError } from '../../../src/errors.js'
import type { BenchmarkResult } from '../../../src/experiments/benchmarks/comparison.js'
import type { BenchmarkHistory, HistoryChange } from '../../../src/experiments/benchmarks/history.js'
import { kindOf } from '../../../src/experiments/benchmarks/metrics.js'
import { locateGates } from '../../../src/experiments/benchmarks/scenario-lines.js'
import { renderAnnotations } from '../../../src/reports/benchmarks/annotations.js'
import {
  type CiReport,
  NO_LINES,
  reportComparison,
  reportFailure,
  reportRun,
} from '../../../src/reports/benchmarks/ci-report.js'
import { describeGate, outcomeOf } from '../../../src/reports/benchmarks/gate-words.js'
import { reportHistory, summariseHistory } from '../../../src/reports/benchmarks/history-summary.js'
import { renderJunit } from '../../../src/reports/benchmarks/junit.js'
import {
  summariseComparison,
  summariseFailure,
  summariseRun,
} from '../../../src/reports/benchmarks/summary.js'
import { comparison, environment, figures, gate, waiver } from './sample-comparison.js'
import * as samples from './sample-reports.js'

const HOSTILE: string = samples.HOSTILE
const REPORT = samples.REPORT as unknown as CiReport
const NOT_STARTED = samples.NOT_STARTED as unknown as CiReport
const HOSTILE_REPORT = samples.HOSTILE_REPORT as unknown as CiReport

const COMMAND = 'whyslow bench compare 0123456789ab fedcba987654 bench/orders.yaml'
const FRAME = {
  file: 'bench/orders.yaml',
  at: '2026-11-29T03:17:05.123Z',
  duration_ms: 600_000,
  lines: NO_LINES,
}

const run = (change: Partial<BenchmarkResult> = {}): BenchmarkResult => ({
  scenario: 'orders',
  file: 'bench/orders.yaml',
  under_ms: 250,
  repetitions: [figures(), figures({ index: 2, underShare: null, cpuPerRequest_ms: null })],
  environment: environment('0123456789abcdef'),
  noise: comparison().noise,
  results: null,
  load: { url: 'http://127.0.0.1:3000/', rate: 40, connections: 10, duration_ms: 10_000, warmup_ms: 2000 },
  metrics: [
    { metric: 'cpu', title: 'CPU time per request', unit: 'ms', mean: 2.1, sd: 0.04, repetitions: 2 },
    { metric: 'memory', title: 'peak memory', unit: 'MB', mean: null, sd: null, repetitions: 0 },
  ],
  waivers: [],
  warnings: [],
  ...change,
})

test('what a gate comes to: fails, waived, cannot tell yet, passes', () => {
  expect(comparison().gates.map(outcomeOf)).toEqual(['fails', 'waived', 'cannot tell yet', 'passes'])
  // A waiver is no news where nothing went wrong, and none where it is over.
  expect(outcomeOf(gate('cpu', { waiver: waiver() }))).toBe('passes')
  expect(outcomeOf(gate('cpu', { verdict: 'better', waiver: waiver() }))).toBe('passes')
  expect(outcomeOf(gate('cpu', { verdict: 'better', direction: 'either', waiver: waiver() }))).toBe('waived')
  expect(outcomeOf(gate('under', { verdict: 'better', direction: 'up', waiver: waiver() }))).toBe('waived')
  const expired = gate('cpu', { verdict: 'worse', fails: true, waiver: waiver({ state: 'expired' }) })
  expect(outcomeOf(expired)).toBe('fails')
  expect(describeGate(expired)).toBe(
    'CPU time per request: worse, from 2.10 ms to 2.31 ms, +10.0% (+6.1% to +13.9%). The smallest change worth having is 3%. Its waiver expired on 2026-12-31: encryption at rest (story slow-orders).',
  )
  const unmeasured = { kind: 'absolute', value: null, interval: null, smallest: 5 } as const
  const none = gate('p95', { base: null, change: { ...unmeasured, se: null, df: null, p: null } })
  expect(describeGate(none)).toContain('from – to 2.31 ms, –. The smallest change worth having is 5.00 ms.')
})

test('the job summary', async () => {
  const text = summariseComparison(comparison(), COMMAND)
  await expect(text).toMatchFileSnapshot('../../golden/bench-summary.md')
  await expect(
    summariseRun(run({ waivers: [waiver({ state: 'exceeded' })] }), 'whyslow bench run bench/orders.yaml'),
  ).toMatchFileSnapshot('../../golden/bench-run-summary.md')
})

test('a report of a comparison: a check a gate, with its line; that of its waiver, where that is what fails', () => {
  const text = [
    'service: {}',
    'gates:',
    '  # the share first',
    '  - under',
    '  - {metric: cpu, smallest: 3%}',
    'waivers:',
    '  - {metric: cpu}',
  ].join('\n')
  const lines = locateGates(text)
  expect([lines.gates.get('under'), lines.gates.get('cpu'), lines.waivers.get('cpu')]).toEqual([4, 5, 7])
  const { checks } = reportComparison(comparison(), { ...FRAME, lines })
  expect(checks.map(({ outcome, line }) => [outcome, line])).toEqual([
    ['failed', 4],
    ['waived', 5],
    ['skipped', null],
    ['passed', null],
  ])
  const expired = gate('cpu', { fails: true, waiver: waiver({ state: 'expired' }) })
  const over = reportComparison(comparison({ gates: [expired] }), { ...FRAME, lines })
  expect(over.checks).toMatchObject([{ outcome: 'failed', line: 7 }])
  const alone = comparison({ gates: [], waivers: [waiver(), waiver({ state: 'expired' })] })
  expect(reportComparison(alone, { ...FRAME, lines }).checks).toMatchObject([
    { name: 'waiver 2 of cpu', outcome: 'failed', line: 7 },
  ])
  for (const odd of ['', 'gates: 3', 'gates: [{a: 1}, 5, nonsense]', '[', 'gates: *x'])
    expect(locateGates(odd).gates.size).toBe(0)
})

test('a run by itself passes, unless a waiver is over', () => {
  const outcomes = (result: BenchmarkResult) => reportRun(result, FRAME).checks.map(({ outcome }) => outcome)
  expect(outcomes(run())).toEqual(['passed'])
  expect(outcomes(run({ waivers: [waiver(), waiver({ state: 'expired' })] }))).toEqual([
    'passed',
    'waived',
    'failed',
  ])
})

test('annotations: the worst first, at their lines, and no more than GitHub shows', () => {
  expect(renderAnnotations([REPORT, NOT_STARTED])).toBe(
    [
      '::error file=bench/orders.yaml,line=12,title=Regression%3A orders%2C CPU time per request::Worse: 2.1 ms to 2.3 ms.',
      '::error file=bench/checkout.yaml,title=Not measured%3A checkout%2C measured::The service did not start.%0Aline 1%0AError: EADDRINUSE',
      '::warning file=bench/orders.yaml,line=14,title=Waived regression%3A orders%2C peak memory::It is waived until 2026-12-31.',
      '::notice file=bench/orders.yaml,line=13,title=Cannot tell yet%3A orders%2C p95 of the answers::Cannot tell yet.',
    ].join('\n'),
  )
  expect(renderAnnotations([{ ...REPORT, checks: REPORT.checks.slice(0, 1) }])).toBe('')
  const many = renderAnnotations(Array.from({ length: 12 }, () => NOT_STARTED)).split('\n')
  expect(many).toHaveLength(10)
  expect(many[9]).toBe('::error title=And more::3 more are in the job summary.')
})

/** As the runner reads a line of the log: null where it is no command. */
function readCommand(line: string) {
  const [, name, properties, data] = /^\s*::([^ :]+)(?: ([^:]*(?:(?!::):[^:]*)*))?::(.*)$/s.exec(line) ?? []
  const decode = (text: string) =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%')
  if (name === undefined) return null
  const pairs = (properties ?? '').split(',').map(pair => pair.split(/=(.*)/s))
  return {
    name,
    properties: Object.fromEntries(pairs.map(([key, value]) => [key, decode(value ?? '')])),
    data: decode(data!),
  }
}

test('annotations: what strangers write stays inside of its annotation', () => {
  const lines = renderAnnotations([HOSTILE_REPORT]).split('\n')
  expect(lines).toHaveLength(4)
  for (const line of lines) {
    expect(line).not.toMatch(/##\[|[\u0000-\u001f\u007f-\u009f]/)
    const command = readCommand(line)!
    expect(['error', 'warning', 'notice']).toContain(command.name)
    expect(Object.keys(command.properties)).toEqual(['file', 'line', 'title'])
    expect(command.properties.line).toMatch(/^[2-5]$/)
    // A percent sign is one when it is read back, so that nothing is unescaped twice.
    expect(command.data).toContain('%0A::warning::c')
    expect(command.properties.title).toContain('%0A::warning::c')
  }
})

const XML_TEST_TIME = 30_000

test(
  'JUnit: a suite a scenario, a test a check; well-formed whatever strangers write',
  async () => {
    const text = renderJunit([REPORT, NOT_STARTED, HOSTILE_REPORT])
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/)
    const [orders, checkout, hostile] = text.split('  <testsuite ').slice(1)
    expect(orders).toMatch(
      /^name="orders" package="whyslow" id="0" timestamp="2026-11-29T03:17:05" hostname="localhost" tests="4" failures="1" errors="0" skipped="2" time="1234\.568">\n {4}<properties>/,
    )
    expect(orders).toMatch(/<testcase name="share of good requests" classname="bench.orders" time="0.000"\/>/)
    expect(orders).toContain('<failure type="gate" message="Worse: 2.1 ms to 2.3 ms.">Worse')
    expect(checkout).toContain(
      '<error type="not-measured" message="The service did not start.">The service did not start.\nline 1\nError: EADDRINUSE</error>',
    )
    for (const suite of [orders!, checkout!, hostile!]) {
      const order = [...suite.matchAll(/^ {4}<([a-z-]+)/gm)].map(([, name]) => name)
      expect([...new Set(order)]).toEqual(['properties', 'testcase', 'system-out', 'system-err'])
    }
    const { valid, normalized } = await validateXML({ xml: text, normalization: 'c14n' } as never)
    expect(valid).toBe(true)
    const names = [...normalized.matchAll(/<([a-z-]+)/g)].map(([, name]) => name!)
    expect(new Set(names)).toEqual(
      new Set([
        'testsuites',
        'testsuite',
        'properties',
        'property',
        'testcase',
        'failure',
        'error',
        'skipped',
        'system-out',
        'system-err',
      ]),
    )
    expect(names.filter(name => name === 'testcase')).toHaveLength(10)
  },
  XML_TEST_TIME,
)

test('Markdown: what strangers write is text', () => {
  const side = { kind: 'commit', environment: environment(HOSTILE) } as const
  const text = [
    summariseComparison(
      comparison({
        scenario: HOSTILE,
        base: { name: HOSTILE, ...side },
        head: { name: HOSTILE, ...side },
        differs: [{ what: HOSTILE, base: HOSTILE, head: HOSTILE }],
        gates: [
          gate('cpu', { fails: true, reason: HOSTILE, waiver: waiver({ reason: HOSTILE, story: HOSTILE }) }),
        ],
        warnings: [{ code: 'differs', message: HOSTILE, next: HOSTILE }],
      }),
      HOSTILE,
    ),
    summariseRun(run({ scenario: HOSTILE, waivers: [waiver({ reason: HOSTILE })] }), HOSTILE),
    summariseFailure(
      reportFailure(new Error(`${HOSTILE}\n${HOSTILE}`), { ...FRAME, scenario: HOSTILE }),
      HOSTILE,
    ),
  ].join('\n')
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ud800-\udfff]/)
  const outside: string[] = []
  marked.walkTokens(marked.lexer(text), token => {
    if (token.type === 'html' || token.type === 'link' || token.type === 'image') outside.push(token.raw)
  })
  expect(outside).toEqual([])
  // Each table keeps its columns.
  for (const token of marked.lexer(text))
    if (token.type === 'table')
      expect(token.rows.every((row: unknown[]) => row.length === token.header.length)).toBe(true)
  expect(marked.lexer(text).filter(({ type }) => type === 'heading')).toHaveLength(13)
})

const change = (more: Partial<HistoryChange> = {}): HistoryChange => ({
  metric: 'cpu',
  title: 'CPU time per request',
  unit: 'ms',
  kind: 'step',
  direction: 'up',
  isWorse: true,
  run: 'r9',
  at: '2026-11-20T03:17:05Z',
  until: { run: 'r9', at: '2026-11-20T03:17:05Z' },
  from: { value: 3.1, interval: null },
  to: { value: 3.27, interval: null },
  change: { value: 0.055, interval: [0.041, 0.069], kind: 'relative' },
  p: 0.001,
  differs: [],
  id: 'cpu-up-3f2a91c',
  state: 'new',
  reason: null,
  found: null,
  story: null,
  commits: {
    after: '3f2a91c0de00',
    until: '91ab23d0ff00',
    between: [
      { sha: '91ab23d0ff00', at: '2026-11-19T12:00:00Z', author: 'Ada', subject: 'Sums are checked' },
    ],
    more: 2,
  },
  ...more,
})

const history = (more: Partial<BenchmarkHistory> = {}): BenchmarkHistory => {
  const values = Array.from({ length: 12 }, (_, i) => ({
    run: `r${i}`,
    at: `2026-11-${11 + i}T03:17:05Z`,
    commit: null,
    value: i < 9 ? 3.1 : 3.27,
  }))
  const base = { levels: [], newest: null, correlation: null, values }
  return {
    scenario: 'orders',
    file: 'bench/orders.yaml',
    runs: [],
    metrics: (['cpu', 'under', 'memory'] as const).map(metric => {
      const { title, unit, worse, smallest } = kindOf(metric)
      return { metric, title, unit, worse, smallest, ...base, values: metric === 'memory' ? [] : values }
    }),
    changes: [change(), change({ metric: 'under', title: 'share of good requests', state: 'known' })],
    verdict: 'worse',
    fewest: 10,
    warnings: [],
    ...more,
  }
}

test('history: a metric fails once, when its change is new, and names the commits between', async () => {
  const { checks } = reportHistory(history(), FRAME)
  expect(checks.map(({ outcome }) => outcome)).toEqual(['failed', 'passed', 'skipped'])
  expect(checks[0]).toMatchObject({
    message:
      'CPU time per request rose by 5.5% since the run of 2026-11-20, after 3f2a91c0de, up to 91ab23d0ff.',
    details: '3.10 ms → 3.27 ms (+5.5%, 95%: +4.1% to +6.9%)\n91ab23d0ff Sums are checked (Ada)\nand 2 more',
  })
  await expect(summariseHistory(history(), 'whyslow bench history bench/orders.yaml')).toMatchFileSnapshot(
    '../../golden/bench-history-summary.md',
  )
  const commit = { sha: HOSTILE, at: '2026-11-19T12:00:00Z', author: HOSTILE, subject: HOSTILE }
  const strange = change({
    reason: HOSTILE,
    story: HOSTILE,
    differs: [{ what: HOSTILE, before: HOSTILE, after: HOSTILE }],
    commits: { after: 'a', until: 'b', between: [commit], more: 0 },
  })
  const text = summariseHistory(history({ scenario: HOSTILE, changes: [strange] }), HOSTILE)
  const kinds = marked.lexer(text).map(({ type }) => type)
  expect(kinds.filter(type => type === 'heading')).toHaveLength(3)
  expect(kinds).not.toContain('html')
})

test('a service that did not start is an error in all three', () => {
  const error = new WhyslowError(
    'The service ended before it was ready, with code 1.\nError: EADDRINUSE ::error::x',
    {
      exit: 4,
      next: ['node server.js'],
      place: { file: 'bench/orders.yaml', line: 3, column: 5 },
    },
  )
  const report = reportFailure(error, { ...FRAME, scenario: 'orders' })
  expect(report.checks).toMatchObject([{ outcome: 'error', line: 3 }])
  expect(renderJunit([report])).toMatch(/tests="1" failures="0" errors="1" skipped="0"/)
  expect(renderAnnotations([report])).toBe(
    '::error file=bench/orders.yaml,line=3,title=Not measured%3A orders%2C measured::The service ended before it was ready, with code 1.%0Abench/orders.yaml:3:5%0AError: EADDRINUSE ::error::x%0A→ node server.js',
  )
  expect(summariseFailure(report, COMMAND)).toContain('## Benchmark orders: not measured')
})
