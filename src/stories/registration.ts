/** What a hypothesis was registered with, so that an edit is noticed. Pure: the clock is passed in. */
import { createHash } from 'node:crypto'
import type { StoryFrontMatter, StoryHypothesis } from './schema.js'
import { isoSeconds } from './timeboxes.js'

type Prediction = Pick<
  StoryHypothesis,
  'metric' | 'under' | 'direction' | 'smallest' | 'design' | 'before' | 'after'
>

const SHOWN_DIGITS = 16

/** Of what is predicted, by which threshold, about which requests; neither of the claim's words nor of the sides' times. */
export function hashPrediction(hypothesis: Prediction): string {
  const { metric, under, direction, smallest, design, before, after } = hypothesis
  const fixed = JSON.stringify([metric, under, direction, smallest, design, before.where, after.where])
  return createHash('sha256').update(fixed).digest('hex').slice(0, SHOWN_DIGITS)
}

/** Whether the prediction isn't the registered one any more. One without a hash was registered before there were any. */
export function isEdited(hypothesis: StoryHypothesis): boolean {
  return hypothesis.hash !== null && hypothesis.hash !== hashPrediction(hypothesis)
}

/** An edited prediction is a new one: registered at this moment, and watched from the start. Its results stay. */
export function registerAnew(story: StoryFrontMatter, id: string, now: Date): StoryFrontMatter {
  const hypotheses = story.hypotheses.map(one =>
    one.id === id && isEdited(one)
      ? { ...one, registered: isoSeconds(now), hash: hashPrediction(one), watch: null }
      : one,
  )
  return { ...story, hypotheses }
}

/** After whyslow itself renamed a route: the same prediction in other words. */
export function keepRegistration(before: StoryHypothesis, after: StoryHypothesis): StoryHypothesis {
  return before.hash === null || isEdited(before) ? after : { ...after, hash: hashPrediction(after) }
}
