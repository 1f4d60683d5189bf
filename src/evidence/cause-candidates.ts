/** Candidates: the frequent values of each column, and bars across numbers. Found on the half of the customers that discovers. */
import { groupingSets } from '../store/dialect.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type CauseColumn, listCauseColumns } from './cause-columns.js'

export interface Candidate {
  where: string
  about: string
  isTime: boolean
}

/** A column with its candidates: which of its codes each of them holds for. */
export interface CodedColumn {
  /** SQL of a whole number from 0; never null. */
  code: string
  candidates: (Candidate & { holds: (code: number) => boolean })[]
}

/** Rows to find values in: enough that a value of one request in a thousand is seen two hundred times. */
const SAMPLE = 200_000
const FEWEST_REQUESTS = 20
const LEAST_SHARE = 0.001
/** The most frequent of each column. */
const MOST_VALUES = 25
const MOST_CANDIDATES = 1200
/** From so many different numbers on, bars say more than values. */
const MANY_NUMBERS = 15
/** Correlation of logarithms: a number that is the duration in another unit. */
const IS_DURATION = 0.98

/** The rows to learn from: what stands behind `FROM requests`, in checked SQL. */
interface Rows {
  join: string
  where: string
}

/** `count` is about how many rows there are. */
export async function findCandidates(store: Store, rows: Rows, count: number): Promise<CodedColumn[]> {
  const columns = await listCauseColumns(store)
  const every = Math.max(1, Math.ceil(count / SAMPLE))
  const some = every === 1 ? '' : ` AND hash("time", path, client, trace_id, duration_ms) % ${every} = 0`
  const sample = `FROM requests ${rows.join} WHERE ${rows.where}${some}`
  const kept = await describeNumbers(store, columns, sample)
  const values = await listValues(
    store,
    kept.filter(({ edges }) => edges === null).map(({ column }) => column),
    sample,
  )
  const coded = kept.map(({ column, edges }) =>
    edges === null ? codeValues(column, values.get(column) ?? []) : codeBars(column, edges),
  )
  let left = MOST_CANDIDATES
  return coded.flatMap(({ code, candidates }) => {
    const some = candidates.slice(0, left)
    left -= some.length
    return some.length === 0 ? [] : [{ code, candidates: some }]
  })
}

interface Described {
  column: CauseColumn
  /** Of bars; null for single values. */
  edges: number[] | null
}

/** Which numbers get bars; and which are the duration in other words, and go. */
async function describeNumbers(store: Store, columns: CauseColumn[], sample: string): Promise<Described[]> {
  const numbers = columns.filter(({ number }) => number !== undefined)
  const figures = numbers.map(({ number, key }, i) => {
    const log = `CASE WHEN ${number} > 0 THEN ln(${number}) END`
    return `count(${key}) AS a${i}, count(${number}) AS n${i}, count(DISTINCT ${number}) AS d${i},
      corr(${log}, CASE WHEN duration_ms > 0 THEN ln(duration_ms) END) AS c${i},
      quantile_cont(${number}, [${QUANTILES.join(', ')}]) FILTER (isfinite(${number})) AS q${i}`
  })
  const [row] = await store.all<Record<string, unknown>>(`SELECT ${figures.join(', ')} ${sample}`)
  return columns.flatMap((column): Described[] => {
    const i = numbers.indexOf(column)
    if (i < 0) return [{ column, edges: null }]
    const [present, found, distinct] = ['a', 'n', 'd'].map(name => Number(row![`${name}${i}`]))
    const correlation = row![`c${i}`] as number | null
    if (correlation !== null && Math.abs(correlation) >= IS_DURATION) return []
    const isNumber = found! > 0 && found! >= 0.95 * present! && distinct! >= MANY_NUMBERS
    return [{ column, edges: isNumber ? chooseEdges(row![`q${i}`] as number[]) : null }]
  })
}

const QUANTILES = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98]

/** Round numbers: 1, 2, 5, 10 … where they lie among the values, and the quantiles to two digits. Ascending. */
export function chooseEdges(quantiles: readonly number[]): number[] {
  const [least, most] = [quantiles[0]!, quantiles.at(-1)!]
  const edges = new Set(quantiles.map(value => Number(value.toPrecision(2))))
  const lowest = Math.floor(Math.log10(Math.max(least, most / 1e6)))
  for (let power = lowest; most > 0 && power <= Math.log10(most); power += 1)
    for (const digit of [1, 2, 5]) edges.add(Number(`${digit}e${power}`))
  return [...edges].filter(edge => edge > least && edge <= most).sort((one, other) => one - other)
}

interface Value {
  key: string | null
  requests: number
}

/** Most frequent first. */
async function listValues(
  store: Store,
  columns: CauseColumn[],
  sample: string,
): Promise<Map<CauseColumn, Value[]>> {
  const found = new Map<CauseColumn, Value[]>(columns.map(column => [column, []]))
  if (columns.length === 0) return found
  // With a sign before each value, so that null can be told from a column that a row isn't about.
  const keys = columns.map(({ key }, i) => `coalesce('=' || ${key}, '') AS k${i}`)
  const names = columns.map((_, i) => `k${i}`)
  const rows = await store.all<Record<string, string | null> & { requests: number }>(
    `WITH keys AS (SELECT ${keys.join(', ')} ${sample})
     SELECT ${names.join(', ')}, count(*) AS requests FROM keys GROUP BY ${groupingSets(names)}
     HAVING count(*) >= greatest(${FEWEST_REQUESTS}, ${LEAST_SHARE} * (SELECT count(*) FROM keys))
     ORDER BY requests DESC, ${names.join(', ')}`,
  )
  for (const row of rows) {
    const i = names.findIndex(name => row[name] !== null)
    const key = row[`k${i}`]
    if (i >= 0) found.get(columns[i]!)!.push({ key: key ? key.slice(1) : null, requests: row.requests })
  }
  return found
}

/** The code of a value is its place, from 1 on; of all others 0. A column of one value has no other side. */
function codeValues(column: CauseColumn, values: readonly Value[]): CodedColumn {
  const shown = values
    .map(({ key }) => ({ key, where: column.where(key) }))
    .filter(({ where }) => where !== null)
    .slice(0, MOST_VALUES)
  const cases = shown.map(({ key }, i) =>
    key === null
      ? `WHEN (${column.key}) IS NULL THEN ${i + 1}`
      : `WHEN (${column.key}) = ${sqlText(key)} THEN ${i + 1}`,
  )
  const { about, isTime = false } = column
  return {
    code: cases.length === 0 ? '0' : `CASE ${cases.join(' ')} ELSE 0 END`,
    candidates: shown.map(({ where }, i) => ({
      where: where!,
      about,
      isTime,
      holds: code => code === i + 1,
    })),
  }
}

/** The code is the number of edges that a value reaches, plus 1; of no value 0. Upwards from the middle on, downwards up to there. */
function codeBars(column: CauseColumn, edges: readonly number[]): CodedColumn {
  const { about, isTime = false, name, number } = column
  const reached = edges.map((edge, i) => `WHEN ${number} < ${edge} THEN ${i + 1}`)
  const middle = Math.floor(edges.length / 2)
  return {
    code: `CASE WHEN ${number} IS NULL THEN 0 ${reached.join(' ')} ELSE ${edges.length + 1} END`,
    candidates: edges.flatMap((edge, i) => {
      const above = { where: `${name} >= ${edge}`, about, isTime, holds: (code: number) => code >= i + 2 }
      const below = {
        where: `${name} < ${edge}`,
        about,
        isTime,
        holds: (code: number) => code >= 1 && code <= i + 1,
      }
      return i === middle ? [above, below] : [i > middle ? above : below]
    }),
  }
}
