/** Scores of stories with all that is uncertain of them apart from which customers there are: drawn jointly, by seed. Pure. */
import { clusterDf, FEWEST_CLUSTERS, LEAST_DF } from '../../stats/clusters.js'
import type { Random } from '../../stats/random.js'
import type { Standing } from '../../stats/score-distances.js'
import { MEASURES, type MeasureName, type NextConfig } from '../../workbook/next-config.js'
import type { Estimate, Gain } from '../estimates.js'
import { type Formula, makeFormula, type ScoreInput } from './formula.js'
import { type Filled, type FilledMeasures, fillUnknown, nameUnknown, type Unknown } from './unknowns.js'

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
  const { random, config, clusters, draws, noun } = options
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
  const values = { ...points[0]?.values } as ScoreInput
  const evaluateAt = (story: number, draw: number, { fixed = NOTHING, at = 0, moved }: Moved) => {
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
  const untold: (string | null)[] = []
  const standings = candidates.map((candidate, i): Standing => {
    if (!isNumber[i]) {
      untold.push('its score is no number')
      return { score: 0, clusters: null, df: 0, draws: null, isUntold: true }
    }
    const score = middleOf(drawn[i]!, scores[i]!, isLog)
    const scale = scores[i] === 0 ? 1 : score / scores[i]!
    const meanAt = (moved: Moved['moved']) => {
      if (isLog) return scale * formula.evaluate(applyGain(points[i]!, formula, moved))
      const some = drawn[i] === null ? 1 : Math.min(SLOPE_DRAWS, draws)
      let sum = 0
      for (let draw = 0; draw < some; draw += 1) sum += evaluateAt(i, draw, { moved })
      return sum / some
    }
    const added = addUp(candidate, formula, meanAt)
    untold.push(explainNoScale(candidate, filled, formula) ?? (added && explainFew(added.own, noun)))
    return {
      score,
      clusters: added && spreadOut(added.own, candidate.at, clusters),
      df: added?.df ?? 0,
      draws: drawn[i]!,
      isUntold: untold[i] !== null,
    }
  })
  const { unheard } = filled
  const open = parts.map(own =>
    own.flatMap(({ name, isOpen }) =>
      isOpen && !unheard.some(one => one === name) ? [name as Unknown] : [],
    ),
  )
  const scoreAt: ScoreModel['scoreAt'] = (story, draw, fixed = NOTHING, at = 0) =>
    evaluateAt(story, draw, { fixed, at })
  return { formula, isLog, standings, untold, open, unheard, draws, scoreAt }
}

interface Moved {
  fixed?: readonly Unknown[]
  at?: number
  /** A measure is so many times as much. */
  moved?: { name: MeasureName; times: number } | undefined
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
function applyGain({ values, gain }: Point, { gained }: Formula, moved?: Moved['moved']): ScoreInput {
  const reached = { ...values }
  if (moved !== undefined) reached[moved.name] *= moved.times
  for (const name of gained) reached[name] *= gain
  return reached
}

function middleOf(drawn: Float64Array | null, score: number, isLog: boolean): number {
  if (drawn === null || (isLog && score === 0)) return score
  let sum = 0
  for (const one of drawn) sum += isLog ? Math.log(one) : one
  return isLog ? Math.exp(sum / drawn.length) : sum / drawn.length
}

/** What each of a story's clusters adds to its score, to first order; null where no measure is counted by clusters. */
function addUp(
  { measures }: Candidate,
  { uses }: Formula,
  meanAt: (moved: Moved['moved']) => number,
): { own: Float64Array; df: number } | null {
  let own: Float64Array | null = null
  for (const name of MEASURES) {
    const { parts, value } = measures[name]
    if (!uses.includes(name) || parts === null || value === null) continue
    own ??= new Float64Array(parts.length)
    if (value === 0) continue
    const step = 1e-4
    const slope = (meanAt({ name, times: 1 + step }) - meanAt({ name, times: 1 - step })) / (2 * step * value)
    for (let i = 0; i < parts.length; i += 1) own[i]! += slope * parts[i]!
  }
  if (own === null) return null
  const total = own.reduce((sum, one) => sum + Math.abs(one), 0)
  return { own, df: total === 0 ? 0 : clusterDf(Array.from(own, one => Math.abs(one) / total)) }
}

/** Shares of what is known of no story are the same for all; else there is no telling what an unknown figure is like. */
function explainNoScale(
  { measures }: Candidate,
  { unheard, scaleless }: FilledMeasures,
  { uses, isOfShares }: Formula,
): string | null {
  const name = scaleless.find(
    one => uses.includes(one) && measures[one].value === null && !(isOfShares && unheard.includes(one)),
  )
  return name === undefined
    ? null
    : `nobody knows ${nameUnknown(name)}, and of the other stories there is nothing to go by`
}

function explainFew(own: Float64Array, noun: string): string | null {
  const weights = own.filter(one => one !== 0)
  const hit = weights.length
  if (hit < FEWEST_CLUSTERS)
    return `${hit === 0 ? `no ${noun} was` : hit === 1 ? `1 ${noun} was` : `${hit} ${noun}s were`} hit; how much they differ can be told from ${FEWEST_CLUSTERS} on`
  const total = weights.reduce((sum, one) => sum + Math.abs(one), 0)
  return clusterDf(Array.from(weights, one => Math.abs(one) / total)) < LEAST_DF
    ? `a few of its ${hit} ${noun}s make most of it`
    : null
}

function spreadOut(own: Float64Array, at: Int32Array, clusters: number): Float64Array {
  const all = new Float64Array(clusters)
  for (let i = 0; i < own.length; i += 1) all[at[i]!]! += own[i]!
  return all
}
