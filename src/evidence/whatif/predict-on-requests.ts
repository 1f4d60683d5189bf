/** What a change would do to each customer, on all requests: a peak removed, slow requests capped, a part made faster. */
import { WhyslowError } from '../../errors.js'
import type { Store } from '../../store/open-store.js'
import { type Slice, slicePredicate } from '../../store/slice.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { CLUSTER } from '../count-clusters.js'
import { IS_UNMEASURED, isCountedSql, isGoodSql } from '../good.js'
import { describeSampling, NO_DURATIONS } from '../slice-warnings.js'
import type { Change, Predicted, PredictedCluster } from './change.js'
import { drawBeforeAndAfter } from './draw-before-after.js'
import { capUnder } from './name-change.js'
import { PART_NAMES, requirePart } from './parts.js'
import { type Peak, pickPeak } from './pick-peak.js'
import { replaceRequests } from './replace-requests.js'

export type RequestChange = Extract<Change, { kind: 'without-mode' | 'cap' | 'part' }>

export interface PredictOptions {
  under_ms: number
  /** Of the slice, where they are known already. */
  peaks?: readonly Peak[]
  /** Else only counts are read. */
  withHistogram?: boolean
}

type Prediction = Predicted & { warnings: Warning[] }

/** Throws a `WhyslowError` where the slice has nothing that the change is about. */
export async function predictOnRequests(
  store: Store,
  slice: Slice,
  change: RequestChange,
  options: PredictOptions,
): Promise<Prediction> {
  const where = await slicePredicate(store, slice)
  await requireTimes(store, where)
  const { after, ...found } = await predict(store, where, change, options)
  const { withHistogram = true } = options
  return {
    slack: [],
    ...found,
    assumptions: [...found.assumptions, ...ALWAYS],
    histogram: withHistogram ? await drawBeforeAndAfter(store, where, after) : null,
    warnings: [...found.warnings, ...describeSampling(store)],
  }
}

const ALWAYS = [
  'Requests that failed, timed out or were given up stay as they are.',
  'Load doesn’t change: a queue that would shrink, too, isn’t counted.',
  'Days to come are like these. The interval is for how much customers differ, and for nothing else.',
]

/** Throws where nothing can be said about how slow requests are. */
async function requireTimes(store: Store, where: string): Promise<void> {
  const [row] = await store.all<{ unmeasured: boolean }>(
    `SELECT ${IS_UNMEASURED} AS unmeasured FROM requests WHERE ${where}`,
  )
  if (row!.unmeasured) throw new WhyslowError(NO_DURATIONS.message, { exit: 3, next: [NO_DURATIONS.next!] })
}

function predict(store: Store, where: string, change: RequestChange, options: PredictOptions) {
  switch (change.kind) {
    case 'without-mode':
      return withoutPeak(store, where, change.near_ms, options)
    case 'cap':
      return cap(store, where, change, options)
    case 'part':
      return fasterPart(store, where, change, options)
  }
}

async function withoutPeak(store: Store, where: string, near_ms: number, options: PredictOptions) {
  const peak = await pickPeak(store, where, near_ms, options.peaks)
  const { clusters, requests, kept, pooled, after } = await replaceRequests(
    store,
    where,
    peak,
    options.under_ms,
  )
  const borrowed =
    pooled === 0
      ? ''
      : ` ${formatCount(pooled)} are of customers who have no other answer there: they become like those of all customers.`
  return {
    clusters,
    requests,
    unchanged: kept,
    assumptions: [
      `The peak is all answers ${describeRange(peak)}. They become like the other answers of the same customer on the same route.${borrowed}`,
    ],
    after,
    warnings: [],
  }
}

function describeRange({ from, to }: Peak): string {
  if (to === Infinity) return `that take ${formatDuration(from)} or more`
  return from === 0 ? `under ${formatDuration(to)}` : `from ${formatDuration(from)} to ${formatDuration(to)}`
}

interface CappedRow {
  requests: number
  good: number
  slow: number
}

async function cap(
  store: Store,
  where: string,
  { cap_ms, share }: Extract<Change, { kind: 'cap' }>,
  { under_ms }: PredictOptions,
) {
  const helps = cap_ms < under_ms
  const rows = await readClusters<CappedRow>(store, where, under_ms, {
    slow: `outcome = 'ok' AND duration_ms >= ${under_ms}`,
  })
  const clusters = rows.map(({ slow, ...row }): PredictedCluster => {
    const chance = helps ? share : 0
    return {
      ...row,
      goodAfter: row.good + chance * slow,
      ...(chance > 0 && chance < 1 ? { drawn: { requests: slow, chance, sure: row.good } } : {}),
    }
  })
  const over = `duration_ms > ${cap_ms}`
  const which = share < 1 ? `, and which ${formatShare(share, 0)} of them is chance` : ''
  return {
    clusters,
    requests: sumRequests(clusters),
    unchanged: 0,
    assumptions: [
      `Every answer of over ${formatDuration(cap_ms)} could be had in that time, whatever it is for${which}.`,
    ],
    after: [
      { ms: 'duration_ms', weight: `weight * CASE WHEN ${over} THEN ${1 - share} ELSE 1 END` },
      { ms: `${cap_ms}`, weight: `weight * ${share}`, where: over },
    ],
    warnings: helps ? [] : [capTooHigh(cap_ms, under_ms)],
  }
}

function capTooHigh(cap_ms: number, under_ms: number): Warning {
  return {
    code: 'nothing-changes',
    message: `A cap of ${formatDuration(cap_ms)} isn’t under the target of ${formatDuration(under_ms)}: no request becomes good.`,
    next: `--cap ${capUnder(under_ms)}ms, or another target: --under`,
  }
}

async function fasterPart(
  store: Store,
  where: string,
  { part, times }: Extract<Change, { kind: 'part' }>,
  { under_ms }: PredictOptions,
) {
  await requirePart(store, where, part)
  const column = `${part}_ms`
  const after = `greatest(0, duration_ms - coalesce(${column}, 0) * ${1 - 1 / times})`
  const rows = await readClusters<{ requests: number; good: number; goodAfter: number; unknown: number }>(
    store,
    where,
    under_ms,
    {
      goodAfter: `outcome = 'ok' AND ${after} < ${under_ms}`,
      unknown: `outcome = 'ok' AND ${column} IS NULL`,
    },
  )
  const clusters = rows.map(({ unknown: _, ...row }): PredictedCluster => row)
  const unchanged = rows.reduce((sum, row) => sum + row.unknown, 0)
  const missing =
    unchanged === 0
      ? ''
      : ` ${formatCount(unchanged)} requests whose log doesn’t say how long it took stay as they are.`
  return {
    clusters,
    requests: sumRequests(clusters),
    unchanged,
    assumptions: [
      `What is saved of ${PART_NAMES[part]} is saved of the whole: nothing else takes its place.${missing}`,
    ],
    after: [{ ms: after, weight: 'weight' }],
    warnings: [],
  }
}

function sumRequests(clusters: readonly PredictedCluster[]): number {
  return clusters.reduce((sum, cluster) => sum + cluster.requests, 0)
}

/** Requests that count, those that are good, and the weights of those for which each condition holds. */
async function readClusters<T>(
  store: Store,
  where: string,
  under_ms: number,
  conditions: Record<string, string>,
): Promise<({ cluster: string; account: string | null; observed: number } & T)[]> {
  const sums = Object.entries({ good: isGoodSql(`${under_ms}`), ...conditions }).map(
    ([name, condition]) => `coalesce(sum(weight) FILTER (${condition}), 0)::DOUBLE AS "${name}"`,
  )
  return store.all(
    `SELECT ${CLUSTER} AS cluster, max(account) AS account, sum(weight)::DOUBLE AS requests,
       count(*)::DOUBLE AS observed, ${sums.join(', ')}
     FROM requests WHERE ${where} AND ${isCountedSql(`${under_ms}`)} GROUP BY 1 ORDER BY 1`,
  )
}
