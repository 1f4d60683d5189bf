/** One kind of what may be missing, and the figures that all kinds share. */
import { boundShareUnder } from '../stats/bound-share.js'
import { type Distribution, quantile } from '../stats/distribution.js'
import { boundQuantile, poolSurvival, type Stratum, survivalQuantile } from '../stats/kaplan-meier.js'
import type { MissingWho } from './missing-who.js'

export type KindName = 'requests' | 'pages' | 'traces'

export interface MissingKind extends MissingWho, MissingTimes {
  kind: KindName
  /** What its times are: a column of requests or beacons, or the duration of the outermost spans. */
  measure: string
  of: number
  finished: number
  missing: number
  share: number
  reasons: { reason: Reason; count: number; watched_ms: { p50: number; p90: number } | null }[]
  /** What was found beside it, and is not missing. */
  also: { what: Also; count: number }[]
  covers: Covers
  /** Those with the most that is missing first. */
  routes: MissingRoute[]
}

/**
 * Of requests: `timeout`, `aborted`, `unmeasured` (ended, and the log has no time). Of pages: `no_answer` (the request never finished, and
 * no beacon came), `no_beacon` (it was answered), `no_end` (it began), `unmeasured`. Of traces: `no_span`, `no_end` (a root or a parent is
 * not there, so it never ended).
 */
export type Reason = 'timeout' | 'aborted' | 'unmeasured' | 'no_answer' | 'no_beacon' | 'no_end' | 'no_span'

/**
 * `no_start`: pages of which only the end was seen; `no_request`: pages without a request in the log, where there are others of their path;
 * `alone`: pages of paths without requests, which are counted; `uncounted`: pages of paths that requests are of, too few of which have a
 * beacon in the time of both; `went_on`: traces that ended although the log has no answer.
 */
export type Also = 'no_start' | 'no_request' | 'alone' | 'uncounted' | 'went_on'

export interface Covers {
  from: string | null
  to: string | null
  /** Days in between on which one of the two kinds has no data at all. */
  daysLeftOut: number
}

export interface MissingRoute {
  route: string | null
  of: number
  missing: number
  share: number
  p99: { naive_ms: number | null; best_ms: number | null; worst_ms: number | null }
}

export interface MissingTimes {
  /** The longest that finished: worse than that is only known to be later. Null where nothing did. */
  last_ms: number | null
  quantiles: MissingQuantile[]
  /** The share under the target, as the kind is judged by it; null where it isn't. */
  under: { under_ms: number; naive: number | null; best: number | null; worst: number | null } | null
}

export interface MissingQuantile {
  q: number
  /** Of what was measured, as it is. */
  naive_ms: number | null
  /** Kaplan and Meier's; null past the last that finished, and where nobody knows how long what is missing was watched. */
  estimate_ms: number | null
  /** As if all that is missing had been about to end when it was last seen. */
  best_ms: number | null
  /** As if none of it ever would have; null past the last that finished. */
  worst_ms: number | null
}

export interface Absent {
  kind: KindName
  /** Why, and what importing it would add. */
  reason: string
  next: string
}

export interface MissingOptions {
  under_ms: number
  /** Whether somebody asked for it: pages are judged by no target of requests. */
  asked: boolean
  /** Rows of `routes`, and of `who` of each column. */
  limit: number
  /** Beacons of one page lie no further apart. */
  beaconWindow_ms: number
  /** Which pages are counted although no request is of their path; null where the question is about requests. */
  alone: PagesAlone | null
}

export interface PagesAlone {
  /** Of paths, as routes have them. */
  templates: readonly string[]
  /** The template of one page; null for all. */
  page: string | null
}

export function addUp(rows: readonly { weight: number }[]): number {
  return rows.reduce((sum, { weight }) => sum + weight, 0)
}

/** Below this, what is missing is only rounding of its parts. */
const NOTHING = 1e-9

/** Those with the most that is missing first; `timesOf` is told the rows of one route. */
export function listMissingRoutes<Row extends { route: string | null; weight: number }>(
  rows: readonly Row[],
  {
    isMissing,
    timesOf,
    limit,
  }: {
    isMissing: (row: Row) => boolean
    timesOf: (own: readonly Row[], route: string | null) => Pick<MissingTimes, 'quantiles'>
    limit: number
  },
): MissingRoute[] {
  const routes = [...Map.groupBy(rows, ({ route }) => route)].map(([route, own]) => {
    const of = addUp(own)
    const missing = addUp(own.filter(isMissing))
    return { route, own, of, missing, share: missing / of }
  })
  return routes
    .filter(({ missing }) => missing > NOTHING)
    .sort((one, other) => other.missing - one.missing)
    .slice(0, limit)
    .map(({ own, ...route }) => {
      const { naive_ms, best_ms, worst_ms } = timesOf(own, route.route).quantiles.at(-1)!
      return { ...route, p99: { naive_ms, best_ms, worst_ms } }
    })
}

const MISSING_QUANTILES = [0.5, 0.9, 0.95, 0.99]

/** The figures of one kind from its times; `naive` is of what was measured, whatever became of it. */
export function boundTimes(
  naive: Distribution,
  strata: readonly Stratum[],
  { canEstimate }: { canEstimate: boolean },
): Pick<MissingTimes, 'last_ms' | 'quantiles'> {
  const curve = canEstimate ? poolSurvival(strata) : null
  const last = strata.flatMap(({ finished }) => finished.values.at(-1) ?? [])
  return {
    last_ms: last.length === 0 ? null : Math.max(...last),
    quantiles: MISSING_QUANTILES.map(q => {
      const [best_ms, worst_ms] = boundQuantile(strata, q)
      return {
        q,
        naive_ms: quantile(naive, q),
        estimate_ms: curve && survivalQuantile(curve, q),
        best_ms,
        worst_ms,
      }
    }),
  }
}

/** For kinds that are judged by their times alone. */
export function boundUnder(
  naive: number | null,
  strata: readonly Stratum[],
  under_ms: number,
): MissingTimes['under'] {
  const bounds = boundShareUnder(strata, under_ms)
  return { under_ms, naive, best: bounds?.best ?? null, worst: bounds?.worst ?? null }
}
