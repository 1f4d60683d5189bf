/**
 * An interval for the change that holds over all looks at data that still comes in: whoever stops at the first look whose
 * interval excludes 0 is wrong at most one time in twenty, not once in twenty looks.
 */
import type { ShareComparison } from './compare-shares.js'
import type { Interval } from './intervals.js'
import { type Needs, planMore } from './needs.js'
import { normalCdf, tQuantile } from './special-functions.js'
import { judgeChange, type Verdict } from './verdicts.js'

/** All that is kept between looks. A later watch that begins with it is the same sequence. */
export interface SequenceState {
  /** The variance at the first look that counts, frozen since; null before it. */
  v1: number | null
}

export interface SequenceLook {
  state: SequenceState
  /** Null before the first look that counts, and where the comparison has none. */
  interval: Interval | null
  verdict: Verdict
  /** Why it can't be told; null when it can. */
  reason: string | null
  needs: Needs | null
}

/** From here on the normal distribution and V are close enough to what they stand for. */
export const FEWEST_TO_WATCH = 10
export const LEAST_DF_TO_WATCH = 4

/** Of false alarms over all looks; less where several sequences share it. */
export const WATCH_ALPHA = 0.05
/** The ratio r at which the boundary is tightest, put where there is four times the information of the first look. */
const TIGHTEST = 7.94
const TIMES_THE_FIRST = 4

type Seen = Pick<ShareComparison, 'change' | 'verdict' | 'reason' | 'needs'> & {
  arms: Record<'before' | 'after', Pick<ShareComparison['arms']['before'], 'clusters' | 'days'>>
}

/**
 * One look at two arms as `compareShares` has compared them, with all requests so far: d ± t_df⁻¹(Φ(b))·√V, where b = √((1 + 1/r)
 * ·ln((r + 1)/0.05²)) and r = 7.94·V₁/(4V). Where the comparison's interval is wider than its V (clusters that are all alike), V is
 * the variance that this width stands for.
 *
 * Assumes that each look adds to what the earlier ones saw, and that V₁ is never chosen anew. Asymptotic: it holds as V and the normal
 * distribution do, with many clusters; hence it begins at 10 clusters an arm and 4 degrees of freedom. Misleads where requests are
 * taken out again, and, for arms apart in time, where looks are more often than once a day.
 * Days that strongly resemble each other do worse than promised: about one false alarm in ten at an autocorrelation of 0.5.
 * Source: normal mixture boundary (Robbins 1970; Howard et al. 2021) in information time 1/V; asymptotic confidence sequences
 * (Waudby-Smith et al. 2024).
 */
export function lookAgain(
  seen: Seen,
  state: SequenceState,
  noun = 'customer',
  alpha = WATCH_ALPHA,
): SequenceLook {
  const { value, interval, se, df, smallest } = seen.change
  if (value === null || interval === null || se === null || df === null) return untold(seen, state)
  const clusters = Math.min(seen.arms.before.clusters, seen.arms.after.clusters)
  const variance = Math.max(se ** 2, varianceBehind(interval, df))
  if (state.v1 === null && (clusters < FEWEST_TO_WATCH || df < LEAST_DF_TO_WATCH)) {
    const reason = `Too few ${noun}s so far: what is watched is judged from ${FEWEST_TO_WATCH} a side on, none of which makes most of the requests.`
    return untold({ ...seen, reason }, state)
  }
  const v1 = state.v1 ?? variance
  const boundary = findBoundary(v1, variance, alpha)
  const reach = reachOver(variance, df, boundary)
  const wide: Interval = [Math.max(-1, value - reach), Math.min(1, value + reach)]
  const isDecidedByOne = seen.verdict !== judgeChange(interval, smallest)
  const verdict = isDecidedByOne ? 'cannot tell yet' : judgeChange(wide, smallest)
  if (verdict !== 'cannot tell yet')
    return { state: { v1 }, interval: wide, verdict, reason: null, needs: null }
  return {
    state: { v1 },
    interval: wide,
    verdict,
    reason: isDecidedByOne ? seen.reason : UNDECIDED,
    needs: isDecidedByOne ? seen.needs : planLooks(seen, variance, boundary),
  }
}

const UNDECIDED = 'The interval that holds over all looks has no change in it as well as one worth having.'

function untold({ reason, needs }: Pick<Seen, 'reason' | 'needs'>, state: SequenceState): SequenceLook {
  const more = needs?.clusters ? { ...needs, clusters: Math.max(needs.clusters, FEWEST_TO_WATCH) } : needs
  return { state, interval: null, verdict: 'cannot tell yet', reason, needs: more }
}

function varianceBehind([low, high]: Interval, df: number): number {
  return ((high - low) / 2 / tQuantile(0.975, df)) ** 2
}

/** In standard errors. */
export function findBoundary(v1: number, variance: number, alpha = WATCH_ALPHA): number {
  const r = (TIGHTEST * v1) / (TIMES_THE_FIRST * variance)
  return Math.sqrt((1 + 1 / r) * Math.log((r + 1) / alpha ** 2))
}

/** Half the width of the interval with this boundary. */
export function reachOver(variance: number, df: number, boundary: number): number {
  return -tQuantile(normalCdf(-boundary), df) * Math.sqrt(variance)
}

/** At the level of this look's boundary, which later looks hardly change. */
function planLooks(seen: Seen, variance: number, boundary: number): Needs {
  const { before, after } = seen.arms
  const days = before.days === null || after.days === null ? null : Math.min(before.days, after.days)
  const fromDays = days === null || seen.needs?.days === null ? 0 : variance
  const plan = planMore({
    clusters: Math.min(before.clusters, after.clusters),
    days,
    paired: 1,
    change: seen.change.value ?? 0,
    smallest: seen.change.smallest,
    level: 1 - 2 * normalCdf(-boundary),
    variance: {
      variance,
      df: seen.change.df ?? 0,
      clusterDf: seen.change.df ?? 0,
      fromClusters: variance - fromDays,
      fromDays,
    },
    noun: 'customer',
  })
  return { ...plan, betterDesign: plan.betterDesign ?? seen.needs?.betterDesign ?? null }
}
