/** Scores of stories with all that is uncertain of them apart from which customers there are: drawn jointly, by seed. Pure. */
import { clusterDf, FEWEST_CLUSTERS, LEAST_DF } from '../../stats/clusters.js'
import type { Random } from '../../stats/random.js'
import type { Standing } from '../../stats/score-distances.js'
import { MEASURES, type MeasureName, type NextConfig } from '../../workbook/next-config.js'
import type { Estimate, Gain } from '../estimates.js'
import { type Formula, makeFormula, type ScoreInput } from './formula.js'

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

export type Unknown = MeasureName | 'effort' | 'confidence' | 'gain'

interface Part {
  name: Unknown | 'kept'
  /** Factors: 1 is the value that is taken. */
  draws: Float64Array
  /** Nobody knows it, so somebody could find it out. */
  isOpen: boolean
}

/** Nothing is known of a measure: off by up to this factor, 95%. */
const VERY_WIDE = 10
/** How much stories differ at least, where few show it. */
const LEAST_SPREAD = Math.log(2)
const Z = 1.959964
const NOTHING: readonly Unknown[] = []

export interface ScoreModel {
  formula: Formula
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
    MEASURES.map(name => [name, filled.reduce((sum, one) => sum + one[name].value, 0)]),
  ) as Record<MeasureName, number>
  const formula = makeFormula(config, sums)
  const kept = new Map<string, Float64Array>()
  const parts = candidates.map((candidate, i) =>
    listParts(candidate, filled[i]!, { uses: formula.uses, kept, random, draws }),
  )
  const points = candidates.map((candidate, i) => pointOf(candidate, filled[i]!))
  const values = { ...points[0]?.values } as ScoreInput
  const scoreAt: ScoreModel['scoreAt'] = (story, draw, fixed = NOTHING, at = 0) => {
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
    for (const name of MEASURES) values[name] *= gain
    return formula.evaluate(values)
  }
  const drawn = candidates.map((_, i) =>
    parts[i]!.length === 0 ? null : Float64Array.from({ length: draws }, (__, draw) => scoreAt(i, draw)),
  )
  const scores = points.map(point => formula.evaluate(applyGain(point.values, point.gain)))
  const isLog = scores.every(score => score >= 0) && drawn.every(own => own?.every(one => one >= 0) ?? true)
  const untold: (string | null)[] = []
  const standings = candidates.map((candidate, i): Standing => {
    const score = middleOf(drawn[i]!, scores[i]!, isLog)
    const added = addUp(candidate, points[i]!, formula, scores[i] === 0 ? 1 : score / scores[i]!)
    const reason = added === null ? null : explainFew(added.own, noun)
    untold.push(Number.isFinite(score) ? reason : 'its score is no number')
    return {
      score: Number.isFinite(score) ? score : 0,
      clusters: added === null ? null : spreadOut(added.own, candidate.at, clusters),
      df: added?.df ?? 0,
      draws: drawn[i]!,
      isUntold: untold[i] !== null,
    }
  })
  const unheard = MEASURES.filter(name => candidates.every(({ measures }) => measures[name].value === null))
  const open = parts.map(own =>
    own.flatMap(({ name, isOpen }) =>
      isOpen && !unheard.some(one => one === name) ? [name as Unknown] : [],
    ),
  )
  return { formula, isLog, standings, untold, open, unheard, draws, scoreAt }
}

type Filled = Record<MeasureName, { value: number; sd: number }>

/** What isn't known of a story is drawn from what is known of the others; with fewer than two, very widely. */
function fillUnknown(candidates: readonly Candidate[]): Filled[] {
  const spreads = Object.fromEntries(
    MEASURES.map(name => {
      const logs = candidates.flatMap(({ measures }) => {
        const { value } = measures[name]
        return value !== null && value > 0 ? [Math.log(value)] : []
      })
      const mean = logs.length === 0 ? 0 : logs.reduce((sum, log) => sum + log, 0) / logs.length
      const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)
      const sd = logs.length < 2 ? Math.log(VERY_WIDE) / Z : Math.max(LEAST_SPREAD, Math.sqrt(variance))
      return [name, { value: Math.exp(mean), sd }]
    }),
  ) as Filled
  return candidates.map(
    ({ measures }) =>
      Object.fromEntries(
        MEASURES.map(name => {
          const { value, sd, from } = measures[name]
          if (value === null) return [name, spreads[name]]
          // No ticket so far is not none ever: factors need something to begin with.
          return [name, { value: from === 'tickets' ? Math.max(0.25, value) : value, sd }]
        }),
      ) as Filled,
  )
}

function listParts(
  { measures, effort, confidence, gain }: Candidate,
  filled: Filled,
  {
    uses,
    kept,
    random,
    draws,
  }: { uses: MeasureName[]; kept: Map<string, Float64Array>; random: Random; draws: number },
): Part[] {
  const draw = (sd: number) => Float64Array.from({ length: draws }, () => Math.exp(sd * random.nextNormal()))
  const parts: Part[] = []
  for (const name of uses)
    if (filled[name].sd > 0)
      parts.push({ name, draws: draw(filled[name].sd), isOpen: measures[name].value === null })
  for (const [name, estimate] of Object.entries({ effort, confidence, gain }) as [Unknown, Estimate][])
    if (estimate.sd > 0)
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

/** A fix takes away that part of each measure. */
function applyGain(values: ScoreInput, gain: number): ScoreInput {
  const reached = { ...values }
  for (const name of MEASURES) reached[name] *= gain
  return reached
}

function middleOf(drawn: Float64Array | null, score: number, isLog: boolean): number {
  if (drawn === null || (isLog && score === 0)) return score
  let sum = 0
  for (const one of drawn) sum += isLog ? Math.log(Math.max(one, score * 1e-9)) : one
  return isLog ? Math.exp(sum / drawn.length) : sum / drawn.length
}

/** What each of a story's clusters adds to its score, to first order; null where no measure is counted by clusters. */
function addUp(
  { measures }: Candidate,
  point: Point,
  { uses, evaluate }: Formula,
  scale: number,
): { own: Float64Array; df: number } | null {
  let own: Float64Array | null = null
  for (const name of uses) {
    const { parts, value } = measures[name]
    if (parts === null || value === null) continue
    own ??= new Float64Array(parts.length)
    if (value === 0) continue
    const step = value * 1e-4
    const at = (moved: number) =>
      evaluate(applyGain({ ...point.values, [name]: point.values[name] + moved }, point.gain))
    const slope = (scale * (at(step) - at(-step))) / (2 * step)
    for (let i = 0; i < parts.length; i += 1) own[i]! += slope * parts[i]!
  }
  if (own === null) return null
  const total = own.reduce((sum, one) => sum + Math.abs(one), 0)
  return { own, df: total === 0 ? 0 : clusterDf(Array.from(own, one => Math.abs(one) / total)) }
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
