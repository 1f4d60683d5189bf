/** What a reader of repetitions must know to trust them. Pure. */
import { formatCount, formatDuration, formatShare } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { describeNoise, summariseNoise } from './noise.js'
import type { Repetition } from './repetition.js'
import type { Measured, Scenario } from './scenario.js'

/** Of one side: all with the same scenario. None for no repetition. */
export function describeRepetitions(
  repetitions: readonly Repetition[],
  scenario: Pick<Scenario, 'measure' | 'gates' | 'load'>,
): Warning[] {
  if (repetitions.length === 0) return []
  return [...describeAnswers(repetitions, scenario), ...describeMachine(repetitions, scenario)]
}

/** Of two sides: what is wrong with the answers of one is said of that one, however the other's are. */
export function describeSides(
  { base, head, all }: Record<'base' | 'head' | 'all', readonly Repetition[]>,
  names: { base: string; head: string },
  scenario: Pick<Scenario, 'measure' | 'gates' | 'load'>,
): Warning[] {
  const [ofBase, ofHead] = [describeAnswers(base, scenario), describeAnswers(head, scenario)]
  const isIn = (warnings: readonly Warning[], one: Warning) =>
    warnings.some(({ code, message }) => code === one.code && message === one.message)
  const ofOne = (side: string, own: readonly Warning[], others: readonly Warning[]) =>
    own.filter(one => !isIn(others, one)).map(one => ({ ...one, message: `The ${side}: ${one.message}` }))
  return [
    ...ofBase.filter(one => isIn(ofHead, one)).map(one => ({ ...one, message: `Each side: ${one.message}` })),
    ...ofOne(`base, ${names.base}`, ofBase, ofHead),
    ...ofOne(`head, ${names.head}`, ofHead, ofBase),
    ...describeMachine(all, scenario),
  ]
}

function describeAnswers(repetitions: readonly Repetition[], scenario: Pick<Scenario, 'measure'>): Warning[] {
  return [
    ...describeGood(repetitions),
    ...describeErrors(repetitions),
    ...describeLateness(repetitions),
    ...describeUnmeasured(repetitions, scenario),
  ]
}

/** The load and the machine, which the sides have in common. */
function describeMachine(
  repetitions: readonly Repetition[],
  scenario: Pick<Scenario, 'gates' | 'load'>,
): Warning[] {
  return [
    ...describeQuantiles(repetitions, scenario),
    ...describeNoise(summariseNoise(repetitions.flatMap(({ noise }) => [noise.before, noise.after]))),
  ]
}

function describeGood(repetitions: readonly Repetition[]): Warning[] {
  if (repetitions.some(({ underShare }) => underShare !== null && underShare > 0)) return []
  const asked = sumOf(repetitions, ({ requests, errors }) => requests + errors)
  const under = formatDuration(repetitions[0]!.under_ms)
  return [
    {
      code: 'nothing-good',
      message:
        asked === 0
          ? 'No request was answered at all before the load was over.'
          : `Not one of ${formatCount(asked)} requests was good, which is answered under 400 in less than ${under}.`,
      next: 'Ask for the URL of the load by hand: is it the right one? Is “under” too short?',
    },
  ]
}

function describeErrors(repetitions: readonly Repetition[]): Warning[] {
  const answered = sumOf(repetitions, ({ requests }) => requests)
  const lost = sumOf(repetitions, ({ errors }) => errors)
  const late = sumOf(repetitions, ({ timeouts }) => timeouts)
  const timeouts = late === 0 ? '' : ` (${formatCount(late)} timed out)`
  const parts = [
    ...(lost > 0
      ? [`${formatCount(lost)} of ${formatCount(answered + lost)} requests got no answer${timeouts}`]
      : []),
    ...['4xx', '5xx'].flatMap(kind => {
      const count = sumOf(repetitions, ({ statuses }) => statuses[kind] ?? 0)
      return count === 0 ? [] : [`${formatShare(count / answered)} of the answers were ${kind}`]
    }),
  ]
  if (parts.length === 0) return []
  return [
    {
      code: 'load-errors',
      message: `Of the load, ${parts.join(', and ')}. The times are those of the other answers.`,
      next: 'Ask for one of them by hand: is it the right address, method, header?',
    },
  ]
}

/** A part of the answers' p99. A timer is late by up to a millisecond or two anywhere. */
const MOST_LATE = 0.2
const LEAST_LATE_MS = 2

function describeLateness(repetitions: readonly Repetition[]): Warning[] {
  const late = repetitions.filter(
    ({ lateness, p99_ms }) =>
      lateness !== null && lateness.p99_ms > Math.max(LEAST_LATE_MS, MOST_LATE * (p99_ms ?? 0)),
  )
  if (late.length === 0) return []
  const worst = Math.max(...late.map(({ lateness }) => lateness!.p99_ms))
  const slow = Math.max(...late.map(({ p99_ms }) => p99_ms ?? 0))
  return [
    {
      code: 'load-late',
      message: `The load itself was late in ${countOf(late.length, repetitions.length)}: 1 request in 100 was sent ${formatDuration(worst)} or more after its time, against a p99 of ${formatDuration(slow)}. That is in the latencies, which count from when a request was due.`,
      next: 'A lower rate, or more cores, so that the load and the service don’t share one.',
    },
  ]
}

/** Requests beyond a quantile: with fewer, it is chance, which nothing can be judged by. */
const LEAST_BEYOND_GATED = 10
/** Of a quantile that is only shown: with fewer, it is the slowest request. */
const LEAST_BEYOND = 1
const SHOWN = [0.95, 0.99]

function describeQuantiles(
  repetitions: readonly Repetition[],
  { gates, load }: Pick<Scenario, 'gates' | 'load'>,
): Warning[] {
  const answers = Math.min(
    ...repetitions.map(({ latency }) => latency.reduce((total, [, count]) => total + count, 0)),
  )
  if (answers === 0) return []
  const gated = gates.flatMap(({ metric }) => (/^p\d/.test(metric) ? [Number(metric.slice(1)) / 100] : []))
  const short = [
    ...SHOWN.map(q => ({ q, least: LEAST_BEYOND })),
    ...gated.map(q => ({ q, least: LEAST_BEYOND_GATED })),
  ]
    .filter(({ q, least }) => answers * (1 - q) < least - 1e-9)
    .sort((one, other) => one.q - other.q)
  if (short.length === 0) return []
  const { q } = short[0]!
  const beyond = Math.max(1, Math.round(answers * (1 - q)))
  const others = q < short.at(-1)!.q ? ', and those beyond it even more' : ''
  const needs = (of: (typeof short)[number]) => of.least / (1 - of.q)
  const most = short.reduce((one, other) => (needs(other) > needs(one) ? other : one))
  const needed_ms = load.duration_ms * (needs(most) / answers)
  return [
    {
      code: 'few-requests',
      message: `A repetition has ${formatCount(answers)} requests: its ${nameQuantile(q)} hangs on the slowest ${beyond === 1 ? 'one' : beyond} of them${others}.`,
      next: `For ${most.least} beyond ${nameQuantile(most.q)}, the load needs a duration of about ${Math.ceil(needed_ms / 1000 - 1e-9)}s. The share of good requests needs less.`,
    },
  ]
}

const FIGURES: Record<Measured, { words: string; of: (repetition: Repetition) => unknown }> = {
  cpu: { words: 'CPU time', of: ({ cpu_ms }) => cpu_ms },
  memory: { words: 'memory', of: ({ peakMemory_mb }) => peakMemory_mb },
  eventLoop: { words: 'the event loop’s delay', of: ({ eventLoopDelay }) => eventLoopDelay },
  gc: { words: 'garbage collection', of: ({ gc }) => gc },
}

function nameQuantile(q: number): string {
  return `p${Number((q * 100).toFixed(4))}`
}

function describeUnmeasured(
  repetitions: readonly Repetition[],
  { measure }: Pick<Scenario, 'measure'>,
): Warning[] {
  const missing = measure.filter(one => repetitions.every(repetition => FIGURES[one].of(repetition) === null))
  if (missing.length === 0) return []
  const which = measure.filter(one => !missing.includes(one)).join(', ')
  // Linux says what any process uses.
  const isOfAll = missing.includes('cpu') || missing.includes('memory')
  const where = isOfAll ? 'outside Linux only Node says it, and ' : ''
  return [
    {
      code: 'not-node',
      message: `Nothing is known of ${joinAnd(missing.map(one => FIGURES[one].words))}: ${where}the service is not Node, or its processes didn’t say.`,
      next: `If it isn’t, leave them out of the scenario: measure: [${which}]`,
    },
  ]
}

function joinAnd(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function countOf(some: number, all: number): string {
  return some === all ? 'each repetition' : `${some} of ${all} repetitions`
}

function sumOf(repetitions: readonly Repetition[], of: (repetition: Repetition) => number): number {
  return repetitions.reduce((total, one) => total + of(one), 0)
}
