/**
 * How long answers would have taken, had nobody given up on them.
 *
 * Requests that ended in a timeout or were aborted only show how long they had lasted so far: left out, or counted as if that had
 * been their time, they make the quantiles too low. Kaplan and Meier's estimate counts them as long as they were watched. That is fair
 * to a time limit, which cuts off whatever is running, and to people as far as their patience doesn't depend on the time
 * that was left; routes differ in both, so each is estimated by itself and then weighed. Customers would differ too, but most have
 * too few unfinished requests for a curve of their own: the bounds hold whatever people's reasons were.
 */
import { type Distribution, distributionFromPairs, quantile } from '../stats/distribution.js'
import { boundQuantile, poolSurvival, type Stratum, survivalQuantile } from '../stats/kaplan-meier.js'
import type { Store } from '../store/open-store.js'
import { IS_UNFINISHED } from './good.js'

export interface Unfinished {
  requests: number
  /** Of all requests. */
  share: number
  /** Requests that didn't finish, and of which nobody knows how long they were watched; they are missing below. */
  unwatched: number
  /** How many routes were estimated by themselves. */
  routes: number
  quantiles: {
    q: number
    /** Of all measured durations, as they are. */
    naive_ms: number | null
    /** Null past the last answer: then it is only known to be later. */
    ms: number | null
    /** If all that didn't finish had been about to, and if none of it ever would have. */
    bounds_ms: [low: number | null, high: number | null]
  }[]
}

/** Under this share, what is unfinished moves no figure that anyone would act on. */
const WORTH_A_LOOK = 0.005

export async function readUnfinished(
  store: Store,
  where: string,
  measured: Distribution,
  { qs, outcomes }: { qs: readonly number[]; outcomes: readonly { outcome: string; requests: number }[] },
): Promise<Unfinished | null> {
  const all = outcomes.reduce((sum, { requests }) => sum + requests, 0)
  const requests = outcomes
    .filter(({ outcome }) => outcome === 'timeout' || outcome === 'aborted')
    .reduce((sum, row) => sum + row.requests, 0)
  if (all === 0 || requests / all <= WORTH_A_LOOK) return null
  const { strata, unwatched } = await readStrata(store, where)
  if (strata.every(({ censored }) => censored.total === 0)) return null
  const curve = poolSurvival(strata)
  return {
    requests,
    share: requests / all,
    unwatched,
    routes: strata.length,
    quantiles: qs.map(q => ({
      q,
      naive_ms: quantile(measured, q),
      ms: survivalQuantile(curve, q),
      bounds_ms: boundQuantile(strata, q),
    })),
  }
}

async function readStrata(store: Store, where: string): Promise<{ strata: Stratum[]; unwatched: number }> {
  const rows = await readOutcomeTimes(store, where)
  const unwatched = rows.filter(row => isUnfinished(row) && row.value === null)
  return {
    strata: stratify(rows),
    unwatched: unwatched.reduce((sum, { weight }) => sum + weight, 0),
  }
}

/** Requests of one route that ended in the same way after the same time. */
export interface OutcomeTime {
  route: string | null
  outcome: string
  /** Milliseconds: how long it took, or how long what never finished was watched. Null where the log doesn't say. */
  value: number | null
  weight: number
}

export function isUnfinished({ outcome }: Pick<OutcomeTime, 'outcome'>): boolean {
  return outcome === 'timeout' || outcome === 'aborted'
}

export async function readOutcomeTimes(store: Store, where: string): Promise<OutcomeTime[]> {
  return store.all<OutcomeTime>(
    `SELECT route, outcome,
       CASE WHEN ${IS_UNFINISHED} THEN coalesce(elapsed_ms, duration_ms) ELSE duration_ms END AS value, sum(weight) AS weight
     FROM requests WHERE ${where} GROUP BY ALL`,
  )
}

/** A stratum a route. Of what has no time nothing is known: it is left out, or, where `unknown` is `counted`, was watched for no time at all. */
export function stratify(
  rows: readonly OutcomeTime[],
  unknown: 'left out' | 'counted' = 'left out',
): Stratum[] {
  const strata = [...Map.groupBy(rows, ({ route }) => route).values()].map(own => {
    const finished: [number, number][] = []
    const censored: [number, number][] = []
    for (const row of own) {
      if (row.value !== null) (isUnfinished(row) ? censored : finished).push([row.value, row.weight])
      else if (unknown === 'counted') censored.push([0, row.weight])
    }
    return { finished: distributionFromPairs(finished), censored: distributionFromPairs(censored) }
  })
  return strata.filter(({ finished, censored }) => finished.total + censored.total > 0)
}
