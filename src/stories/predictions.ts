/** What changes were said to buy before they were made. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { sinceReopened } from './reopen-story.js'
import type { StoryFrontMatter, StoryPrediction } from './schema.js'
import { isoSeconds, nextId } from './timeboxes.js'

/**
 * The same command is the same question of the same time: it replaces what it said before, under its id and with the kind of fix that was
 * named then; where nothing is different, nothing is written. What was said before a fix was deployed, or of a fix that didn't last, stays
 * as it is, since that fix is measured by it: the answer gets an id of its own.
 */
export function filePrediction(
  story: StoryFrontMatter,
  wanted: Omit<StoryPrediction, 'id' | 'at'>,
  now: Date,
): StoryFrontMatter {
  const earlier = findByCommand(story, wanted.command)
  const at = isoSeconds(now)
  const kind = wanted.kind ?? earlier?.kind ?? null
  const append = (): StoryFrontMatter => {
    const prediction = { id: nextId('p', story.predictions), at, ...wanted, kind }
    return { ...story, predictions: [...story.predictions, prediction] }
  }
  if (earlier === undefined || !sinceReopened(story).predictions.includes(earlier)) return append()
  const again = { id: earlier.id, at: earlier.at, ...wanted, kind }
  if (isDeepStrictEqual(again, earlier)) return story
  if (isPromise(story, earlier, now)) return append()
  const predictions = story.predictions.map(one => (one === earlier ? { ...again, at } : one))
  return { ...story, predictions }
}

/** Whether a fix was deployed since it was said. */
function isPromise({ fixes }: StoryFrontMatter, { at }: StoryPrediction, now: Date): boolean {
  return fixes.some(
    ({ deployed }) =>
      deployed !== null && Date.parse(deployed) >= Date.parse(at) && Date.parse(deployed) <= now.getTime(),
  )
}

/** The newest one of this command. */
export function findByCommand(
  { predictions }: Pick<StoryFrontMatter, 'predictions'>,
  command: string | null,
): StoryPrediction | undefined {
  return command === null ? undefined : predictions.findLast(one => one.command === command)
}
