/**
 * Where the runs of a benchmark moved to another level. Pure.
 *
 * Looked at after every run, so each look may be wrong in 1% only: of series in which nothing changed, 2 to 10% then raise a false alarm in
 * 120 looks (at 5% a look it would be a third). A step of three times the runs' own spread is told after about a week of nights, never
 * before the new level has five runs.
 */
import { capWeights } from '../../stats/change-points.js'
import { likenessOfValues } from '../../stats/days-alike.js'
import { holdInLevels, layOutLevels, type Piece } from '../../stats/lay-out-levels.js'
import {
  findLevelShifts,
  type LevelShift,
  placeShifts,
  SHORTEST_SEGMENT,
  type WeightedValue,
} from '../../stats/level-shifts.js'
import { changeOfLevels, joinWeakLevels, type LevelChange, type LevelEstimate } from '../../stats/levels.js'
import { rankValues } from '../../stats/ranks.js'
import { compareEnvironments } from './compare-environments.js'
import { type GroupedRun, type MeasuredRun, measureRuns } from './group-runs.js'
import type { FoundChange, LevelFigure, MetricHistory } from './history.js'
import { judgeNewest } from './judge-newest.js'
import { kindOf } from './metrics.js'
import type { Gate } from './scenario.js'

/** As few as a change can be found in: two levels. */
export const FEWEST_RUNS = 2 * SHORTEST_SEGMENT
const LEVEL_OF_A_LOOK = 0.01
/** Runs are mostly independent of each other; where they aren't, they are shuffled in longer blocks. */
const SHORT_BLOCK = 3

export interface MetricChanges {
  history: MetricHistory
  /** In order of time. */
  changes: FoundChange[]
}

/**
 * Levels are searched for by the ranks of the runs, so that a night that is far off weighs no more than any other. Neighbouring levels
 * that differ by less than the gate's smallest change, or by nothing that is sure, are joined before anything is told.
 */
export function findMetricChanges(runs: readonly GroupedRun[], gate: Gate, seed: number): MetricChanges {
  const { metric, smallest } = gate
  const { title, unit } = kindOf(metric)
  const measured = measureRuns(runs, metric)
  const weights = capWeights(measured.map(({ weight }) => weight))
  const weigh = (values: readonly number[]) => values.map((value, i) => ({ value, weight: weights[i]! }))
  const numbers = measured.map(({ value }) => value)
  const series = weigh(numbers)
  const isRelative = smallest.kind === 'relative'
  const join = (shifts: readonly LevelShift[]) =>
    joinWeakLevels(series, shifts, { smallest: smallest.value, isRelative })
  const joined = join(search(weigh(rankValues(numbers)), seed))
  const shifts = join(placeShifts(holdInLevels(series, joined), joined))
  const pieces = layOutLevels(series, shifts)
  const likeness = likenessOfValues(holdInLevels(series, shifts), shifts)
  const values = measured.map(({ run: { run, at, commit }, value }) => ({ run, at, commit, value }))
  const history: MetricHistory = {
    metric,
    title,
    unit,
    worse: gate.direction,
    smallest,
    values,
    levels: pieces.map(({ kind, from, to, start, end }) => ({
      kind,
      from: values[from]!.run,
      to: values[to - 1]!.run,
      runs: to - from,
      start: start.value,
      end: end.value,
      interval: kind === 'drift' ? null : start.interval,
    })),
    newest: judgeNewest(values, series.slice(pieces.at(-1)?.from ?? 0)),
    correlation: likeness?.isAlike ? likeness.correlation : null,
  }
  // A drift is told once: the level behind it is where it ends.
  const changes = pieces
    .slice(1)
    .flatMap((piece, i) =>
      pieces[i]!.kind === 'drift' ? [] : [describeChange(measured, gate, pieces[i]!, piece)],
    )
  return { history, changes }
}

function search(ranks: readonly WeightedValue[], seed: number): LevelShift[] {
  const options = { seed, level: LEVEL_OF_A_LOOK }
  const found = findLevelShifts(ranks, { ...options, longestBlock: SHORT_BLOCK })
  return found.length > 0 && likenessOfValues(ranks, found)?.isAlike ? findLevelShifts(ranks, options) : found
}

function describeChange(
  measured: readonly MeasuredRun[],
  { metric, smallest, direction: gated }: Gate,
  before: Piece,
  piece: Piece,
): FoundChange {
  const { title, unit } = kindOf(metric)
  const isRelative = smallest.kind === 'relative'
  const change =
    piece.change === null
      ? changeOfLevels(before.end, piece.start, { isRelative })
      : scaleDrift(piece.change, isRelative && piece.start.value > 0 ? piece.start.value : null)
  const direction = change.value > 0 ? 'up' : 'down'
  const [last, first] = [measured[piece.from - 1]!.run, measured[piece.from]!.run]
  const reached = piece.kind === 'drift' ? measured[piece.to]!.run : first
  return {
    metric,
    title,
    unit,
    kind: piece.kind === 'drift' ? 'drift' : 'step',
    direction,
    isWorse: gated === 'either' || gated === direction,
    run: first.run,
    at: first.at,
    until: { run: reached.run, at: reached.at },
    from: figureOf(piece.kind === 'drift' ? piece.start : before.end),
    to: figureOf(piece.end),
    change: {
      value: change.value,
      interval: change.interval,
      kind: isRelative && !change.isRelative ? 'absolute' : smallest.kind,
    },
    p: piece.p,
    commits: { after: last.commit, until: reached.commit },
    differs: compareEnvironments(last.parts, reached.parts),
  }
}

function figureOf({ value, interval }: LevelEstimate): LevelFigure {
  return { value, interval }
}

/** As a part of where it starts; null: as it is. */
function scaleDrift({ value, interval }: LevelEstimate, start: number | null): Omit<LevelChange, 'p'> {
  const by = start ?? 1
  return {
    value: value / by,
    interval: interval && [interval[0] / by, interval[1] / by],
    isRelative: start !== null,
  }
}
