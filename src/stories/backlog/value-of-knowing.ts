/** Which unknown number of a story would change the order most if it was known. Pure. */
import type { Ranking } from './rank-stories.js'
import type { Unknown } from './unknowns.js'

export interface Knowing {
  story: number
  /** What nobody knows of it. */
  unknown: Unknown[]
  /** Open pairs that it would settle on average if all of that was known, and if only the most telling one was. */
  settles: number
  most: { unknown: Unknown; settles: number } | null
  /** How much higher the score would be on average of what is worked on next, as a part of that of `instead`; null without one. */
  raises: number | null
}

const ANSWERS = 60
const REST = 100

/**
 * Each answer is a draw of what isn't known, with the rest drawn around it. It is the value of knowing exactly, so the most that an
 * investigation can be worth. `instead` is what would be worked on otherwise.
 */
export function valueKnowing({ model, order }: Ranking, instead: number | null): Knowing[] {
  const isAbove = new Set(order.above.map(({ a, b }) => `${a} ${b}`))
  const isOpen = (a: number, b: number) => !isAbove.has(`${a} ${b}`) && !isAbove.has(`${b} ${a}`)
  const otherwise =
    instead === null ? null : meanOf(model.standings[instead]!.draws, model.standings[instead]!.score)
  return model.open.flatMap((unknown, story) => {
    if (unknown.length === 0 || model.untold[story] !== null) return []
    const others = model.standings.flatMap((_, other) =>
      other !== story && isOpen(story, other) ? [other] : [],
    )
    const all = tryAnswers({ model, order }, { story, unknown, others, otherwise })
    const single = unknown.map(one => ({
      unknown: one,
      settles:
        unknown.length === 1
          ? all.settles
          : tryAnswers({ model, order }, { story, unknown: [one], others, otherwise: null }).settles,
    }))
    const most = single.reduce((best, one) => (one.settles > best.settles ? one : best))
    const raises = otherwise === null || story === instead ? null : all.raises
    return [{ story, unknown, settles: all.settles, most: most.settles > 0 ? most : null, raises }]
  })
}

interface Question {
  story: number
  unknown: Unknown[]
  others: number[]
  otherwise: number | null
}

function tryAnswers({ model, order }: Ranking, { story, unknown, others, otherwise }: Question) {
  const { standings, isLog, draws } = model
  const { score, draws: drawn } = standings[story]!
  const toScale = (one: number) => (isLog ? Math.log(Math.max(one, score * 1e-9)) : one)
  const rest = Math.min(REST, draws)
  // What is drawn by chance around the answers is the same before and after: it cancels.
  const before = drawn === null ? toScale(score) : meanOf(drawn.subarray(0, rest).map(toScale), score)
  let settles = 0
  let raises = 0
  for (let answer = 0; answer < ANSWERS; answer += 1) {
    // Draws that are apart from those of the rest, as far as there are enough of them.
    const at = draws - 1 - (answer % draws)
    const after = Float64Array.from({ length: rest }, (_, draw) => model.scoreAt(story, draw, unknown, at))
    const plain = meanOf(after, score)
    const scaled = after.map(toScale)
    const by = meanOf(scaled, score) - before
    const changed = { by: isLog ? Math.exp(by) : by, draws: scaled }
    for (const other of others)
      if (Math.abs(order.distance(story, other, changed)) > order.critical) settles += 1 / ANSWERS
    if (otherwise !== null && otherwise > 0) raises += Math.max(0, plain / otherwise - 1) / ANSWERS
  }
  return { settles, raises }
}

function meanOf(draws: Float64Array | null, score: number): number {
  return draws === null ? score : draws.reduce((sum, one) => sum + one, 0) / draws.length
}
