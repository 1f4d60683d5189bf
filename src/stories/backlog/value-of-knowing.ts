/** What it is worth to know what nobody knows of a story. Pure. */
import type { Ranking } from './rank-stories.js'
import type { ScoreModel } from './score-model.js'
import type { Unknown } from './unknowns.js'

export interface Knowing {
  story: number
  /** By how much the score of the best choice would rise on average, on the scale on which scores are compared, */
  gains: number
  /** and as a part of it; Infinity where it isn't over 0. */
  raises: number
}

export interface Settled {
  /** Open pairs that would be told apart on average if all was known that nobody knows of the story, */
  settles: number
  /** and if only the most telling of it was; null where none tells anything. */
  most: { unknown: Unknown; settles: number } | null
}

/** Answers that are tried, and draws of the rest around each: an average needs many of the first, a spread of the second. */
const FOR_VALUE = { answers: 200, rest: 30 }
const FOR_PAIRS = { answers: 60, rest: 100 }

/**
 * The value of knowing exactly (Howard 1966) all that nobody knows of one story, for each of `stories` that can be told apart. The best choice
 * is the one of them with the highest score; or `fix`, as long as it is the only one that can be begun. An answer is worth what the choice
 * gains by it, so little where it would be made anyhow, or where all that it is between is small.
 */
export function valueKnowing(model: ScoreModel, stories: readonly number[], fix: number | null): Knowing[] {
  const { standings, isLog } = model
  const levelOf = (story: number) => {
    const { score } = standings[story]!
    return isLog ? Math.log(score) : score
  }
  return stories.flatMap(story => {
    if (model.untold[story] !== null) return []
    const others = fix === null ? stories.filter(other => other !== story) : [fix]
    const rival = Math.max(...others.map(levelOf))
    const own = levelOf(story)
    const now = fix === null ? Math.max(own, rival) : rival
    const answers = listLevels(model, story, own)
    const then = meanOf(answers.map(level => Math.max(level, rival)))
    const gains = then > now ? then - now : 0
    return [{ story, gains, raises: asPart(gains, now, isLog) }]
  })
}

/** What the score would be compared by after each answer; on average as now. */
function listLevels(model: ScoreModel, story: number, level: number): number[] {
  const unknown = model.open[story]!
  if (unknown.length === 0 || !Number.isFinite(level)) return [level]
  const levels = Array.from({ length: FOR_VALUE.answers }, (_, answer) =>
    meanOf(drawAnswer(model, story, unknown, answer, FOR_VALUE.rest)),
  )
  const mean = meanOf(levels)
  return levels.map(one => one - mean + level)
}

function asPart(gains: number, now: number, isLog: boolean): number {
  if (gains === 0) return 0
  if (isLog) return Math.expm1(gains)
  return now > 0 ? gains / now : Number.POSITIVE_INFINITY
}

/** An answer is a draw of what isn't known, with the rest drawn around it. */
export function countSettled({ model, order }: Ranking, story: number): Settled {
  const unknown = model.open[story]!
  if (unknown.length === 0 || model.untold[story] !== null) return { settles: 0, most: null }
  const told = new Set(order.above.flatMap(({ a, b }) => (a === story ? [b] : b === story ? [a] : [])))
  const others = model.standings.flatMap((_, other) => (other === story || told.has(other) ? [] : [other]))
  const settles = settleWith({ model, order }, { story, unknown, others })
  const single = unknown.map(one => ({
    unknown: one,
    settles: unknown.length === 1 ? settles : settleWith({ model, order }, { story, unknown: [one], others }),
  }))
  const most = single.reduce((best, one) => (one.settles > best.settles ? one : best))
  return { settles, most: most.settles > 0 ? most : null }
}

interface Question {
  story: number
  unknown: Unknown[]
  others: number[]
}

function settleWith({ model, order }: Ranking, { story, unknown, others }: Question): number {
  const { standings, isLog } = model
  const { score, draws } = standings[story]!
  // What is drawn by chance around the answers is the same before and after: it cancels.
  const before =
    draws === null
      ? toScale(model, score, score)
      : meanOf(draws.subarray(0, FOR_PAIRS.rest).map(one => toScale(model, one, score)))
  let settles = 0
  const { answers, rest } = FOR_PAIRS
  for (let answer = 0; answer < answers; answer += 1) {
    const scaled = drawAnswer(model, story, unknown, answer, rest)
    const by = meanOf(scaled) - before
    const changed = { by: isLog ? Math.exp(by) : by, draws: scaled }
    for (const other of others)
      if (Math.abs(order.distance(story, other, changed)) > order.critical) settles += 1 / answers
  }
  return settles
}

/** The score with that answer, on the scale of comparison, at each draw of the rest. */
function drawAnswer(
  model: ScoreModel,
  story: number,
  unknown: readonly Unknown[],
  answer: number,
  rest: number,
): Float64Array {
  const { draws, standings } = model
  // Draws that are apart from those of the rest, as far as there are enough of them.
  const at = draws - 1 - (answer % draws)
  const { score } = standings[story]!
  return Float64Array.from({ length: Math.min(rest, draws) }, (_, draw) =>
    toScale(model, model.scoreAt(story, draw, unknown, at), score),
  )
}

function toScale({ isLog }: ScoreModel, one: number, score: number): number {
  return isLog ? Math.log(Math.max(one, score * 1e-9)) : one
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i += 1) sum += values[i]!
  return sum / values.length
}
