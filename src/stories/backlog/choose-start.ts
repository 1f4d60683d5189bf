/** What to begin with: a fix that is ready, or the investigation whose answer would change what comes first by the most. Pure. */
import { formatCount, formatSpent, formatTimes, formatWork } from '../../units.js'
import type { Estimate } from '../estimates.js'
import type { Ranking } from './rank-stories.js'
import type { Candidate } from './score-model.js'
import { nameUnknown, type Unknown } from './unknowns.js'
import { countSettled, type Knowing, type Settled, valueKnowing } from './value-of-knowing.js'

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
  /** Of an investigation: what nobody knows of the story, */
  asks: readonly Unknown[]
  /** the open pairs that knowing it would settle on average, */
  settles: number | null
  /** and by what part it would raise the score of the best choice, on average; null where that can't be told. */
  raises: number | null
  /** Its story would come first if its cause was confirmed, whatever else is found out. */
  leads: boolean
}

/** With more stories, what nobody knows is valued only of those with the most to expect. */
const MOST_VALUED = 50
/** Values of knowing are averages of draws. */
const ABOUT_AS_MUCH = 0.9

/** Null where there is nothing to begin with. */
export function chooseStart(backlog: Backlog, options: StartOptions): Start | null {
  const fix = chooseFix(backlog, options)
  const pool = listUnsettled(backlog, options, fix)
  const [leader] = pool
  if (leader === undefined) return fix
  const values = valueKnowing(backlog.ranking.model, pool, fix?.story ?? null)
  const most = Math.max(...values.map(({ gains }) => gains))
  // Of those that can hardly be told apart the one with the most to expect.
  const best = values.find(({ gains }) => gains >= ABOUT_AS_MUCH * most) ?? null
  if (fix !== null) return weigh(backlog, options, fix, best)
  const { story, ...found } = lookFirst(backlog, options, leader, best)
  const raises = values.find(value => value.story === story)?.raises ?? null
  return investigate(backlog, { ...found, story, raises })
}

/** Stories of which something is to be found out, be it the cause; those with the most to expect first. */
function listUnsettled(
  { candidates, ranking: { model }, ready }: Backlog,
  { for_h }: StartOptions,
  fix: Start | null,
): number[] {
  // A fix that is known to take longer isn't begun whatever is found out.
  const isTooLong = ({ effort }: Candidate) =>
    for_h !== null && effort.known !== null && effort.interval[0] > for_h
  return candidates
    .flatMap((candidate, i) => {
      const isAsked = ready[i] ? model.open[i]!.length > 0 && !isTooLong(candidate) : true
      return i !== fix?.story && isAsked ? [i] : []
    })
    .sort((one, other) => model.standings[other]!.score - model.standings[one]!.score)
    .slice(0, MOST_VALUED)
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
    asks: [],
    settles: null,
    raises: null,
    leads: false,
  }
}

function describeEffort({ value, interval: [low, high] }: Estimate): string {
  return `about ${formatWork(value)} (${formatWork(low)} to ${formatWork(high)})`
}

/**
 * No fix is ready: the story of which it pays most to know more, where that is worth more of the work on the one with the most to expect than
 * looking takes; else that one, since it comes first whatever is found out.
 */
function lookFirst(backlog: Backlog, options: StartOptions, leader: number, best: Knowing | null) {
  const { candidates, ready } = backlog
  const none =
    options.for_h !== null && ready.includes(true)
      ? `No fix is ready that is known to fit into ${formatWork(options.for_h)}.`
      : 'No fix is ready: no cause is confirmed yet.'
  const worth_h = best === null ? 0 : best.raises * candidates[leader]!.effort.value
  const leads = best === null || !(worth_h > options.timebox_h)
  const story = leads ? leader : best.story
  const settled = countSettled(backlog.ranking, story)
  const why = leads ? explainLead(backlog, options, leader, worth_h) : describeRaise(backlog, best, settled)
  // What nobody has confirmed is said of all of them.
  const asked = leads && backlog.ranking.model.open[story]!.length === 0 ? [] : [nameAsked(backlog, story)]
  return { story, settled, leads, why: [none, ...asked, why] }
}

function investigate(
  { ranking: { model } }: Backlog,
  found: { story: number; settled: Settled; raises: number | null; leads: boolean; why: readonly string[] },
): Start {
  const { story, settled, why, ...rest } = found
  return {
    kind: 'investigation',
    story,
    why: why.join(' '),
    instead: [],
    asks: model.open[story]!,
    settles: settled.settles,
    ...rest,
  }
}

function nameAsked({ candidates, ranking: { model } }: Backlog, story: number): string {
  const asked = model.open[story]!.map(one => describeUnknown(one, candidates[story]!))
  return asked.length === 0 ? 'Its cause isn’t confirmed yet.' : `Nobody knows ${listWords(asked)}.`
}

function explainLead(
  { candidates, ranking: { order, model }, ready }: Backlog,
  { timebox_h }: StartOptions,
  leader: number,
  worth_h: number,
): string {
  if (candidates.length === 1) return 'It is the only open story.'
  const untold = model.untold[leader]
  if (untold)
    return `What is found out won’t put it in order yet, since ${untold}; it has the most to expect.`
  const first = ready[leader]
    ? 'It would be first if it was known to fit'
    : 'It would be first if its cause were confirmed'
  if (order.above.filter(({ a }) => a === leader).length === candidates.length - 1)
    return `${first}: it is above all other stories.`
  const scores = model.standings.map(({ score }) => score).toSorted((one, other) => other - one)
  const times = model.isLog && scores[0] === model.standings[leader]!.score ? scores[0]! / scores[1]! : 1
  const much = times >= 1.5 && times < 1e6 ? `, ${formatTimes(times)} what the next one has` : ''
  const found =
    worth_h < 0.02
      ? 'Whatever is found out of any story would hardly change that.'
      : `What could be found out of any story is worth about ${formatWork(worth_h)} of the work on it, less than looking takes (${formatWork(timebox_h)}).`
  return `${first}: it has the most to expect${much}. ${found}`
}

/** What knowing pays, in what comes first and in pairs. */
function describeRaise({ ranking: { order, model } }: Backlog, best: Knowing, settled: Settled): string {
  const asked = model.open[best.story]!.length
  const known = asked === 1 ? 'it' : asked === 2 ? 'both' : 'all of it'
  const by = Number.isFinite(best.raises) ? ` by ${formatSpent(best.raises)}` : ''
  const pairs = order.open === 1 ? 'the 1 open pair' : `the ${formatCount(order.open)} open pairs`
  const { settles, most } = settled
  const alone =
    most && asked > 1 ? `; ${nameUnknown(most.unknown)} alone ${describeAverage(most.settles)}` : ''
  const settling =
    settles > 0 ? ` It would settle ${describeAverage(settles)} of ${pairs} on average${alone}.` : ''
  return `Knowing ${known} would raise the score of what comes first${by} on average, and no other story’s answers would clearly more.${settling}`
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

/** Looking pays where what it adds to the work that is done next is more than that work would do in the meantime. */
function weigh(backlog: Backlog, { timebox_h }: StartOptions, fix: Start, best: Knowing | null): Start {
  if (best === null) return fix
  const { candidates, ranking } = backlog
  const { id, effort } = candidates[fix.story]!
  const worth_h = best.raises * effort.value
  if (!(worth_h > timebox_h)) {
    const found =
      worth_h < 0.02
        ? 'and what it finds out would hardly change what is worth doing first'
        : `and what it finds out is worth about ${formatWork(worth_h)} of this work`
    return { ...fix, why: `${fix.why} An investigation takes ${formatWork(timebox_h)}, ${found}.` }
  }
  const { story, raises } = best
  const [own, other] = [story, fix.story].map(one => ranking.model.standings[one]!.score) as [number, number]
  const leads = own > other && !backlog.ready[story]
  const settled = countSettled(ranking, story)
  const times = ranking.model.isLog && other > 0 ? `, ${formatTimes(own / other)} what that has` : ''
  const first = leads
    ? `It would come before the fix of ${id}, which is ready, if its cause were confirmed: it has more to expect${times}.`
    : `The fix of ${id} is ready. ${describeRaise(backlog, best, settled)}`
  const pays = Number.isFinite(worth_h)
    ? ` What is found out may be worth about ${formatWork(worth_h)} of the work on ${leads ? 'that' : 'it'}, and looking takes ${formatWork(timebox_h)}.`
    : ''
  return investigate(backlog, {
    story,
    settled,
    raises,
    leads,
    why: [nameAsked(backlog, story), `${first}${pays}`],
  })
}
