/** `export github` and `export jira`: opens the tracker, and exports stories to it or brings back what people did with their tickets. */
import { type Place, WhyslowError } from '../errors.js'
import type { Part } from '../reports/working.js'
import type { Store } from '../store/open-store.js'
import type { TrackerName } from '../trackers/tracker.js'
import type { WrittenRequest } from '../trackers/transport.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { type ExportedTicket, exportTickets } from './export-tickets.js'
import { openTracker } from './open-tracker.js'
import { pullTickets, type TicketOfStory } from './pull-tickets.js'
import type { Found } from './redaction.js'
import type { RunOptions } from './run-program.js'

export interface TicketsRequest {
  tracker: TrackerName
  /** Ids of stories. */
  stories: readonly string[]
  /** Instead: all of them. */
  all: boolean
  repair: boolean
  pull: boolean
  isDryRun: boolean
  makeSalt: () => string
  home: string
  run: RunOptions
  /** Before each story. */
  onProgress: (story: string, part: Part) => void
  withStore: (work: (store: Store) => Promise<TicketsResult>) => Promise<TicketsResult>
}

/** As `--json` gives it. */
export interface TicketsData {
  exports: ExportedTicket[]
  /** Of `--pull`. */
  pulled?: TicketOfStory[]
  /** Of a dry run. */
  requests?: WrittenRequest[]
  /** Stories that stayed out; absent when none did. */
  failures?: { story: string; message: string; place: Place | null; next: string[] }[]
  redacted: Found[]
  warnings: Warning[]
}

export interface TicketsResult {
  data: TicketsData
  errors: Error[]
}

export async function runTickets(workbook: Workbook, request: TicketsRequest): Promise<TicketsResult> {
  const { run, isDryRun } = request
  const stories = chooseNames(request)
  const { tracker, dryRun } = await openTracker(workbook, request.tracker, { ...run, isDryRun })
  if (request.pull) {
    const { signal } = run
    const { pulled, failures, warnings } = await pullTickets(workbook, tracker, {
      stories,
      signal,
      onProgress: request.onProgress,
    })
    return withFailures({ exports: [], pulled, redacted: [], warnings }, failures)
  }
  return request.withStore(async store => {
    const options = { ...request, stories }
    const { failures, ...data } = await exportTickets(workbook, store, tracker, options)
    return withFailures({ ...data, ...(dryRun ? { requests: dryRun.requests } : {}) }, failures)
  })
}

function chooseNames({ stories, all, tracker }: TicketsRequest): readonly string[] | null {
  if (all ? stories.length === 0 : stories.length > 0) return all ? null : stories
  throw new WhyslowError(
    all ? 'Expected either ids of stories or --all, found both.' : 'Expected the id of a story.',
    { next: ['whyslow story list', `All of them: whyslow export ${tracker} --all`] },
  )
}

/** An expected error names its story. */
function withFailures(data: TicketsData, failures: { story: string; error: Error }[]): TicketsResult {
  if (failures.length === 0) return { data, errors: [] }
  const listed = failures.map(({ story, error }) => ({
    story,
    message: error.message,
    place: error instanceof WhyslowError ? (error.place ?? null) : null,
    next: error instanceof WhyslowError ? error.next : [],
  }))
  return { data: { ...data, failures: listed }, errors: failures.map(nameStory) }
}

function nameStory({ story, error }: { story: string; error: Error }): Error {
  if (!(error instanceof WhyslowError) || error.message.includes(story)) return error
  const { next, place, exit } = error
  const details = place ? { next, exit, place, cause: error } : { next, exit, cause: error }
  return new WhyslowError(`${story}: ${error.message}`, details)
}
