import { describe, expect, it } from 'vitest'
import { inPairs } from '../../../src/experiments/benchmarks/count-answers.js'
import { judgeSides } from '../../../src/experiments/benchmarks/judge-gates.js'
import type { BenchMetric } from '../../../src/experiments/benchmarks/metrics.js'
import { kindOf } from '../../../src/experiments/benchmarks/metrics.js'
import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import type { Scenario, Waiver } from '../../../src/experiments/benchmarks/scenario.js'
import { sumUpComparison } from '../../../src/experiments/benchmarks/sum-up-comparison.js'
import { renderBenchmarkComparison } from '../../../src/reports/benchmarks/comparison.js'
import { summariseComparison } from '../../../src/reports/benchmarks/summary.js'
import { PLAIN } from '../../../src/reports/style.js'
import { makeRepetition } from '../../experiments/benchmarks/make-repetition.js'
import { comparison } from './sample-comparison.js'

const WOBBLE = [0.99, 1.01, 1.005, 0.995, 1.008, 0.992]
const gateOf = (metric: BenchMetric) => ({
  metric,
  smallest: kindOf(metric).smallest,
  direction: kindOf(metric).worse,
})

interface Given {
  /** CPU of the head, of each round. */
  rounds: number[]
  head?: Partial<Repetition>
  name?: string
  waivers?: Waiver[]
  interleaved?: boolean
  noise?: number
}

function compare({ rounds, head = {}, name = 'HEAD', waivers = [], interleaved = true, noise = 1 }: Given) {
  const gates = [gateOf('under'), gateOf('cpu')]
  const scenario = {
    name: 'orders',
    file: '/bench/orders.yaml',
    shown: 'bench/orders.yaml',
    gates,
    waivers,
    measure: ['cpu'],
  }
  const big = {
    requests: 2000,
    statuses: { '2xx': 2000 },
    latency: [
      [100, 1980],
      [400, 20],
    ] as [number, number][],
  }
  const measured = rounds.map(cpu => {
    const pairs = WOBBLE.map(part => ({
      base: makeRepetition({ ...big, cpuPerRequest_ms: 2 * part ** noise }),
      head: makeRepetition({ ...big, cpuPerRequest_ms: cpu * (2 - part) ** noise, ...head }),
    }))
    const sides = { ...inPairs(pairs), interleaved }
    const level = interleaved ? 1 - 0.0221 : 0.95
    const judged = judgeSides(sides, gates, {
      level,
      now: new Date('2026-11-15T00:00:00Z'),
      waivers,
      mostPairs: 24,
    })
    return { sides, pairs: 6, level, gates: judged }
  })
  return sumUpComparison({
    scenario: { ...scenario, load: { duration_ms: 5000 } } as unknown as Scenario,
    under_ms: 250,
    base: { name: 'main', kind: 'commit' },
    head: { name, kind: 'commit' },
    rounds: measured,
    seed: 1,
    now: new Date('2026-11-15T00:00:00Z'),
    warnings: [],
    describe: () => [],
  })
}

/** Without the words on the machine. */
const render = (given: Given) =>
  renderBenchmarkComparison(compare(given), PLAIN).replace(/\nThe machine was .*?\.(?=\n\n|$)/s, '')

describe('the comparison of two versions as text', () => {
  it('says first what got worse, by how much, and that it was confirmed', () => {
    expect(render({ rounds: [2.3, 2.24] })).toMatchInlineSnapshot(`
      "worse: HEAD against main: CPU time per request +12.0% (+9.4% to +14.6%).
      Confirmed: a second round, measured from nothing, says the same.

      gate                       base     head  change        97.8% interval  smallest  verdict
      share of good requests   99.00%   99.00%  0.0 pp  −0.30 pp to +0.30 pp      1 pp  no difference
      CPU time per request    2.00 ms  2.24 ms  +12.0%       +9.4% to +14.6%        3%  worse

      Of main (aaaaaaaaaa) and HEAD (aaaaaaaaaa): 6 and 6 pairs of runs in turns (A B B A), each look
      wrong in 2.2% at most, so that all together are in 5%. Good: answered under 400 in less than 250 ms."
    `)
  })

  it('says what was seen once and not again', () => {
    const text = render({ rounds: [2.3, 2.0] })
    expect(text).toContain('no meaningful difference: HEAD against main')
    expect(text).toContain('A first round saw CPU time per request +15.0%')
    expect(text).toContain('not confirmed')
  })

  it('says what would settle what can’t be told', () => {
    expect(render({ rounds: [2.05], noise: 5 })).toMatchInlineSnapshot(`
      "cannot tell yet: HEAD against main: CPU time per request +2.5% (−8.7% to +15.1%).
      The interval holds no change as well as one worth having.

      gate                       base     head  change        97.8% interval  smallest  verdict
      share of good requests   99.00%   99.00%  0.0 pp  −0.30 pp to +0.30 pp      1 pp  no difference
      CPU time per request    2.00 ms  2.05 ms   +2.5%       −8.7% to +15.1%        3%  cannot tell yet

      Of main (aaaaaaaaaa) and HEAD (aaaaaaaaaa): 6 pairs of runs in turns (A B B A), each look wrong in
      2.2% at most, so that all together are in 5%. Good: answered under 400 in less than 250 ms.

      → More pairs would settle it four times out of five, if the difference is what it seems:
        --most-pairs 126
      → Or make runs differ less: a longer duration, a machine with nothing else on it; or ask for less: a
        larger smallest change in the scenario."
    `)
  })

  it('tells of waivers, and of one that expired', () => {
    const waiver: Waiver = {
      metric: 'cpu',
      ceiling: 2.5,
      reason: 'new parser',
      expires: '2026-12-31',
      story: null,
    }
    const words = (given: Given) => render(given).replaceAll(/\s+/g, ' ')
    expect(words({ rounds: [2.3], waivers: [waiver] })).toContain(
      'CPU time per request +15.0% (+12.4% to +17.7%). It is waived until 2026-12-31, up to 2.50 ms: new parser.',
    )
    expect(words({ rounds: [2.0], waivers: [{ ...waiver, expires: '2026-11-01' }] })).toContain(
      'CPU time per request: 2.00 ms. Its waiver expired on 2026-11-01: new parser. That is a matter of the day, so nothing was measured again.',
    )
    const alone = { ...waiver, metric: 'memory' as const, ceiling: 70, expires: '2026-11-01' }
    expect(words({ rounds: [2.0], waivers: [alone] })).toMatch(
      /^worse: HEAD against main: no gate fails\. Peak memory: 60\.0 MB\. Its waiver expired on 2026-11-01: new parser\./,
    )
    expect(words({ rounds: [2.6, 2.6], waivers: [waiver] })).toContain(
      'CPU time per request: 2.60 ms. It is beyond the ceiling of its waiver, 2.50 ms: new parser.',
    )
  })

  it('shows the smallest change in the words of the job summary, at any width', () => {
    const sample = comparison()
    for (const width of [80, 100, 140]) {
      const text = renderBenchmarkComparison(sample, { ...PLAIN, width })
      const [header, under, cpu] = text
        .split('\n')
        .filter(line => /^(gate|share of|CPU time .* worse$)/.test(line))
      expect(header).toMatch(/ smallest {2}verdict$/)
      expect(under).toMatch(/ {5}1 pp {2}worse$/)
      expect(cpu).toMatch(/ 3% {2}worse$/)
      expect(text.includes('Too narrow for: 99% interval.')).toBe(width === 80)
      expect(text).toContain('→ P95 of the answers: about 14 pairs of repetitions would tell.')
    }
    const untold = sample.gates.slice(0, 2).map((gate, i) => ({
      ...gate,
      fails: false,
      verdict: 'cannot tell yet' as const,
      needs: { pairs: 14 + 1200 * i, reachable: true },
    }))
    const text = renderBenchmarkComparison(
      { ...sample, gates: untold, verdict: 'cannot tell yet' },
      { ...PLAIN, width: 100 },
    )
    expect(text).not.toContain('Too narrow')
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      '--most-pairs 1214 (14 for the share of good requests, 1,214 for the CPU time per request)',
    )
  })

  it('names a side as the job summary does, its commit and what isn’t in it', () => {
    const dirty = comparison().head
    const head = {
      ...dirty,
      name: '.',
      kind: 'folder' as const,
      environment: { ...dirty.environment, isDirty: true },
    }
    const text = renderBenchmarkComparison(comparison({ head }), { ...PLAIN, width: 140 })
    expect(text).toContain('Of main (0123456789) and . (fedcba9876, with changes that aren’t committed): ')
    expect(summariseComparison(comparison({ head }), 'x')).toContain(
      '`. (fedcba9876, with changes that aren’t committed)` against `main (0123456789)`',
    )
    const named = { ...comparison().base, name: '0123456' }
    expect(renderBenchmarkComparison(comparison({ base: named }), PLAIN)).toContain('Of 0123456 and ')
  })

  it('lists what else differs, and says that it may be drift', () => {
    const { environment } = makeRepetition()
    const other = { node: 'v26.0.0', dependencies: { express: '5.1.0' }, mix: 'abc' }
    const head = { environment: { ...environment, ...other } }
    const result = compare({ rounds: [2.0], head, interleaved: false })
    expect(result.differs).toEqual([
      { what: 'requests drawn', base: 'none', head: 'abc' },
      { what: 'Node', base: 'v24.0.0', head: 'v26.0.0' },
      { what: 'dependency express', base: 'none', head: '5.1.0' },
    ])
    expect(result.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['not-interleaved', 'differs']),
    )
    expect(renderBenchmarkComparison(result, PLAIN)).toMatch(
      /6 and 6 repetitions, measured one after the\s+other/,
    )
  })

  it('nests the comparison of the answers, with the verdict of the gate', () => {
    const { comparison, gates, repetitions } = compare({ rounds: [2.0] })
    expect(comparison).toMatchObject({ unit: 'pair', verdict: gates[0]!.verdict, metric: 'under' })
    expect(comparison.change.interval).toEqual(gates[0]!.change.interval)
    expect(repetitions).toHaveLength(12)
    expect(repetitions[0]!.figures).not.toHaveProperty('latency')
  })

  it('escapes what a side is called', () => {
    const text = render({ rounds: [2.0], name: '\u001b[31mred\u202e' })
    expect(text).toContain('\\x1b[31mred\\u202e')
    expect(text).not.toContain('\u001b')
  })
})
