/** Which timeboxes are running, over all stories of a workbook. */
import { readFile } from 'node:fs/promises'
import { listStoryIds, readStory, type StoryPlace, storyFile } from './read-story.js'
import { findRunning, readTimebox, type TimeboxStatus } from './timeboxes.js'

/** Whether there are more budgets than ends in it. */
function mayHaveRunning(text: string): boolean {
  return count(text, /\bbudget:/g) > count(text, /\bstopped: *["']?\d/g)
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/**
 * Those that are over their budget. Every command asks for them, so a story is only parsed where its text looks like it; one that
 * can't be read is left to the commands that need it.
 */
export async function listOverdue(place: StoryPlace, now: Date): Promise<TimeboxStatus[]> {
  const found: TimeboxStatus[] = []
  for (const id of await listStoryIds(place)) {
    const text = await readFile(storyFile(place, id), 'utf8').catch(() => '')
    if (!mayHaveRunning(text)) continue
    const story = await readStory(place, id).catch(() => null)
    const running = story && findRunning(story.frontMatter)
    const status = running && readTimebox(story.frontMatter, running, now)
    if (status && status.left_ms < 0) found.push(status)
  }
  return found
}
