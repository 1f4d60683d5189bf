/**
 * How a comparison of two versions goes: what is measured in which order, when it is looked at, and what is measured again.
 *
 * A round measures pairs of runs, A B B A A B B A …, so that what drifts steadily falls on both versions alike. It is looked at after
 * `pairs`. While a gate can't be told, as many more are measured as it needs, up to `mostPairs`, with three looks in all. Each look is
 * made at the level of Pocock (1977), so that all looks of a round together cry wolf in 5% at most: to look again at 95% would do so in 11%.
 *
 * Where a gate then fails, a second round is measured from nothing, and its verdict is the verdict: a difference that came by chance comes
 * again in the same direction in one of forty, so that a gate cries wolf in about one comparison of a thousand. The rounds are never put
 * together, and the better one is never chosen.
 *
 * The second round looks as often as the first. With as many pairs as the first used and one look, it would miss what is there too
 * often: a first round ends early where luck was on its side, and so few pairs are then too few. Of planted slowdowns of 5%, in runs that vary by 3%, it
 * confirmed four of five that way, and 99% this way (`npm run simulate`); what isn't there is confirmed as seldom either way.
 */
import type { JudgedGate } from './comparison.js'
import { inPairs, type MeasuredPair, type Sides } from './count-answers.js'
import { judgeGates } from './judge-gates.js'
import type { Gate, Waiver } from './scenario.js'

export interface RoundPlan {
  pairs: number
  mostPairs: number
}

export interface PlannedPair {
  /** From 1. */
  round: number
  pair: number
  /** That are planned so far in this round. */
  of: number
  first: 'base' | 'head'
}

export interface MeasuredRound {
  sides: Sides
  pairs: number
  level: number
  gates: JudgedGate[]
}

export interface RoundsQuestion {
  plan: RoundPlan
  gates: readonly Gate[]
  waivers: readonly Waiver[]
  now: Date
  measurePair: (planned: PlannedPair) => Promise<MeasuredPair>
}

/** Pocock's constants for 1, 2 and 3 looks as two-sided levels, at 5% in all. */
const ERRORS = [0.05, 0.0294, 0.0221]

/** Another look isn't worth its price where there is little to add. */
function countLooks({ pairs, mostPairs }: RoundPlan): 1 | 2 | 3 {
  if (mostPairs <= pairs) return 1
  return mostPairs < 2 * pairs ? 2 : 3
}

export function levelOf(plan: RoundPlan): number {
  return 1 - ERRORS[countLooks(plan) - 1]!
}

/** The first round, and a second one where a gate failed that measuring again may acquit. */
export async function measureRounds(question: RoundsQuestion): Promise<MeasuredRound[]> {
  const first = await measureRound(question, 1, null)
  if (!first.gates.some(isToConfirm)) return [first]
  return [first, await measureRound(question, 2, first)]
}

/** An expired waiver fails whatever is measured. */
function isToConfirm({ fails, waiver }: JudgedGate): boolean {
  return fails && waiver?.state !== 'expired'
}

async function measureRound(
  { plan, gates, waivers, now, measurePair }: RoundsQuestion,
  round: number,
  before: MeasuredRound | null,
): Promise<MeasuredRound> {
  const looks = countLooks(plan)
  const level = levelOf(plan)
  const measured: MeasuredPair[] = []
  let judged: JudgedGate[] = []
  let wanted: number | null = plan.pairs
  for (let look = 1; wanted !== null; look += 1) {
    while (measured.length < wanted) {
      const pair = measured.length + 1
      measured.push(await measurePair({ round, pair, of: wanted, first: firstOf(pair) }))
    }
    judged = judgeGates(measured, gates, { level, now, waivers, mostPairs: plan.mostPairs })
    if (before !== null) judged = confirm(judged, before.gates)
    wanted = look < looks ? planMorePairs(judged, wanted, plan, looks - look) : null
  }
  return { sides: inPairs(measured), pairs: measured.length, level, gates: judged }
}

/** A B B A A B B A … */
function firstOf(pair: number): 'base' | 'head' {
  return pair % 2 === 1 ? 'base' : 'head'
}

/** So far out of reach that measuring up to the limit would hardly help. */
const HOPELESS = 4

/**
 * Null where nothing is to be gained: all is told, or a gate fails, or what can't be told is out of reach. A step is half of what there is at least,
 * since what a gate needs is a guess from few pairs, and there are few looks; the last one takes twice what it needs. Even, so that A B B A is whole.
 */
function planMorePairs(
  gates: readonly JudgedGate[],
  have: number,
  { mostPairs }: RoundPlan,
  looksLeft: number,
): number | null {
  if (have >= mostPairs || gates.some(gate => gate.fails)) return null
  const needs = gates
    .map(gate => gate.needs?.pairs ?? null)
    .filter(pairs => pairs !== null)
    .filter(pairs => pairs <= HOPELESS * mostPairs)
  if (needs.length === 0) return null
  const most = Math.max(...needs, Math.ceil(have * 1.5))
  const wanted = looksLeft === 1 ? have + 2 * (most - have) : most
  return Math.min(mostPairs, wanted + (wanted % 2))
}

const UNCONFIRMED = 'It failed in the second round only, which no other round has confirmed.'
const TURNED = 'It went one way in the first round and the other way in the second one.'

/** What failed in one round of two, or in both and went another way, is not told: neither that it is worse, nor that it isn't. */
function confirm(gates: readonly JudgedGate[], first: readonly JudgedGate[]): JudgedGate[] {
  return gates.map((gate, i) => {
    const before = first[i]!
    if (!gate.fails || (before.fails && isAlike(gate, before))) return gate
    return {
      ...gate,
      verdict: 'cannot tell yet',
      reason: before.fails ? TURNED : UNCONFIRMED,
      needs: { pairs: null, reachable: false },
      fails: false,
    }
  })
}

/** Where a waiver is why it fails, the verdict isn't. */
function isAlike(gate: JudgedGate, before: JudgedGate): boolean {
  return gate.waiver !== null || gate.verdict === before.verdict
}
