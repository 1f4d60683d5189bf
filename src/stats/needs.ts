import { FEWEST_CLUSTERS } from './clusters.js'
import type { ChangeVariance } from './share-variance.js'
import { normalQuantile } from './special-functions.js'

/** What would settle a comparison that can't be told yet. */
export interface Needs {
  /** In each arm, those there are already included; null when more of them isn't what is short. */
  clusters: number | null
  /**
   * On each side, those there are already included; null when the arms are side by side, or days aren't what
   * is short.
   */
  days: number | null
  /** Whether that is within reason: at most 20 times the clusters there are, at most 90 days a side. */
  reachable: boolean
  /** A design that would need less, or null. */
  betterDesign: string | null
}

/** Under this many days a side, how much days differ can't be told from luck. */
export const FEWEST_DAYS = 3

/** Why a side of so many days is too short; null for one that isn't. */
export function explainFewDays(days: number): string | null {
  if (days >= FEWEST_DAYS) return null
  const counted = days === 1 ? '1 day' : `${days} days`
  return `One side has ${counted}, and how much days differ can be told from ${FEWEST_DAYS} a side on.`
}
const MOST_TIMES_THE_CLUSTERS = 20
const MOST_DAYS = 90

export interface Shortage {
  /** The smaller arm's. */
  clusters: number
  /** The shorter side's; null when the arms are side by side. */
  days: number | null
  /** The part of requests that are from clusters in both arms, 0 to 1, in the arm where it is smaller. */
  paired: number
  change: number
  smallest: number
  level: number
  /** Null where it couldn't be worked out. */
  variance: ChangeVariance | null
  /** What a cluster is called. */
  noun: string
}

/**
 * n = G·((z + 0.84)·√V / distance)², which is 2.8·√V at 95%: enough to settle it four times out of five, if
 * the change is what it seems to be. The distance is to the nearest boundary that has to be cleared for a
 * verdict: 0 for a change, ± smallest for none, whichever takes less data. Days are counted the same way,
 * when they make the greater part of the variance or are too few.
 *
 * Misleads when clusters or days to come differ more than those so far: it is an order of magnitude, not a
 * promise.
 */
export function planMore(shortage: Shortage): Needs {
  const { clusters, days, paired, variance, noun } = shortage
  const times = timesTheData(shortage)
  const daysAreShort =
    days !== null &&
    (days < FEWEST_DAYS || (variance !== null && variance.fromClusters <= variance.variance / 2))
  if (days !== null && daysAreShort) {
    const wanted = scaleUp(days, times, FEWEST_DAYS)
    return {
      clusters: clusters < FEWEST_CLUSTERS ? FEWEST_CLUSTERS : null,
      days: wanted,
      reachable: wanted !== null && wanted <= MOST_DAYS,
      betterDesign: 'canary beside baseline: both arms then have the same days',
    }
  }
  const wanted = scaleUp(clusters, times, FEWEST_CLUSTERS)
  return {
    clusters: wanted,
    days: days !== null && days < FEWEST_DAYS ? FEWEST_DAYS : null,
    reachable: wanted !== null && wanted <= Math.max(FEWEST_CLUSTERS, clusters * MOST_TIMES_THE_CLUSTERS),
    betterDesign:
      clusters > 0 && paired < 0.5
        ? `every ${noun} in both arms (split requests, not ${noun}s): each is then compared with itself`
        : null,
  }
}

/** What to do where one cluster outweighs or contradicts all others: more of the same doesn't help. */
export function planWithout(cluster: string): Needs {
  return {
    clusters: null,
    days: null,
    reachable: false,
    betterDesign: `compare ${cluster} by itself, and the others without it`,
  }
}

function scaleUp(have: number, times: number, least: number): number | null {
  return times === Infinity ? null : Math.max(least, have + 1, Math.ceil(have * times))
}

/** 1 where the spread isn't known yet. */
function timesTheData({ change, smallest, level, variance }: Shortage): number {
  if (variance === null || variance.variance === 0) return 1
  const distance = Math.max(Math.abs(change), smallest - Math.abs(change))
  if (distance === 0) return Infinity
  const reach = normalQuantile((1 + level) / 2) + normalQuantile(0.8)
  return (reach ** 2 * variance.variance) / distance ** 2
}
