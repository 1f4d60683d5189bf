/** Candidates: the frequent values of each column, and bars across numbers. Found on the half of the customers that discovers. */
import { placeIn, smallNumber } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type CauseColumn, listCauseColumns } from './cause-columns.js'

export interface Candidate {
  where: string
  about: string
  /** Bars across one number, in one direction; null for a value. */
  family: string | null
  isTime: boolean
}

/** A column with its candidates: which of its codes each of them holds for. */
export interface CodedColumn {
  /** SQL of a whole number from 0; never null. */
  code: string
  candidates: (Candidate & { holds: (code: number) => boolean })[]
}

/** Rows to find values in: enough that a value of two requests in a thousand is seen a hundred times. */
const SAMPLE = 50_000
/** With a value, and without it. */
const FEWEST_REQUESTS = 20
const LEAST_SHARE = 0.002
/** The most frequent of each column. */
const MOST_VALUES = 25
const MOST_CANDIDATES = 1200
/** From so many different numbers on, bars say more than values. */
const MANY_NUMBERS = 15
/** Of a text attribute whose values are numbers. */
const MOSTLY_NUMBERS = 0.95
/** Correlation of logarithms. */
const IS_DURATION = 0.98

/** The rows to learn from: what stands behind `FROM requests`, in checked SQL. */
interface Rows {
  join: string
  where: string
  /** About how many there are. */
  count: number
  /** That they span. */
  days: number
  timezone: string
}

export async function findCandidates(store: Store, rows: Rows): Promise<CodedColumn[]> {
  const columns = await listCauseColumns(store, rows.days, rows.timezone)
  const seen = await describeColumns(store, columns, rows, Math.max(1, Math.ceil(rows.count / SAMPLE)))
  let left = MOST_CANDIDATES
  return columns.flatMap((column, i): CodedColumn[] => {
    const { figures, values } = seen[i]!
    if (figures !== null && isDuration(figures)) return []
    const coded =
      figures !== null && (column.isSize || isManyNumbers(figures))
        ? codeBars(column, chooseEdges(figures.quantiles ?? []))
        : codeValues(column, values)
    const candidates = coded.candidates.slice(0, left)
    left -= candidates.length
    return candidates.length === 0 ? [] : [{ ...coded, candidates }]
  })
}

interface Seen {
  /** Most frequent first. */
  values: Value[]
  figures: Figures | null
}

interface Value {
  key: string | null
  requests: number
}

interface Figures {
  present: number
  /** Of those present, how many are numbers. */
  numbers: number
  distinct: number
  correlation: number | null
  quantiles: number[] | null
}

type SeenRow = Figures & { column: number; key: string | null; requests: number | null }

/** One pass over the rows, or one of `every` many, that are picked by what is in them: the same ones each time. */
async function describeColumns(
  store: Store,
  columns: readonly CauseColumn[],
  { join, where }: Rows,
  every: number,
): Promise<Seen[]> {
  const some = every === 1 ? '' : ` AND hash("time", duration_ms, bytes_out) % ${every} = 0`
  const cells = columns.flatMap(({ key, number }, i) => [
    `${key} AS k${i}`,
    ...(number === undefined ? [] : [`${number} AS n${i}`]),
  ])
  const values = columns.map(
    (
      _,
      i,
    ) => `SELECT ${i} AS "column", k${i} AS "key", count(*) AS requests, NULL AS present, NULL AS numbers, NULL AS "distinct",
      NULL AS correlation, NULL AS quantiles FROM cells GROUP BY k${i}
      HAVING count(*) >= greatest(${FEWEST_REQUESTS}, ${LEAST_SHARE} * (SELECT count(*) FROM cells))
        AND count(*) <= (SELECT count(*) FROM cells) - ${FEWEST_REQUESTS}`,
  )
  const figures = columns.flatMap(({ number }, i) =>
    number === undefined
      ? []
      : [
          `SELECT ${i}, NULL, NULL, count(k${i}), count(n${i}), count(DISTINCT n${i}),
             corr(CASE WHEN n${i} > 0 THEN ln(n${i}) END, CASE WHEN duration_ms > 0 THEN ln(duration_ms) END),
             quantile_cont(n${i}, [${QUANTILES.join(', ')}]) FILTER (isfinite(n${i})) FROM cells`,
        ],
  )
  const rows = await store.all<SeenRow>(
    `WITH cells AS MATERIALIZED (SELECT duration_ms, ${cells.join(', ')} FROM requests ${join} WHERE ${where}${some})
     SELECT * FROM (${[...values, ...figures].join(' UNION ALL ')}) ORDER BY "column", requests DESC NULLS FIRST, "key"`,
  )
  const byColumn = Map.groupBy(rows, row => row.column)
  return columns.map((_, i) => {
    const own = byColumn.get(i) ?? []
    return {
      values: own.flatMap(({ key, requests }) => (requests === null ? [] : [{ key, requests }])),
      figures: own.find(({ requests }) => requests === null) ?? null,
    }
  })
}

/** A number that is the duration in another unit. */
function isDuration({ correlation }: Figures): boolean {
  return correlation !== null && Math.abs(correlation) >= IS_DURATION
}

function isManyNumbers({ present, numbers, distinct }: Figures): boolean {
  return numbers > 0 && numbers >= MOSTLY_NUMBERS * present && distinct >= MANY_NUMBERS
}

const QUANTILES = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98]

/** Round numbers: 1, 2, 5, 10 … where they lie among the values, and the quantiles to two digits. Ascending. */
export function chooseEdges(quantiles: readonly number[]): number[] {
  const [least = 0, most = 0] = [quantiles[0], quantiles.at(-1)]
  const edges = new Set(quantiles.map(value => Number(value.toPrecision(2))))
  const positive = quantiles.find(value => value > 0) ?? Infinity
  for (let power = Math.floor(Math.log10(positive)); power <= Math.log10(most); power += 1)
    for (const digit of [1, 2, 5]) edges.add(Number(`${digit}e${power}`))
  return [...edges].filter(edge => edge > least && edge <= most).sort((one, other) => one - other)
}

/** The code of a value is its place, from 1 on; of all others 0. */
function codeValues(column: CauseColumn, values: readonly Value[]): CodedColumn {
  const shown = values
    .map(({ key }) => ({ key, where: column.where(key) }))
    .filter(({ where }) => where !== null)
    .slice(0, MOST_VALUES)
  const texts = shown.flatMap(({ key }) => (key === null ? [] : [key]))
  const ofNull = shown.some(({ key }) => key === null) ? texts.length + 1 : 0
  const codeOf = (key: string | null) => (key === null ? ofNull : texts.indexOf(key) + 1)
  const { about, isTime = false } = column
  return {
    code: smallNumber(`coalesce(${placeIn(column.key, texts)}, ${ofNull})`),
    candidates: shown.map(({ key, where }) => {
      const wanted = codeOf(key)
      return { where: where!, about, family: null, isTime, holds: (code: number) => code === wanted }
    }),
  }
}

/** The code is the number of edges that a value reaches, plus 1; of no value 0. Upwards from the middle on, downwards up to there, unless it is a size. */
function codeBars(column: CauseColumn, edges: readonly number[]): CodedColumn {
  const { about, isTime = false, isSize = false, name, number } = column
  const reached = edges.map((edge, i) => `WHEN ${number} < ${edge} THEN ${i + 1}`)
  const middle = Math.floor(edges.length / 2)
  return {
    code: smallNumber(`CASE WHEN ${number} IS NULL THEN 0 ${reached.join(' ')} ELSE ${edges.length + 1} END`),
    candidates: edges.flatMap((edge, i) => {
      const above = {
        where: `${name} >= ${edge}`,
        family: `${name} >=`,
        about,
        isTime,
        holds: (code: number) => code >= i + 2,
      }
      const below = {
        where: `${name} < ${edge}`,
        family: `${name} <`,
        about,
        isTime,
        holds: (code: number) => code >= 1 && code <= i + 1,
      }
      if (isSize) return [above]
      return i === middle ? [above, below] : [i > middle ? above : below]
    }),
  }
}
