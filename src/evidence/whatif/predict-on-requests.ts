/** What a change would do to each customer, on all requests: a peak removed, slow requests capped, a part made faster. */
import { WhyslowError } from '../../errors.js'
import type { Store } from '../../store/open-store.js'
import { type Slice, slicePredicate } from '../../store/slice.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { CLUSTER, type Crowd, clusterOf, findCrowd } from '../count-clusters.js'
import { IS_UNMEASURED, isCountedSql, isGoodSql } from '../good.js'
import { describeSampling, NO_DURATIONS } from '../slice-warnings.js'
import type { Change, Predicted, PredictedCluster } from './change.js'
import { drawBeforeAndAfter } from './draw-before-after.js'
import { GatheredClusters } from './gather-clusters.js'
import { capUnder } from './name-change.js'
import { PART_NAMES, requirePart } from './parts.js'
import { type Peak, pickPeak } from './pick-peak.js'
import { readPortions } from './read-portions.js'
import { replaceRequests } from './replace-requests.js'

export type RequestChange = Extract<Change, { kind: 'without-mode' | 'cap' | 'part' }>

export interface PredictOptions {
  under_ms: number
  /** Of the slice, where they are known already. */
  peaks?: readonly Peak[]
  crowd?: Crowd | null
  /** For the share: neither who crosses nor how the answers would be distributed. */
  countsOnly?: boolean
  /** Of what there is for each customer, so much is read at a time. */
  mostRows?: number
}

type Options = PredictOptions & { crowd: Crowd | null; countsOnly: boolean; gathered: GatheredClusters }

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
  const { countsOnly = false, crowd = await findCrowd(store, [slice]) } = options
  const gathered = new GatheredClusters(crowd, countsOnly)
  const { after, ...found } = await predict(store, where, change, {
    ...options,
    crowd,
    countsOnly,
    gathered,
  })
  return {
    clusters: gathered.clusters,
    unit: gathered.crossing?.unit ?? null,
    crossing: (await gathered.crossing?.describe(store)) ?? null,
    slack: [],
    requests: gathered.requests,
    ...found,
    assumptions: [...found.assumptions, ...ALWAYS],
    histogram: countsOnly ? null : await drawBeforeAndAfter(store, where, after),
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

function predict(store: Store, where: string, change: RequestChange, options: Options) {
  switch (change.kind) {
    case 'without-mode':
      return withoutPeak(store, where, change.near_ms, options)
    case 'cap':
      return cap(store, where, change, options)
    case 'part':
      return fasterPart(store, where, change, options)
  }
}

async function withoutPeak(store: Store, where: string, near_ms: number, options: Options) {
  const peak = await pickPeak(store, where, near_ms, options.peaks)
  const { kept, pooled, after } = await replaceRequests(store, where, peak, options)
  const borrowed =
    pooled === 0
      ? ''
      : ` ${formatCount(pooled)} are of customers who have no other answer there: they become like those of all customers.`
  return {
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
  options: Options,
) {
  const { under_ms, gathered } = options
  const helps = cap_ms < under_ms
  const chance = helps ? share : 0
  const slow = `outcome = 'ok' AND duration_ms >= ${under_ms}`
  const read = readClusters<CappedRow>(store, where, { slow }, options)
  for await (const rows of read) {
    gathered.add(
      rows.map(({ slow, ...row }) => ({
        ...row,
        goodAfter: row.good + chance * slow,
        ...(chance > 0 && chance < 1 ? { drawn: { requests: slow, chance, sure: row.good } } : {}),
      })),
    )
  }
  const over = `duration_ms > ${cap_ms}`
  const which = share < 1 ? `, and which ${formatShare(share, 0)} of them is chance` : ''
  return {
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

interface FasterRow {
  requests: number
  good: number
  goodAfter: number
  unknown: number
}

async function fasterPart(
  store: Store,
  where: string,
  { part, times }: Extract<Change, { kind: 'part' }>,
  options: Options,
) {
  const { under_ms, gathered } = options
  await requirePart(store, where, part)
  const column = `${part}_ms`
  const after = `greatest(0, duration_ms - coalesce(${column}, 0) * ${1 - 1 / times})`
  const conditions = {
    goodAfter: `outcome = 'ok' AND ${after} < ${under_ms}`,
    unknown: `outcome = 'ok' AND ${column} IS NULL`,
  }
  let unchanged = 0
  for await (const rows of readClusters<FasterRow>(store, where, conditions, options)) {
    gathered.add(rows.map(({ unknown: _, ...row }) => row))
    for (const { unknown } of rows) unchanged += unknown
  }
  const missing =
    unchanged === 0
      ? ''
      : ` ${formatCount(unchanged)} requests whose log doesn’t say how long it took stay as they are.`
  return {
    unchanged,
    assumptions: [
      `What is saved of ${PART_NAMES[part]} is saved of the whole: nothing else takes its place.${missing}`,
    ],
    after: [{ ms: after, weight: 'weight' }],
    warnings: [],
  }
}

/** Requests that count, those that are good, and the weights of those for which each condition holds. */
function readClusters<T>(
  store: Store,
  where: string,
  conditions: Record<string, string>,
  options: Options,
): AsyncIterable<(ReadCluster & T)[]> {
  const { under_ms, countsOnly, crowd } = options
  const key = countsOnly ? clusterOf(crowd) : CLUSTER
  const sums = Object.entries({ good: isGoodSql(`${under_ms}`), ...conditions }).map(
    ([name, condition]) => `coalesce(sum(weight) FILTER (${condition}), 0)::DOUBLE AS "${name}"`,
  )
  const query = (only: string) =>
    `SELECT ${key} AS cluster, max(account) AS account, sum(weight)::DOUBLE AS requests,
       count(*)::DOUBLE AS observed, ${sums.join(', ')}
     FROM requests WHERE ${only} AND ${isCountedSql(`${under_ms}`)} GROUP BY 1`
  return readPortions(store, where, { key, query }, options)
}

type ReadCluster = Required<Pick<PredictedCluster, 'cluster' | 'account' | 'monthly' | 'observed'>>
