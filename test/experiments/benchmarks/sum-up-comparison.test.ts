/** What is said beside the gates. */
import { expect, test } from 'vitest'
import { inPairs } from '../../../src/experiments/benchmarks/count-answers.js'
import { judgeSides } from '../../../src/experiments/benchmarks/judge-gates.js'
import { kindOf } from '../../../src/experiments/benchmarks/metrics.js'
import type { MeasuredRound } from '../../../src/experiments/benchmarks/plan-rounds.js'
import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import { sumUpComparison } from '../../../src/experiments/benchmarks/sum-up-comparison.js'
import { makeRepetition } from './make-repetition.js'

const { smallest, worse } = kindOf('under')
const gates = [{ metric: 'under' as const, smallest, direction: worse }]

function measureRound(head: Partial<Repetition>): MeasuredRound {
  const big = { requests: 2000, statuses: { '2xx': 2000 } }
  const sides = inPairs(
    Array.from({ length: 6 }, () => ({
      base: makeRepetition(big),
      head: makeRepetition({ ...big, ...head }),
    })),
  )
  const judged = judgeSides(sides, gates, { level: 0.95, now: new Date(), waivers: [], mostPairs: 24 })
  return { sides, pairs: 6, level: 0.95, gates: judged }
}

const sumUp = (round: MeasuredRound) =>
  sumUpComparison({
    scenario: { name: 'orders', file: '', shown: '', gates, waivers: [] },
    under_ms: 250,
    base: { name: 'main', kind: 'commit' },
    head: { name: 'fix', kind: 'commit' },
    rounds: [round],
    seed: 1,
    warnings: [],
    now: new Date('2026-12-01T00:00:00Z'),
    describe: ({ base, head, all }) => [
      { code: 'few-calls', message: `${base.length} + ${head.length} = ${all.length}` },
    ],
  })

test('the nested comparison needs what its gate needs, where the gate has the last word', () => {
  const round = measureRound({ underShare: 0.9 })
  expect(sumUp(round).comparison).toMatchObject({ verdict: 'worse', needs: null })
  const unconfirmed = round.gates.map(gate => ({
    ...gate,
    ...{ verdict: 'cannot tell yet' as const, reason: 'It failed in the second round only.' },
    ...{ needs: { pairs: null, reachable: false }, fails: false },
  }))
  expect(sumUp({ ...round, gates: unconfirmed }).comparison).toMatchObject({
    verdict: 'cannot tell yet',
    reason: 'It failed in the second round only.',
    needs: { clusters: null, days: null, reachable: false },
  })
})

test('answers of another kind are told, with both sides', () => {
  const { warnings } = sumUp(measureRound({ statuses: { '2xx': 1000, '4xx': 1000 } }))
  expect(warnings.map(({ code }) => code)).toEqual(['answers-differ', 'few-calls'])
  expect(warnings[0]!.message).toContain('0.0% of those of main were 4xx, and 50.0% of those of fix')
  expect(warnings[1]!.message).toBe('6 + 6 = 12')
  expect(sumUp(measureRound({})).warnings.map(({ code }) => code)).toEqual(['few-calls'])
})
