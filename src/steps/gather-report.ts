/** What a report holds: of the workbook, or of stories. It reads only, and so do all that it asks. */
import type { Report, WorkbookReport } from '../reports/report/contents.js'
import { defaultSmallest } from '../stats/verdicts.js'
import { rowsOf } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import { listStories, readStory, type Story } from '../stories/read-story.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import type { Workbook } from '../workbook/workbook.js'
import { attemptPart } from './attempt-part.js'
import { countSteps, type GatherOptions, gatherStoryReport } from './gather-report-story.js'
import { listHypotheses } from './list-hypotheses.js'
import { listOrigins } from './list-origins.js'
import { measureSlos } from './measure-slos.js'
import { readArmsOf } from './read-arms.js'
import { describeUnreadable } from './unreadable-stories.js'

export interface ReportRequest extends Pick<GatherOptions, 'home'> {
  /** Ids; none: the workbook. */
  stories: readonly string[]
  now: Date
  /** Of whyslow. */
  version: string
  signal?: AbortSignal
  /** What is measured now, and which of how many it is. */
  onProgress?: (what: string, part: { index: number; count: number }) => void
}

export async function gatherReport(
  workbook: Workbook,
  store: Store,
  request: ReportRequest,
): Promise<Report> {
  const { now, version, home, signal, onProgress } = request
  const asked: Story[] = []
  for (const id of new Set(request.stories)) asked.push(await readStory(workbook, id))
  const count = asked.length === 0 ? 2 : asked.reduce((sum, story) => sum + countSteps(story), 0)
  let index = 0
  const step = (what: string) => {
    signal?.throwIfAborted()
    index += 1
    onProgress?.(what, { index, count })
  }
  const stories: Report['stories'] = []
  for (const story of asked) stories.push(await gatherStoryReport(workbook, store, story, { home, step }))
  return {
    data: {
      workbook: workbook.dir.split(/[\\/]/).at(-1)!,
      at: now.toISOString(),
      version,
      sources: store.sources
        .filter(source => rowsOf(source, 'requests') > 0)
        .map(source => ({
          id: source.id,
          file: source.file,
          requests: rowsOf(source, 'requests'),
          from: source.from,
          to: source.to,
        })),
      cohort: workbook.config.cohort?.name ?? null,
    },
    workbook: asked.length > 0 ? null : await gatherWorkbook(workbook, store, { now, step }),
    stories,
  }
}

async function gatherWorkbook(
  workbook: Workbook,
  store: Store,
  { now, step }: { now: Date; step: (what: string) => void },
): Promise<WorkbookReport> {
  const { config } = workbook
  step('Reading the stories')
  const { stories, problems } = await listStories(workbook)
  const { confirmed, disproved, open, budget } = await listHypotheses(workbook, undefined)
  step('Measuring the objectives')
  const question = {
    subject: null,
    window_ms: null,
    at: null,
    cohort: config.cohort ?? null,
    now,
  }
  const unread = describeUnreadable(problems)
  const slos = await attemptPart(async () => {
    const { unit, slos, warnings } = await measureSlos(workbook, store, question)
    const missing = warnings.find(({ code }) => code === 'no-requests')
    if (missing) return { missing: missing.message, next: missing.next ?? null }
    const windows = slos.map(({ window }) => window)
    return {
      unit,
      slos,
      // Beside the stories they stand once already.
      warnings: warnings.filter(one => !unread.some(({ message }) => message === one.message)),
      command: 'whyslow slo',
      sources: listOrigins(store, windows),
    }
  }, 'whyslow slo')
  return {
    stories: stories.map(({ frontMatter }) => frontMatter).sort(byCustomers),
    targetIsSet: config.targets.isSet,
    smallest: config.smallest ?? defaultSmallest(config.objective),
    slos,
    outcomes: { command: 'whyslow story close STORY --measure', sources: listOutcomeOrigins(store, stories) },
    hypotheses: { confirmed, disproved, open, budget },
    warnings: unread,
  }
}

/** Of the sides that the filed commands name. */
function listOutcomeOrigins(store: Store, stories: readonly Story[]): string[] {
  const windows = stories.flatMap(({ frontMatter: { outcome } }) => {
    const arms = outcome?.command ? readArmsOf(outcome.command) : null
    return arms === null ? [] : [arms.before, arms.after]
  })
  return listOrigins(store, windows)
}

/** Nobody knows of how many: last. */
function byCustomers(one: StoryFrontMatter, other: StoryFrontMatter): number {
  return customersOf(other) - customersOf(one) || (one.id < other.id ? -1 : 1)
}

function customersOf({ questions: { customers } }: StoryFrontMatter): number {
  return customers !== 'unknown' && typeof customers.value === 'number' ? customers.value : -1
}
