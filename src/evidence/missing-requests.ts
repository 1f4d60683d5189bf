/** Requests that never finished, or of which the log has no time. */
import { type Distribution, distributionFromPairs, quantile } from '../stats/distribution.js'
import { isoTime } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { IS_UNFINISHED, isUnmeasured } from './good.js'
import {
  addUp,
  boundTimes,
  listMissingRoutes,
  type MissingKind,
  type MissingOptions,
  type MissingTimes,
  type Reason,
} from './missing-kind.js'
import { readMissingWho } from './missing-who.js'
import { isUnfinished, type OutcomeTime, readOutcomeTimes, stratify } from './unfinished.js'

export async function missingRequests(
  store: Store,
  where: string,
  { under_ms, limit }: MissingOptions,
): Promise<MissingKind> {
  const rows = await readOutcomeTimes(store, where)
  const measured = await readMeasured(store, where)
  const [extent] = await store.all<{ from: string | null; to: string | null }>(
    `SELECT ${isoTime('min("time")')} AS "from", ${isoTime('max("time")')} AS "to" FROM requests WHERE ${where}`,
  )
  const of = addUp(rows)
  const reasons = (['timeout', 'aborted', 'unmeasured'] as const).flatMap(reason => {
    const own = rows.filter(row => reasonOf(row) === reason)
    return own.length === 0 ? [] : [{ reason, count: addUp(own), watched_ms: describeWatched(own) }]
  })
  const missing = reasons.reduce((sum, { count }) => sum + count, 0)
  const strata = stratify(rows, 'counted')
  const measuredOf = Map.groupBy(measured, ({ route }) => route)
  const facts = `SELECT "time", route, account, client, upstream, user_agent, weight AS whole,
      CASE WHEN ${IS_UNFINISHED} OR duration_ms IS NULL THEN weight ELSE 0 END AS part FROM requests WHERE ${where}`
  return {
    kind: 'requests',
    measure: 'duration_ms',
    of,
    finished: of - missing,
    missing,
    share: of === 0 ? 0 : missing / of,
    reasons: reasons.sort((one, other) => other.count - one.count),
    also: [],
    covers: { from: extent!.from, to: extent!.to, daysLeftOut: 0 },
    ...boundTimes(mergeAll(measured), strata, { canEstimate: true }),
    under: judge(rows, under_ms),
    routes: listMissingRoutes(rows, {
      isMissing: row => reasonOf(row) !== null,
      timesOf: (own, route) =>
        boundTimes(mergeAll(measuredOf.get(route) ?? []), stratify(own, 'counted'), { canEstimate: false }),
      limit,
    }),
    ...(await readMissingWho(store, facts, { missing, limit })),
  }
}

function reasonOf(row: OutcomeTime): Reason | null {
  if (isUnfinished(row)) return row.outcome as Reason
  return row.value === null ? 'unmeasured' : null
}

/** How long they were watched, of those of which that is known. */
function describeWatched(rows: readonly OutcomeTime[]): { p50: number; p90: number } | null {
  const watched = distributionFromPairs(
    rows.flatMap(({ value, weight }) => (value === null ? [] : [[value, weight] as const])),
  )
  const [p50, p90] = [quantile(watched, 0.5), quantile(watched, 0.9)]
  return p50 === null || p90 === null ? null : { p50, p90 }
}

interface Measured {
  route: string | null
  value: number
  weight: number
}

/** All durations as the log has them: what other commands show quantiles of. */
async function readMeasured(store: Store, where: string): Promise<Measured[]> {
  return store.all<Measured>(
    `SELECT route, duration_ms AS value, sum(weight) AS weight FROM requests
     WHERE ${where} AND duration_ms IS NOT NULL GROUP BY ALL`,
  )
}

function mergeAll(rows: readonly Measured[]): Distribution {
  return distributionFromPairs(rows.map(({ value, weight }) => [value, weight] as const))
}

/** By what counts as good everywhere; what is missing could have been good where it was watched for less than the target, and not after a timeout. */
function judge(rows: readonly OutcomeTime[], under_ms: number): MissingTimes['under'] {
  const sums = { good: 0, bad: 0, open: 0, ok: 0, measured: 0 }
  for (const { outcome, value, weight } of rows) {
    if (outcome === 'client_error') continue
    if (outcome === 'ok') {
      sums.ok += weight
      if (value !== null) sums.measured += weight
    }
    if (value === null && (outcome === 'ok' || outcome === 'aborted')) sums.open += weight
    else if (outcome === 'ok') sums[value! < under_ms ? 'good' : 'bad'] += weight
    else sums[outcome === 'aborted' && value! < under_ms ? 'open' : 'bad'] += weight
  }
  const { good, bad, open } = sums
  const all = good + bad + open
  return {
    under_ms,
    naive: good + bad === 0 || isUnmeasured(sums) ? null : good / (good + bad),
    best: all === 0 ? null : (good + open) / all,
    worst: all === 0 ? null : good / all,
  }
}
