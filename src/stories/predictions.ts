/** What changes were said to buy before they were made. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { StoryFrontMatter, StoryPrediction } from './schema.js'
import { isoSeconds, nextId } from './timeboxes.js'

/**
 * The same command is the same question of the same time: it replaces what it said before, under its id and with the kind of fix that was
 * named then; where nothing is different, nothing is written.
 */
export function filePrediction(
  story: StoryFrontMatter,
  wanted: Omit<StoryPrediction, 'id' | 'at'>,
  now: Date,
): StoryFrontMatter {
  const earlier = findByCommand(story, wanted.command)
  const at = isoSeconds(now)
  if (earlier === undefined) {
    const prediction = { id: nextId('p', story.predictions), at, ...wanted }
    return { ...story, predictions: [...story.predictions, prediction] }
  }
  const again = { id: earlier.id, at: earlier.at, ...wanted, kind: wanted.kind ?? earlier.kind }
  if (isDeepStrictEqual(again, earlier)) return story
  const predictions = story.predictions.map(one => (one === earlier ? { ...again, at } : one))
  return { ...story, predictions }
}

export function findByCommand(
  { predictions }: Pick<StoryFrontMatter, 'predictions'>,
  command: string | null,
): StoryPrediction | undefined {
  return command === null ? undefined : predictions.find(one => one.command === command)
}
