/** Where a series of daily shares moved to another level, and stayed there. */
import { findLevelShifts, type LevelShift, type ShiftOptions, type WeightedValue } from './level-shifts.js'

export interface DayShare {
  /** Requests that count; fractional when each stands for several. */
  requests: number
  good: number
}

/**
 * `at` is the first day of the new level. See `findLevelShifts`: a level lasts five days at least, so that a bad day or weekend is none,
 * and days that resemble their neighbours are shuffled in blocks of up to a week. A day weighs by its requests, a busy one no more than
 * the median day: what a day has of its own doesn't shrink with its requests.
 */
export function findChangePoints(days: readonly DayShare[], options: ShiftOptions): LevelShift[] {
  return findLevelShifts(weighDays(days), options)
}

/** A busy day weighs no more than the median one. */
export function weighDays(days: readonly DayShare[]): WeightedValue[] {
  const weights = capWeights(days.map(day => day.requests))
  return days.map(({ requests, good }, i) => ({
    value: requests === 0 ? 0 : good / requests,
    weight: weights[i]!,
  }))
}

/** None more than the median one of those above 0. */
export function capWeights(weights: readonly number[]): number[] {
  const sorted = weights.filter(weight => weight > 0).sort((one, other) => one - other)
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0
  return weights.map(weight => Math.min(weight, usual))
}
