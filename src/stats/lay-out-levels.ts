/** A series in pieces: the levels that it was on, and slow drifts between them. */
import { findDrift } from './drifts.js'
import type { LevelShift, WeightedValue } from './level-shifts.js'
import { estimateLevel, holdIn, type LevelEstimate } from './levels.js'

export interface Piece {
  kind: 'level' | 'drift'
  /** Positions in the series; `to` is behind its last value. */
  from: number
  to: number
  /** The same but for a drift. */
  start: LevelEstimate
  end: LevelEstimate
  /** Of a drift: end − start. */
  change: LevelEstimate | null
  /** Of the step that it begins with, of a drift the least of its steps; 1 for the first piece. */
  p: number
}

/** Fewer values than these next to a drift are told by its fit. */
const FEWEST = 5

/** Steps in one direction, one or more in a row, are tried as one drift: see `findDrift`. A drift is followed by the level where it ends. */
export function layOutLevels(series: readonly WeightedValue[], shifts: readonly LevelShift[]): Piece[] {
  if (series.length === 0) return []
  const held = holdInLevels(series, shifts)
  const pieces: Piece[] = []
  const addLevel = (from: number, to: number, p: number, fit: LevelEstimate | null = null) => {
    const level = fit !== null && to - from < FEWEST ? fit : estimateLevel(series.slice(from, to))
    pieces.push({ kind: 'level', from, to, start: level, end: level, change: null, p })
  }
  let from = 0
  let p = 1
  let fit: LevelEstimate | null = null
  const groups = groupByDirection(held, shifts)
  for (const [i, group] of groups.entries()) {
    const end = groups[i + 1]?.[0]?.at ?? series.length
    const drift = findDrift(
      held.slice(from, end),
      group.map(({ at }) => at - from),
    )
    if (drift === null) {
      for (const shift of group) {
        addLevel(from, shift.at, p, fit)
        ;[from, p, fit] = [shift.at, shift.p, null]
      }
      continue
    }
    const [start, stop] = [from + drift.from + 1, from + drift.to]
    const least = Math.min(...group.map(shift => shift.p))
    addLevel(from, start, p, fit ?? drift.start)
    pieces.push({
      kind: 'drift',
      from: start,
      to: stop,
      start: drift.start,
      end: drift.end,
      change: drift.change,
      p: least,
    })
    ;[from, p, fit] = [stop, least, drift.end]
  }
  addLevel(from, series.length, p, fit)
  return pieces
}

/** Far-out values on the fence of their level: see `holdIn`. */
export function holdInLevels(
  series: readonly WeightedValue[],
  shifts: readonly Pick<LevelShift, 'at'>[],
): WeightedValue[] {
  const ends = [0, ...shifts.map(({ at }) => at), series.length]
  return ends.slice(1).flatMap((end, i) => holdIn(series.slice(ends[i], end)))
}

function groupByDirection(series: readonly WeightedValue[], shifts: readonly LevelShift[]): LevelShift[][] {
  const ends = [0, ...shifts.map(({ at }) => at), series.length]
  const levels = ends.slice(1).map((end, i) => estimateLevel(series.slice(ends[i], end)).value)
  const groups: LevelShift[][] = []
  for (const [i, shift] of shifts.entries()) {
    const goesOn = i > 0 && levels[i + 1]! > levels[i]! === levels[i]! > levels[i - 1]!
    if (goesOn) groups.at(-1)!.push(shift)
    else groups.push([shift])
  }
  return groups
}
