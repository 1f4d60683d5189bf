/** What to begin with: a fix that is ready, or the investigation whose answer would change the order most. Pure. */
import { formatCount, formatWork } from '../../units.js'
import type { Estimate } from '../estimates.js'
import type { Ranking } from './rank-stories.js'
import type { Candidate } from './score-model.js'
import { nameUnknown, type Unknown } from './unknowns.js'
import { type Knowing, valueKnowing } from './value-of-knowing.js'

export interface Backlog {
  candidates: readonly Candidate[]
  ranking: Ranking
  /** Its cause is confirmed, so that a fix can be begun: one a candidate. */
  ready: readonly boolean[]
}

export interface StartOptions {
  /** Hours of work that a fix may take; null for any. */
  for_h: number | null
  /** Hours that an investigation has. */
  timebox_h: number
}

export interface Start {
  kind: 'fix' | 'investigation'
  /** Position. */
  story: number
  why: string
  /** Positions of those that could as well be begun with. */
  instead: number[]
  /** Of an investigation. */
  knowing: Knowing | null
}

/** Null where there is nothing to begin with. */
export function chooseStart(backlog: Backlog, options: StartOptions): Start | null {
  const fix = chooseFix(backlog, options)
  const investigation = chooseInvestigation(backlog, fix)
  if (fix === null && investigation !== null) {
    const none =
      options.for_h !== null && backlog.ready.includes(true)
        ? `No fix is ready that is known to fit into ${formatWork(options.for_h)}.`
        : 'No fix is ready: no cause is confirmed yet.'
    return { ...investigation, why: `${none} ${investigation.why}` }
  }
  return fix === null || investigation === null ? fix : weigh(backlog, options, fix, investigation)
}

/** A fix that fits and is ready, and that nothing of these is above; of those that can't be told apart the one with the most to expect. */
function chooseFix({ candidates, ranking, ready }: Backlog, { for_h }: StartOptions): Start | null {
  const fitting = candidates.flatMap(({ effort }, i) =>
    ready[i] && (for_h === null || (effort.known !== null && effort.value <= for_h)) ? [i] : [],
  )
  const isBelow = (one: number) => ranking.order.above.some(({ a, b }) => b === one && fitting.includes(a))
  const best = fitting.filter(one => !isBelow(one))
  const { standings } = ranking.model
  const story = best.toSorted((one, other) => standings[other]!.score - standings[one]!.score)[0]
  if (story === undefined) return null
  const instead = best.filter(one => one !== story)
  const { effort } = candidates[story]!
  const takes = `it takes ${describeEffort(effort)}`
  const longer = for_h !== null && effort.interval[1] > for_h ? ', so it may take longer than that' : ''
  const fits = for_h === null ? takes : `${takes}, and there is ${formatWork(for_h)}${longer}`
  const beside =
    instead.length === 0
      ? 'No other fix that is ready is above it.'
      : `${formatCount(instead.length)} other ${instead.length === 1 ? 'fix that is ready and fits can’t' : 'fixes that are ready and fit can’t'} be told apart from it; it has the most to expect.`
  return {
    kind: 'fix',
    story,
    why: `Its cause is confirmed; ${fits}. ${beside}`,
    instead,
    knowing: null,
  }
}

function describeEffort({ value, interval: [low, high] }: Estimate): string {
  return `about ${formatWork(value)} (${formatWork(low)} to ${formatWork(high)})`
}

/** What would settle the most pairs; where nothing would, a cause to look for: that of the story with the most to expect. */
function chooseInvestigation(backlog: Backlog, fix: Start | null): Start | null {
  const { candidates, ranking, ready } = backlog
  const { standings, open } = ranking.model
  const values = valueKnowing(ranking, fix?.story ?? null).filter(
    ({ story }) => !ready[story] || story !== fix?.story,
  )
  const expect = (one: number, other: number) => standings[other]!.score - standings[one]!.score
  const best = values.toSorted(
    (one, other) => other.settles - one.settles || expect(one.story, other.story),
  )[0]
  const [unready] = candidates.flatMap((_, i) => (ready[i] ? [] : [i])).toSorted(expect)
  const isBest = best !== undefined && (best.settles > 0 || unready === undefined)
  const story = isBest ? best.story : unready
  if (story === undefined) return null
  const knowing = values.find(one => one.story === story) ?? {
    story,
    unknown: open[story]!,
    settles: 0,
    most: null,
    raises: null,
  }
  const unknown = knowing.unknown.map(one => describeUnknown(one, candidates[story]!))
  const nobody =
    unknown.length === 0 ? 'Its cause isn’t confirmed yet.' : `Nobody knows ${listWords(unknown)}.`
  return {
    kind: 'investigation',
    story,
    why: `${nobody} ${describeSettled(backlog, knowing)}`,
    instead: [],
    knowing,
  }
}

function describeSettled({ candidates, ranking: { order, model } }: Backlog, knowing: Knowing): string {
  const { story, unknown, settles, most } = knowing
  if (candidates.length === 1) return 'It is the only open story.'
  if (settles === 0) {
    const reason = model.untold[story]
    return reason
      ? `What is found out won’t put it in order yet, since ${reason}; it has the most to expect.`
      : 'No single story’s answers would settle a pair by themselves; it has the most to expect.'
  }
  const known = unknown.length === 1 ? 'it' : unknown.length === 2 ? 'both' : 'all of it'
  const pairs = order.open === 1 ? 'the 1 open pair' : `the ${formatCount(order.open)} open pairs`
  const alone =
    most && unknown.length > 1 ? `; ${nameUnknown(most.unknown)} alone ${describeAverage(most.settles)}` : ''
  return `Knowing ${known} would settle ${describeAverage(settles)} of ${pairs} on average, more than any other story’s${alone}.`
}

function describeAverage(settles: number): string {
  return settles < 0.05 ? 'under 0.1' : settles.toFixed(1)
}

function describeUnknown(unknown: Unknown, candidate: Candidate): string {
  if (unknown !== 'effort') return nameUnknown(unknown)
  const [low, high] = candidate.effort.interval
  return `${nameUnknown(unknown)} (${formatWork(low)} to ${formatWork(high)})`
}

function listWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** Knowing pays where what it adds to the work that is done next is more than that work would do in the meantime. */
function weigh(
  { candidates }: Backlog,
  { timebox_h }: StartOptions,
  fix: Start,
  investigation: Start,
): Start {
  const { id, effort } = candidates[fix.story]!
  const raises = investigation.knowing?.raises ?? null
  if (raises === null) return fix
  const worth_h = raises * effort.value
  const looking = `An investigation takes ${formatWork(timebox_h)}`
  if (worth_h > timebox_h)
    return {
      ...investigation,
      why: `${investigation.why} The fix of ${id} is ready, but what is found out may be worth up to ${formatWork(worth_h)} of the work on it, and looking takes ${formatWork(timebox_h)}.`,
    }
  const found =
    worth_h < 0.02
      ? 'and what it finds out would hardly change what is worth doing first'
      : `and what it finds out is worth at most ${formatWork(worth_h)} of this work`
  return { ...fix, why: `${fix.why} ${looking}, ${found}.` }
}
