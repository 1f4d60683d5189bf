/** One arm by cluster and day, and whether its days resemble their neighbours. */
import type { ClusterCount, ClusterTotals } from './clusters.js'
import { normalQuantile } from './special-functions.js'

export interface DayGrid {
  /** Ascending. After `joinDays`, the first day of each block. */
  days: string[]
  cells: DayCell[]
}

interface DayCell {
  cluster: string
  /** Position in `days`. */
  day: number
  requests: number
  good: number
}

/** Throws a `RangeError` on a row without a day. */
export function layOutDays(rows: Iterable<ClusterCount>): DayGrid {
  const perDay = new Map<string, Map<string, DayCell>>()
  for (const { cluster, day, requests, good } of rows) {
    if (requests === 0) continue
    if (day === undefined)
      throw new RangeError(`Arms apart in time need the day of each count; ${cluster} has none.`)
    let cells = perDay.get(day)
    if (cells === undefined) {
      cells = new Map()
      perDay.set(day, cells)
    }
    addToCell(cells, cluster, requests, good)
  }
  const days = [...perDay.keys()].sort()
  return collectCells(
    days,
    days.map(day => perDay.get(day)!),
  )
}

/** The same arm in blocks of `length` days; what is left over at the end belongs to the last whole block. */
export function joinDays(grid: DayGrid, length: number): DayGrid {
  const blocks = Math.max(1, Math.floor(grid.days.length / length))
  const perBlock = Array.from({ length: blocks }, () => new Map<string, DayCell>())
  for (const { cluster, day, requests, good } of grid.cells) {
    addToCell(perBlock[Math.min(blocks - 1, Math.floor(day / length))]!, cluster, requests, good)
  }
  return collectCells(
    perBlock.map((_, block) => grid.days[block * length]!),
    perBlock,
  )
}

function addToCell(cells: Map<string, DayCell>, cluster: string, requests: number, good: number): void {
  const known = cells.get(cluster)
  if (known === undefined) {
    cells.set(cluster, { cluster, day: 0, requests, good })
    return
  }
  known.requests += requests
  known.good += good
}

function collectCells(days: string[], perDay: readonly ReadonlyMap<string, DayCell>[]): DayGrid {
  const cells: DayCell[] = []
  perDay.forEach((ofDay, day) => {
    for (const cell of ofDay.values()) {
      cell.day = day
      cells.push(cell)
    }
  })
  return { days, cells }
}

/** One-sided level at which neighbouring days count as alike. */
const ALIKE_LEVEL = 0.1

/**
 * Whether days resemble the day before more than chance would have it: the lag-1 autocorrelation of the days'
 * residuals, over both arms, against its mean −1/D and its variance 1/D for independent days (Kendall 1954).
 * Says so for about one in twelve pairs of arms whose days are independent. With a week a side it notices
 * only half of the strong likenesses: their intervals are then too narrow.
 */
export function areDaysAlike(arms: readonly (readonly [ClusterTotals, DayGrid])[]): boolean {
  let products = 0
  let squares = 0
  let days = 0
  for (const [{ share, requests }, grid] of arms) {
    const residuals = new Float64Array(grid.days.length)
    for (const cell of grid.cells) residuals[cell.day]! += (cell.good - share * cell.requests) / requests
    for (let day = 0; day < residuals.length; day += 1) {
      squares += residuals[day]! ** 2
      if (day > 0) products += residuals[day]! * residuals[day - 1]!
    }
    days += residuals.length
  }
  if (squares === 0) return false
  const expected = -arms.length / days
  return (products / squares - expected) * Math.sqrt(days) > normalQuantile(1 - ALIKE_LEVEL)
}
