/** Counts of candidates in the store, as `findCauses` asks for them. Only sums per cluster ever leave the engine. */
import { newTally } from '../stats/screen-excess.js'
import { calendarDay, smallNumber } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import type { Candidate, CodedColumn } from './cause-candidates.js'
import type { Conditions, MaskCount } from './choose-causes.js'
import type { CauseCounter, SideCount } from './find-causes.js'
import { isBadSql } from './good.js'
import type { Halves } from './split-customers.js'

export interface CountedRequests {
  /** Checked SQL of the requests that count. */
  where: string
  slowOver_ms: number
  timezone: string
  halves: Halves
}

export function countCauses(
  store: Store,
  columns: readonly CodedColumn[],
  { where, slowOver_ms, timezone, halves }: CountedRequests,
): CauseCounter {
  const candidates: Candidate[] = columns.flatMap(column => column.candidates)
  const { join, half, cluster, clusters } = halves
  const slow = isBadSql(`${slowOver_ms}`)
  const sums = `sum(weight) AS requests, coalesce(sum(weight) FILTER (slow), 0) AS slow`
  const from = (wanted: 0 | 1) => `FROM requests ${join} WHERE ${where} AND ${half} = ${wanted}`
  const base = `${cluster} AS cluster, ${slow} AS slow`
  return {
    async countCandidates() {
      const codes = columns.map(({ code }, i) => `${code} AS k${i}`)
      const grouped = ['0', ...columns.map((_, i) => `k${i}`)].map(
        (code, i) => `SELECT ${i - 1} AS "column", ${code} AS code, cluster, ${sums} FROM coded GROUP BY ALL`,
      )
      const rows = await store.all<CodeRow>(
        `WITH coded AS MATERIALIZED (SELECT ${[...codes, 'weight', base].join(', ')} ${from(0)}) ${grouped.join(' UNION ALL ')}`,
      )
      return tallyCodes(rows, columns, clusters)
    },
    countMasks(wanted, perCluster) {
      const bits = wanted.map((candidate, place) => bit(candidates[candidate]!, place))
      return store.all<MaskCount>(
        `SELECT ${bits.join(' + ')} AS mask, ${perCluster ? 'cluster' : '0'} AS cluster, ${sums}
         FROM (SELECT *, ${base} ${from(0)}) GROUP BY 1, 2`,
      )
    },
    async countSides(picks) {
      if (picks.length === 0) return []
      const day = calendarDay('"time"', timezone)
      const parts = picks.map((pick, i) => {
        const bits = pick.map((candidate, place) => bit(candidates[candidate]!, place))
        return `${smallNumber(bits.join(' + '))} AS p${i}`
      })
      const inside = picks.map((pick, i) => `p${i} = ${2 ** pick.length - 1}`)
      const sides = `sides AS MATERIALIZED (SELECT ${parts.join(', ')}, ${day} AS day, weight, ${base} ${from(1)})`
      const days = await store.all<Record<string, number>>(
        `WITH ${sides} SELECT sum(weight) AS requests, ${inside.map((holds, i) => `coalesce(sum(weight) FILTER (${holds}), 0) AS n${i}`).join(', ')}
         FROM sides GROUP BY day`,
      )
      const byDay = picks.map(
        (pick, i) => isApart(days, `n${i}`) || pick.some(one => candidates[one]!.isTime),
      )
      const counts = picks.map(
        (
          _,
          i,
        ) => `SELECT ${i} AS pick, p${i} AS parts, CAST(cluster AS VARCHAR) AS cluster, ${byDay[i] ? 'day' : 'NULL'} AS day, ${sums},
           count(*) AS observed FROM sides GROUP BY ALL`,
      )
      const rows = await store.all<SideRow>(`WITH ${sides} ${counts.join(' UNION ALL ')}`)
      return rows
        .map(({ slow: good, day: on, ...row }) => ({ ...row, good, ...(on === null ? {} : { day: on }) }))
        .sort(bySide)
    },
    mayPair: (one, other) => candidates[one]!.about !== candidates[other]!.about,
    familyOf: candidate => candidates[candidate]!.family,
  }
}

interface CodeRow {
  /** −1 for all requests. */
  column: number
  code: number
  cluster: number
  requests: number
  slow: number
}
type SideRow = Omit<SideCount, 'good' | 'day'> & { slow: number; day: string | null }

/** How far the days of both sides may differ before they are sides that are apart in time: half of the requests lie on other days. */
const APART = 0.5

/** By the distance in total variation. A version that went live in between is confounded with what else these days were. */
function isApart(days: readonly Record<string, number>[], inside: string): boolean {
  const total = (of: (day: Record<string, number>) => number) => days.reduce((sum, day) => sum + of(day), 0)
  const own = total(day => day[inside]!)
  const other = total(day => day.requests! - day[inside]!)
  if (own === 0 || other === 0) return false
  return total(day => Math.abs(day[inside]! / own - (day.requests! - day[inside]!) / other)) / 2 > APART
}

/** The engine returns groups in any order, and sums of fractions hang on theirs. */
function bySide(one: SideCount, other: SideCount): number {
  return (
    one.pick - other.pick ||
    one.parts - other.parts ||
    Number(one.cluster) - Number(other.cluster) ||
    (one.day ?? '').localeCompare(other.day ?? '')
  )
}

function tallyCodes(rows: readonly CodeRow[], columns: readonly CodedColumn[], clusters: number) {
  const all = newTally(clusters)
  const tallies = columns.map(({ candidates }) => candidates.map(() => newTally(clusters)))
  for (const row of rows) {
    const { column, code } = row
    const held =
      column < 0 ? [all] : tallies[column]!.filter((_, i) => columns[column]!.candidates[i]!.holds(code))
    for (const tally of held) {
      tally.requests[row.cluster]! += row.requests
      tally.slow[row.cluster]! += row.slow
    }
  }
  return { all, inside: tallies.flat() }
}

/** 2^place where the condition holds, else 0. */
function bit({ where }: Candidate, place: number): string {
  return `CASE WHEN (${where}) THEN ${2 ** place} ELSE 0 END`
}

/** Requests and slow ones of all customers for which each pick holds. */
export async function countCovered(
  store: Store,
  picks: readonly string[],
  { where, slowOver_ms }: Pick<CountedRequests, 'where' | 'slowOver_ms'>,
): Promise<{ requests: number; slow: number }[]> {
  if (picks.length === 0) return []
  const slow = isBadSql(`${slowOver_ms}`)
  const figures = picks.map(
    (pick, i) => `coalesce(sum(weight) FILTER (${pick}), 0) AS n${i},
      coalesce(sum(weight) FILTER ((${pick}) AND ${slow}), 0) AS s${i}`,
  )
  const [row] = await store.all<Record<string, number>>(
    `SELECT ${figures.join(', ')} FROM requests WHERE ${where}`,
  )
  return picks.map((_, i) => ({ requests: row![`n${i}`]!, slow: row![`s${i}`]! }))
}

/** A condition of one candidate or of two, as people would write it. */
export function whereOf(columns: readonly CodedColumn[], pick: Conditions): string {
  const candidates = columns.flatMap(column => column.candidates)
  return pick.map(candidate => candidates[candidate]!.where).join(' AND ')
}
