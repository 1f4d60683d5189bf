/** The state of an objective, from what was measured. */
import type { SloCluster } from '../evidence/slo.js'
import type { Burn } from '../stats/burn-rate.js'
import type { ClusterCount } from '../stats/clusters.js'
import { type Budget, COVERED_ENOUGH, needsTimesMore, type Standing } from '../stats/error-budget.js'
import { formatCount, formatShare, formatSpent, formatTimes } from '../units.js'
import type { Slo } from './choose-slos.js'

/** An objective that can't be measured is `frozen`, whatever is known of a part of it; `unsure` is what chance could undo. */
export type SloState = 'met' | 'burning' | 'missed' | 'unsure' | 'frozen'

/** Answers without a time may be at most this part, as for every share. */
const MEASURED_ENOUGH = 0.9

/** What an objective counts of these requests: nothing where it can't be measured. */
export function countFor(slo: Pick<Slo, 'kind'>, rows: readonly SloCluster[]): ClusterCount[] {
  if (slo.kind === 'errors')
    return rows.map(({ cluster, all, errors, rows: observed }) => ({
      cluster,
      requests: all,
      good: all - errors,
      observed,
    }))
  return isUnmeasured(rows) ? [] : rows.filter(({ requests }) => requests > 0)
}

function isUnmeasured(rows: readonly SloCluster[]): boolean {
  const answered = sumOf(rows, row => row.answered)
  return answered > 0 && sumOf(rows, row => row.measured) <= MEASURED_ENOUGH * answered
}

function sumOf(rows: readonly SloCluster[], value: (row: SloCluster) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0)
}

/** Why an objective can't be measured over its window; null when it can. */
export function explainFrozen(
  slo: Pick<Slo, 'kind' | 'window_ms'>,
  rows: readonly SloCluster[],
  covered: number,
): string | null {
  const all = sumOf(rows, row => row.all)
  if (all === 0) return 'No request of it is in the window.'
  if (slo.kind === 'under') {
    const [answered, measured] = [sumOf(rows, row => row.answered), sumOf(rows, row => row.measured)]
    if (answered > 0 && measured === 0) return 'The log has no durations.'
    if (isUnmeasured(rows))
      return `Only ${formatCount(measured)} of ${formatCount(answered)} answers have a duration.`
    if (sumOf(rows, row => row.requests) === 0)
      return `None of its ${formatCount(all)} requests counts: all were client errors, or left early.`
  }
  if (covered >= COVERED_ENOUGH) return null
  return `There is data of ${formatShare(covered)} of the window.`
}

export interface Judged {
  state: SloState
  /** Null for a state that its figures explain. */
  reason: string | null
}

export function judgeSlo(
  { standing, estimate }: Standing,
  budget: Budget | null,
  burn: readonly Burn[],
  frozen: string | null,
): Judged {
  if (standing === 'missed')
    return {
      state: 'missed',
      reason: frozen && `${frozen} With as much traffic in the rest, not even a perfect one makes up for it.`,
    }
  const burning = burn.find(({ exceeds }) => exceeds === true)
  if (burning) {
    const { long, short, rate } = burning
    const reason = `The budget burns at ${formatTimes(long.rate!)} and still does (${formatTimes(short.rate!)}); from ${formatTimes(rate)} on it is too fast.`
    return { state: 'burning', reason: frozen === null ? reason : `${reason} ${frozen}` }
  }
  if (frozen !== null) return { state: 'frozen', reason: frozen }
  if (standing === 'unsure') return { state: 'unsure', reason: estimate.reason ?? explainChance(budget) }
  const seems = burn.find(({ exceeds, long, rate }) => exceeds === null && (long.rate ?? 0) > rate)
  if (seems)
    return {
      state: 'unsure',
      reason: `It may be burning (${formatTimes(seems.long.rate!)}), but that could be chance.`,
    }
  return { state: 'met', reason: null }
}

/** More requests than this many times as many are out of reach. */
const MOST_TIMES_MORE = 100

function explainChance(budget: Budget | null): string {
  if (budget?.interval == null) return 'It could be chance.'
  const [low, high] = budget.interval.map(formatSpent)
  const more = needsTimesMore(budget)
  if (more === null || more <= 1 || more > MOST_TIMES_MORE) return 'It is too close to call.'
  return `It could be chance: anything from ${low} to ${high} of the budget may be spent. About ${formatTimes(more)} as many requests would tell.`
}

/** Of a check: 1 for what is missed or burning, 3 for what can't be told, 0 only when all are met. */
export function exitOf(slos: readonly { state: SloState }[]): 0 | 1 | 3 {
  const has = (...states: SloState[]) => slos.some(({ state }) => states.includes(state))
  if (has('missed', 'burning')) return 1
  return has('unsure', 'frozen') ? 3 : 0
}
