import { WhyslowError } from '../errors.js'
import { listStories, readStory, type Story } from '../stories/read-story.js'
import { findRunning } from '../stories/timeboxes.js'
import type { Workbook } from '../workbook/workbook.js'

/** The story that is named, or the only one with a running timebox. `verb`: what is to be done with that timebox. */
export async function findRunningStory(
  workbook: Workbook,
  id: string | undefined,
  verb: 'stop' | 'extend',
): Promise<Story> {
  if (id !== undefined) return readStory(workbook, id)
  const { stories } = await listStories(workbook)
  const running = stories.filter(story => findRunning(story.frontMatter))
  if (running.length === 1) return running[0]!
  throw new WhyslowError(
    running.length === 0 ? 'No timebox is running.' : `Timeboxes of ${running.length} stories are running.`,
    { next: running.map(story => `whyslow timebox ${verb} ${story.id}`) },
  )
}
