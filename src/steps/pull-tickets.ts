/** Tickets → their stories: how they stand, who has them, when they were closed, and what people noted for the story. */
import { WhyslowError } from '../errors.js'
import type { Part } from '../reports/working.js'
import { listStories, readStory, type Story } from '../stories/read-story.js'
import { askForOutcome, fileTicket, readTicketKey } from '../stories/ticket-states.js'
import { updateStory } from '../stories/write-story.js'
import type { PulledTicket, Tracker, TrackerName } from '../trackers/tracker.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeUnreadable } from './unreadable-stories.js'

export interface TicketOfStory extends Omit<PulledTicket, 'notes'> {
  story: string
  tracker: TrackerName
  /** Notes that are new in the story. */
  notes: number
}

export interface TicketPull {
  pulled: TicketOfStory[]
  failures: { story: string; error: Error }[]
  warnings: Warning[]
}

export interface TicketPullOptions {
  /** Ids; null: all that have a ticket. */
  stories: readonly string[] | null
  signal: AbortSignal
  /** Before each story. */
  onProgress: (story: string, part: Part) => void
}

/** Each story by itself. Throws when `signal` aborts. */
export async function pullTickets(
  workbook: Workbook,
  tracker: Tracker,
  options: TicketPullOptions,
): Promise<TicketPull> {
  const { stories, warnings } = await chooseStories(workbook, tracker.name, options.stories)
  const result: TicketPull = { pulled: [], failures: [], warnings }
  for (const [i, story] of stories.entries()) {
    options.signal.throwIfAborted()
    options.onProgress(story.id, { index: i + 1, count: stories.length })
    try {
      const { pulled, warning } = await pullTicket(tracker, story)
      result.pulled.push(pulled)
      if (warning !== null) result.warnings.push(warning)
    } catch (error) {
      options.signal.throwIfAborted()
      result.failures.push({
        story: story.id,
        error: error instanceof Error ? error : new Error(String(error)),
      })
    }
  }
  return result
}

async function chooseStories(
  workbook: Workbook,
  name: TrackerName,
  named: readonly string[] | null,
): Promise<{ stories: Story[]; warnings: Warning[] }> {
  if (named !== null) {
    const stories = await Promise.all([...new Set(named)].map(id => readStory(workbook, id)))
    return { stories, warnings: [] }
  }
  const { stories, problems } = await listStories(workbook)
  const exported = stories.filter(({ frontMatter }) => readTicketKey(frontMatter, name) !== null)
  return { stories: exported, warnings: describeUnreadable(problems) }
}

async function pullTicket(
  tracker: Tracker,
  story: Story,
): Promise<{ pulled: TicketOfStory; warning: Warning | null }> {
  const { name } = tracker
  const known = readTicketKey(story.frontMatter, name)
  if (known === null) {
    throw new WhyslowError(`The story ${story.id} has no ticket there yet.`, {
      next: [`whyslow export ${name} ${story.id}`],
      place: { file: story.shown },
    })
  }
  const { notes, ...ticket } = await tracker.pull(known)
  const { key, status, assignee, closed, isClosed } = ticket
  const before = story.frontMatter.notes.length
  const updated = await updateStory(story, front =>
    fileTicket(front, name, { key, status, assignee, closed: isClosed ? closed : null, notes }),
  )
  const { frontMatter } = updated
  return {
    pulled: { story: story.id, tracker: name, ...ticket, notes: frontMatter.notes.length - before },
    warning: askForOutcome(frontMatter),
  }
}
