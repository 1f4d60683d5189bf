/** What else differs between two slices: another mix of routes, instances, hours or programs explains a change as well as the change does. */
import type { ClusterCount } from '../stats/clusters.js'
import { adjustForMany } from '../stats/many.js'
import { measureChange } from '../stats/measure-change.js'
import { tCdf } from '../stats/special-functions.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { CLUSTER } from './count-clusters.js'
import { listMixColumns } from './mix-columns.js'
import { OWN_WEIGHTS, type SideWeights } from './strata.js'

export interface MixDifference {
  /** The column, or `hour`. */
  what: string
  value: string
  /** Shares of the requests, 0 to 1. */
  before: number
  after: number
}

/** A part of the requests that grew or shrank by less than this doesn't change a verdict much. */
const LEAST = 0.05
/** Of each column, the values that differ most. */
const MOST_VALUES = 3
/** A value that is all of one side and nothing of the other is what tells the sides apart. */
const ALL = 0.999

export interface MixOptions {
  timezone: string
  /** Columns of which the mix is held equal. */
  held?: readonly string[]
  weights?: SideWeights
}

/** Those that differ by more than chance over customers, Benjamini–Hochberg over all that were tested, the largest first. */
export async function compareMix(
  store: Store,
  slices: { before: Slice; after: Slice },
  { timezone, held = [], weights = OWN_WEIGHTS }: MixOptions,
): Promise<MixDifference[]> {
  const columns = listMixColumns(timezone)
  for (const name of held) delete columns[name]
  const sides = {
    before: await slicePredicate(store, slices.before),
    after: await slicePredicate(store, slices.after),
    weights,
  }
  const found = await findLargest(store, columns, sides)
  if (found.length === 0) return []
  const counts = await countPerCluster(store, columns, found, sides)
  const tested = found.flatMap((difference, i) => {
    const p = chanceOf(counts[i]!)
    return p === null ? [] : [{ difference, p }]
  })
  return adjustForMany(tested.map(({ p }) => p)).selected.map(place => tested[place]!.difference)
}

interface Sides {
  before: string
  after: string
  weights: SideWeights
}

async function findLargest(
  store: Store,
  columns: Record<string, string>,
  { before, after, weights }: Sides,
): Promise<MixDifference[]> {
  const names = Object.keys(columns)
  const sums = `sum(weight_before) FILTER (is_before) AS before, sum(weight_after) FILTER (is_after) AS after`
  const rows = await store.all<MixDifference>(
    `WITH sides AS (SELECT (${before}) AS is_before, (${after}) AS is_after, ${weights.before} AS weight_before,
         ${weights.after} AS weight_after, ${names.map(name => `${columns[name]} AS "${name}"`).join(', ')}
       FROM requests WHERE (${before}) OR (${after})),
     totals AS (SELECT ${sums} FROM sides),
     counted AS (${names
       .map(name => `SELECT ${sqlText(name)} AS what, "${name}" AS value, ${sums} FROM sides GROUP BY ALL`)
       .join(' UNION ALL ')}),
     shares AS (SELECT what, value, coalesce(c.before, 0) / t.before AS before, coalesce(c.after, 0) / t.after AS after
       FROM counted c, totals t WHERE value IS NOT NULL AND t.before > 0 AND t.after > 0)
     SELECT * FROM shares WHERE abs(after - before) >= ${LEAST} AND greatest(before, after) - least(before, after) < ${ALL}
     QUALIFY row_number() OVER (PARTITION BY what ORDER BY abs(after - before) DESC, value) <= ${MOST_VALUES}
     ORDER BY abs(after - before) DESC, what, value`,
  )
  return rows
}

interface Counts {
  before: ClusterCount[]
  after: ClusterCount[]
}

/** Per customer the requests, and those with each of the values, in one pass. */
async function countPerCluster(
  store: Store,
  columns: Record<string, string>,
  found: MixDifference[],
  { before, after, weights }: Sides,
): Promise<Counts[]> {
  const holds = found.map(({ what, value }) => `coalesce(${columns[what]} = ${sqlText(value)}, false)`)
  const side = (name: 'before' | 'after', predicate: string) =>
    [
      `coalesce(sum(${weights[name]}) FILTER (${predicate}), 0) AS ${name}`,
      ...holds.map(
        (hold, i) => `coalesce(sum(${weights[name]}) FILTER ((${predicate}) AND ${hold}), 0) AS ${name}_${i}`,
      ),
    ].join(', ')
  const rows = await store.all<Record<string, number> & { cluster: string }>(
    `SELECT ${CLUSTER} AS cluster, ${side('before', before)}, ${side('after', after)}
     FROM requests WHERE (${before}) OR (${after}) GROUP BY 1 ORDER BY 1`,
  )
  const arm = (name: 'before' | 'after', i: number): ClusterCount[] =>
    rows.map(row => ({ cluster: row.cluster, requests: row[name]!, good: row[`${name}_${i}`]! }))
  return found.map((_, i) => ({ before: arm('before', i), after: arm('after', i) }))
}

/** Two-sided, over customers; null where there are too few. */
function chanceOf(counts: Counts): number | null {
  const { value, interval, variance } = measureChange({ ...counts, apartInTime: false, smallest: 0 })
  if (value === null || interval === null || variance === null) return null
  if (variance.variance === 0) return 0
  return 2 * tCdf(-Math.abs(value) / Math.sqrt(variance.variance), variance.df)
}
