/** What came, as a part of what was promised. Pure. */
import { ratioInterval } from '../stats/ratio-interval.js'
import { formatDuration, parseDuration } from '../units.js'
import type { FoundPromise } from './find-promise.js'
import type { StoryOutcome, StoryPrediction, StoryPromise } from './schema.js'

/** What was measured: the outcome as it is filed, without what was promised. */
export type Came = Pick<StoryOutcome, 'change' | 'interval' | 'under' | 'command'>

export interface Judgement {
  judged: StoryPromise['judged']
  /** The smallest change that the comparison was judged by. */
  smallest: number
}

/** Null where nothing was promised. */
export function keepPromise(
  found: FoundPromise,
  came: Came,
  { judged, smallest }: Judgement,
): StoryPromise | null {
  const { prediction, hypothesis, kind } = found
  const judgement = { hypothesis: hypothesis?.id ?? null, judged: hypothesis === null ? null : judged, kind }
  if (prediction === null) {
    if (hypothesis === null) return null
    const least = hypothesis.smallest ?? smallest
    return {
      ...judgement,
      prediction: null,
      change: hypothesis.direction === 'up' ? least : -least,
      interval: null,
      kept: null,
      keptInterval: null,
      reason: 'A hypothesis promises “at least”, and not how much.',
    }
  }
  const { value: change, interval } = prediction.change
  return { ...judgement, prediction: prediction.id, change, interval, ...divide(found, prediction, came) }
}

function divide(
  found: FoundPromise,
  prediction: StoryPrediction,
  came: Came,
): Pick<StoryPromise, 'kept' | 'keptInterval' | 'reason'> {
  const none = (reason: string) => ({ kept: null, keptInterval: null, reason })
  const differs = found.reason ?? findDifference(found, prediction, came)
  if (differs !== null) return none(differs)
  const { value, interval } = prediction.change
  if (value <= 0) return none(`The prediction ${prediction.id} promised no gain.`)
  if (interval !== null && interval[0] <= 0)
    return none(`The promise may be nothing at all, so no part of it can be named.`)
  if (came.change === null) return none('No change could be measured.')
  const kept = came.change / value
  const unsure = (reason: string) => ({ kept, keptInterval: null, reason })
  if (came.interval === null) return unsure('How sure what came is can’t be told yet.')
  if (interval === null) return unsure(`The prediction ${prediction.id} has no interval.`)
  const keptInterval = ratioInterval({ value: came.change, interval: came.interval }, { value, interval })
  return keptInterval === null
    ? none('The promise is too unsure for a part of it to be named.')
    : { kept, keptInterval, reason: null }
}

/** Whether what came is of other requests, or judged by another threshold. */
function findDifference(
  { judgedBy }: FoundPromise,
  { id, under, command }: StoryPrediction,
  came: Came,
): string | null {
  if (came.under !== null && parseDuration(under) !== parseDuration(came.under)) {
    const whose = judgedBy?.under ? `, as ${judgedBy.id} says` : ''
    return `The prediction ${id} is of requests under ${formatDuration(parseDuration(under))}, and the outcome was measured under ${formatDuration(parseDuration(came.under))}${whose}.`
  }
  if (command === null || isOfAll(command) === isOfAll(came.command)) return null
  return isOfAll(command)
    ? `The prediction ${id} is of all traffic, and the outcome of the target cohort.`
    : `The prediction ${id} is of the target cohort, and the outcome of all traffic.`
}

/** Whether a command names all traffic, instead of the target cohort. */
export function isOfAll(command: string | null): boolean {
  return /(?:^|\s)--all-traffic(?:\s|$)/.test(command ?? '')
}
