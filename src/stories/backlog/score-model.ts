/** Scores of stories with all that is uncertain of them apart from which customers there are: drawn jointly, by seed. Pure. */
import type { Random } from '../../stats/random.js'
import type { Standing } from '../../stats/score-distances.js'
import { MEASURES, type MeasureName, type NextConfig } from '../../workbook/next-config.js'
import type { Estimate, Gain } from '../estimates.js'
import { type Formula, makeFormula, type ScoreInput } from './formula.js'
import { explainNoScale, type MovedMeasure, NO_NUMBER, placeScore } from './place-score.js'
import { type Filled, fillUnknown, type Unknown } from './unknowns.js'

export interface Measure extends Pick<Estimate, 'sd' | 'source'> {
  /** Null where it is not known. */
  value: number | null
  interval: [low: number, high: number] | null
  unit: string
  /** What each of the story’s clusters adds to it; null where it is not counted by clusters. */
  parts: Float64Array | null
  from: 'measured' | 'person' | 'tickets' | null
}

export interface Candidate {
  id: string
  measures: Record<MeasureName, Measure>
  /** Places of its clusters among those of all stories. */
  at: Int32Array
  effort: Estimate
  confidence: Estimate
  gain: Gain
}

interface Part {
  name: Unknown | 'kept'
  /** Factors: 1 is the value that is taken. */
  draws: Float64Array
  /** Nobody knows it, so somebody could find it out. */
  isOpen: boolean
}

/** So many draws say how much a customer adds to a score on average. */
const SLOPE_DRAWS = 100
const NOTHING: readonly Unknown[] = []

export interface ScoreModel {
  formula: Formula
  /** Scores are compared by factors: those of all stories, and all that is drawn of them, are over 0, or a score is 0 whatever is drawn. */
  isLog: boolean
  standings: Standing[]
  /** Why a story can't be told apart from any other; null where it can. */
  untold: (string | null)[]
  /** What of a story nobody knows, as far as its score depends on it, apart from what is known of no story: an investigation may answer it. */
  open: Unknown[][]
  /** Measures that are known of no story: an import would tell. */
  unheard: MeasureName[]
  draws: number
  /** A story’s score at one draw; of `fixed` parts at another. */
  scoreAt(story: number, draw: number, fixed?: readonly Unknown[], at?: number): number
}

export interface ModelOptions {
  random: Random
  config: Pick<NextConfig, 'formula' | 'weights'>
  clusters: number
  draws: number
  noun: string
}

export function modelScores(candidates: readonly Candidate[], options: ModelOptions): ScoreModel {
  const { random, config, draws } = options
  const filled = fillUnknown(candidates)
  const sums = Object.fromEntries(
    MEASURES.map(name => [name, filled.measures.reduce((sum, one) => sum + one[name].value, 0)]),
  ) as Record<MeasureName, number>
  const formula = makeFormula(config, sums)
  const kept = new Map<string, Float64Array>()
  const parts = candidates.map((candidate, i) =>
    listParts(candidate, filled.measures[i]!, { formula, kept, random, draws }),
  )
  const points = candidates.map((candidate, i) => pointOf(candidate, filled.measures[i]!))
  const evaluateAt = makeEvaluator(points, parts, formula)
  const drawn = candidates.map((_, i) =>
    parts[i]!.length === 0
      ? null
      : Float64Array.from({ length: draws }, (__, draw) => evaluateAt(i, draw, {})),
  )
  const scores = points.map(point => formula.evaluate(applyGain(point, formula)))
  const isNumber = scores.map(
    (score, i) => Number.isFinite(score) && (drawn[i]?.every(Number.isFinite) ?? true),
  )
  const isLog = scores.every((score, i) => !isNumber[i] || isOneSign(score, drawn[i]!))
  const placed = candidates.map((candidate, i) => {
    if (!isNumber[i]) return { standing: NO_NUMBER, untold: 'its score is no number' }
    const meanAt = (moved: MovedMeasure) =>
      isLog
        ? formula.evaluate(applyGain(points[i]!, formula, moved))
        : meanOver(drawn[i] === null ? 1 : Math.min(SLOPE_DRAWS, draws), draw =>
            evaluateAt(i, draw, { moved }),
          )
    const noScale = explainNoScale(candidate, filled, formula)
    return placeScore(candidate, {
      ...options,
      formula,
      isLog,
      score: scores[i]!,
      drawn: drawn[i]!,
      meanAt,
      noScale,
    })
  })
  const { unheard } = filled
  const open = parts.map(own =>
    own.flatMap(({ name, isOpen }) =>
      isOpen && !unheard.some(one => one === name) ? [name as Unknown] : [],
    ),
  )
  const scoreAt: ScoreModel['scoreAt'] = (story, draw, fixed = NOTHING, at = 0) =>
    evaluateAt(story, draw, { fixed, at })
  const standings = placed.map(({ standing }) => standing)
  return {
    formula,
    isLog,
    standings,
    untold: placed.map(({ untold }) => untold),
    open,
    unheard,
    draws,
    scoreAt,
  }
}

/** A story’s score at one draw of its parts. The values that the formula gets are written into the same object each time: it is called often. */
function makeEvaluator(points: readonly Point[], parts: readonly Part[][], formula: Formula) {
  const values = { ...points[0]?.values } as ScoreInput
  return (story: number, draw: number, { fixed = NOTHING, at = 0, moved }: Moved): number => {
    const point = points[story]!
    Object.assign(values, point.values)
    let gain = point.gain
    for (const { name, draws: own } of parts[story]!) {
      const factor = own[fixed.length > 0 && fixed.includes(name as Unknown) ? at : draw]!
      if (name === 'gain' || name === 'kept') gain *= factor
      else values[name] *= factor
    }
    if (gain > 1) gain = 1
    if (values.confidence > 1) values.confidence = 1
    if (moved !== undefined) values[moved.name] *= moved.times
    for (const name of formula.gained) values[name] *= gain
    return formula.evaluate(values)
  }
}

interface Moved {
  fixed?: readonly Unknown[]
  at?: number
  moved?: MovedMeasure | undefined
}

function isOneSign(score: number, drawn: Float64Array | null): boolean {
  if (score < 0 || drawn === null) return score >= 0
  return score === 0 ? drawn.every(one => one === 0) : drawn.every(one => one > 0)
}

function listParts(
  { measures, effort, confidence, gain }: Candidate,
  filled: Filled,
  {
    formula: { uses },
    kept,
    random,
    draws,
  }: { formula: Formula; kept: Map<string, Float64Array>; random: Random; draws: number },
): Part[] {
  const draw = (sd: number) => Float64Array.from({ length: draws }, () => Math.exp(sd * random.nextNormal()))
  const parts: Part[] = []
  for (const name of MEASURES)
    if (uses.includes(name) && filled[name].sd > 0)
      parts.push({ name, draws: draw(filled[name].sd), isOpen: measures[name].value === null })
  for (const [name, estimate] of Object.entries({ effort, confidence, gain }) as [
    'effort' | 'confidence' | 'gain',
    Estimate,
  ][])
    if (estimate.sd > 0 && (name === 'gain' || uses.includes(name)))
      parts.push({
        name,
        draws: draw(estimate.sd),
        isOpen: estimate.known === null || estimate.known === 'similar',
      })
  if (gain.kept !== null) {
    const { key, sd } = gain.kept
    const shared = kept.get(key) ?? draw(sd)
    kept.set(key, shared)
    parts.push({ name: 'kept', draws: shared, isOpen: false })
  }
  return parts
}

interface Point {
  values: ScoreInput
  gain: number
}

function pointOf({ effort, confidence, gain }: Candidate, filled: Filled): Point {
  const measures = Object.fromEntries(MEASURES.map(name => [name, filled[name].value])) as Record<
    MeasureName,
    number
  >
  return {
    values: { ...measures, effort: effort.value, confidence: confidence.value },
    gain: Math.min(1, gain.value * (gain.kept?.value ?? 1)),
  }
}

/** A fix takes away that part of what a story does. */
function applyGain({ values, gain }: Point, { gained }: Formula, moved?: MovedMeasure): ScoreInput {
  const reached = { ...values }
  if (moved !== undefined) reached[moved.name] *= moved.times
  for (const name of gained) reached[name] *= gain
  return reached
}

function meanOver(count: number, valueAt: (draw: number) => number): number {
  let sum = 0
  for (let draw = 0; draw < count; draw += 1) sum += valueAt(draw)
  return sum / count
}
