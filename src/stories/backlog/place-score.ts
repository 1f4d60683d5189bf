/** Where a score stands among others: what each cluster adds to it, and why it can't be told apart from any of them. Pure. */
import { clusterDf, FEWEST_CLUSTERS, LEAST_DF } from '../../stats/clusters.js'
import type { Standing } from '../../stats/score-distances.js'
import { MEASURES, type MeasureName } from '../../workbook/next-config.js'
import type { Formula } from './formula.js'
import type { Candidate, ModelOptions } from './score-model.js'
import { type FilledMeasures, nameUnknown } from './unknowns.js'

/** A measure is so many times as much. */
export interface MovedMeasure {
  name: MeasureName
  times: number
}

export const NO_NUMBER: Standing = { score: 0, clusters: null, df: 0, draws: null, isUntold: true }

interface Scored extends Pick<ModelOptions, 'clusters' | 'noun'> {
  formula: Formula
  isLog: boolean
  /** Without any chance. */
  score: number
  drawn: Float64Array | null
  meanAt: MeanAt
  noScale: string | null
}

/** Where it stands among the others, and why it can’t be told apart from any of them. */
export function placeScore(
  candidate: Candidate,
  { clusters, noun, formula, isLog, score: plain, drawn, meanAt, noScale }: Scored,
): { standing: Standing; untold: string | null } {
  const score = middleOf(drawn, plain, isLog)
  const scale = !isLog || plain === 0 ? 1 : score / plain
  const added = addUp(candidate, formula, moved => scale * meanAt(moved))
  const untold = noScale ?? (added && explainFew(added, noun))
  const standing = {
    score,
    clusters: added && spreadOut(added.own, candidate.at, clusters),
    df: added?.df ?? 0,
    draws: drawn,
    isUntold: untold !== null,
  }
  return { standing, untold }
}

function middleOf(drawn: Float64Array | null, score: number, isLog: boolean): number {
  if (drawn === null || (isLog && score === 0)) return score
  let sum = 0
  for (const one of drawn) sum += isLog ? Math.log(one) : one
  return isLog ? Math.exp(sum / drawn.length) : sum / drawn.length
}

/** The score on average where a measure is so many times as much. */
type MeanAt = (moved: MovedMeasure) => number

interface Added {
  own: Float64Array
  /** See `clusterDf`; 0 where nothing is added. */
  df: number
}

/** What each of a story's clusters adds to its score, to first order; null where no measure is counted by clusters. */
function addUp({ measures }: Candidate, { uses }: Formula, meanAt: MeanAt): Added | null {
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
export function explainNoScale(
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

function explainFew({ own, df }: Added, noun: string): string | null {
  const hit = own.filter(one => one !== 0).length
  if (hit < FEWEST_CLUSTERS)
    return `${hit === 0 ? `no ${noun} was` : hit === 1 ? `1 ${noun} was` : `${hit} ${noun}s were`} hit; how much they differ can be told from ${FEWEST_CLUSTERS} on`
  return df < LEAST_DF ? `a few of its ${hit} ${noun}s make most of it` : null
}

function spreadOut(own: Float64Array, at: Int32Array, clusters: number): Float64Array {
  const all = new Float64Array(clusters)
  for (let i = 0; i < own.length; i += 1) all[at[i]!]! += own[i]!
  return all
}
