/** Stories → tickets, one by one: a story that fails doesn't keep the others here. */
import { join } from 'node:path'
import { WhyslowError } from '../errors.js'
import type { Part } from '../reports/working.js'
import type { Store } from '../store/open-store.js'
import { listStories, listStoryIds, readStory, type Story } from '../stories/read-story.js'
import { readTicketKey } from '../stories/ticket-states.js'
import { updateStory } from '../stories/write-story.js'
import type { Tracker, TrackerName } from '../trackers/tracker.js'
import type { Warning } from '../warnings.js'
import { withLock } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'
import { type FindLink, linkCommitted } from './link-committed.js'
import { makeTicket, type TicketMaker } from './make-ticket.js'
import { openGate } from './outgoing.js'
import { type Found, readRedactRules } from './redaction.js'
import { readTemplate, withoutTitle } from './render-story.js'
import type { RunOptions } from './run-program.js'

export interface ExportedTicket {
  story: string
  tracker: TrackerName
  key: string
  url: string
  did: 'created' | 'updated' | 'unchanged'
}

export interface TicketExport {
  exports: ExportedTicket[]
  /** Stories that were not exported. */
  failures: { story: string; error: Error }[]
  /** What was taken out of all of them. */
  redacted: Found[]
  warnings: Warning[]
}

export interface TicketExportOptions {
  /** Ids; null: all that weren't dismissed. */
  stories: readonly string[] | null
  repair: boolean
  /** Nothing is written: no ticket, no link. */
  isDryRun: boolean
  makeSalt: () => string
  home: string
  run: RunOptions
  /** Before each story. */
  onProgress: (story: string, part: Part) => void
}

/** The link of each is saved at once. Throws when `run.signal` aborts; what was exported by then is in its story. */
export async function exportTickets(
  workbook: Workbook,
  store: Store,
  tracker: Tracker,
  options: TicketExportOptions,
): Promise<TicketExport> {
  const work = () => exportInTurn(workbook, store, tracker, options)
  if (options.isDryRun) return work()
  // Two at once would look for one ticket, both find none, and make two.
  const lock = join(workbook.paths.data, `export-${tracker.name}.lock`)
  return withLock(lock, work, { patient: true, signal: options.run.signal })
}

async function exportInTurn(
  workbook: Workbook,
  store: Store,
  tracker: Tracker,
  options: TicketExportOptions,
): Promise<TicketExport> {
  const { name } = tracker
  const ids = await chooseStories(workbook, name, options.stories)
  const allowed = workbook.config.trackers[name]?.allow ?? []
  const { rules, warnings } = await readRedactRules(workbook, store, options.makeSalt, allowed)
  const { stories } = await listStories(workbook)
  const gate = openGate(
    rules,
    stories.map(story => story.frontMatter),
  )
  const maker: TicketMaker = {
    tracker: name,
    gate,
    template: withoutTitle(await readTemplate(workbook)),
    findLink: await findLinks(workbook, name, gate.passes, options.run),
    home: options.home,
  }
  const shownIds = Map.groupBy(await listStoryIds(workbook), gate.storyId)
  const result: TicketExport = { exports: [], failures: [], redacted: [], warnings }
  const wanted = new Set(ids)
  const keys = new Map<string, string>()
  for (const [i, id] of ids.entries()) {
    options.run.signal.throwIfAborted()
    options.onProgress(id, { index: i + 1, count: ids.length })
    try {
      checkId(id, shownIds.get(gate.storyId(id)) ?? [])
      const story = await readStory(workbook, id)
      const parent = await findParent(workbook, story, name, keys)
      const made = await makeTicket(workbook, store, story, parent, maker)
      const done = await tracker.upsert(made.ticket, {
        key: readTicketKey(story.frontMatter, name),
        repair: options.repair,
        onFound: async ({ key }) => {
          if (options.isDryRun) return
          keys.set(id, key)
          await saveLink(story, name, key)
        },
      })
      result.exports.push({ story: id, tracker: name, key: done.key, url: done.url, did: done.did })
      addWarnings(result.warnings, [
        ...made.warnings,
        ...done.warnings,
        ...warnOfParent(story, parent, options.isDryRun && wanted.has(story.frontMatter.splitFrom ?? '')),
      ])
    } catch (error) {
      options.run.signal.throwIfAborted()
      result.failures.push({ story: id, error: error instanceof Error ? error : new Error(String(error)) })
    }
  }
  return { ...result, redacted: gate.found() }
}

async function findLinks(
  workbook: Workbook,
  name: TrackerName,
  passes: (text: string) => boolean,
  run: RunOptions,
): Promise<FindLink> {
  const { github } = workbook.config.trackers
  return name === 'github' && github ? linkCommitted(workbook, github, passes, run) : () => null
}

/** Parents first, so that a child finds its parent's ticket. Throws on an id that there isn't, before anything is exported. */
async function chooseStories(
  workbook: Workbook,
  name: TrackerName,
  named: readonly string[] | null,
): Promise<string[]> {
  if (named !== null) for (const id of named) await checkStory(workbook, id)
  const { stories } = await listStories(workbook)
  const parentOf = new Map(stories.map(({ id, frontMatter }) => [id, frontMatter.splitFrom]))
  const isWanted = ({ frontMatter }: Story) =>
    frontMatter.status !== 'dismissed' || readTicketKey(frontMatter, name) !== null
  const ids =
    named ??
    (await listStoryIds(workbook)).filter(
      id => stories.find(one => one.id === id && !isWanted(one)) === undefined,
    )
  const wanted = new Set(ids)
  const ordered = new Set<string>()
  for (const id of wanted) {
    const line: string[] = []
    for (let at: string | null = id; at !== null && !line.includes(at); at = parentOf.get(at) ?? null)
      line.push(at)
    for (const one of line.reverse()) if (wanted.has(one)) ordered.add(one)
  }
  return [...ordered]
}

/** A story that can't be read is a failure of its own, later. */
async function checkStory(workbook: Workbook, id: string): Promise<void> {
  if (!(await listStoryIds(workbook)).includes(id)) await readStory(workbook, id)
}

/** Two stories must not share a ticket because what tells them apart is hidden. */
function checkId(id: string, alike: readonly string[]): void {
  if (alike.length < 2) return
  throw new WhyslowError(
    `The stories ${alike.join(' and ')} have the same id once what may not leave is taken out, so neither can be exported.`,
    { next: [`Give the folder and the id of ${id} another name`] },
  )
}

async function findParent(
  workbook: Workbook,
  { id, frontMatter: { splitFrom } }: Story,
  name: TrackerName,
  keys: ReadonlyMap<string, string>,
): Promise<string | null> {
  if (splitFrom === null || splitFrom === id) return null
  const known = keys.get(splitFrom)
  if (known !== undefined) return known
  if (!(await listStoryIds(workbook)).includes(splitFrom)) return null
  return readTicketKey((await readStory(workbook, splitFrom)).frontMatter, name)
}

/** In a dry run the parent of this run has no ticket yet that could be linked to. */
function warnOfParent({ id, frontMatter }: Story, parent: string | null, isLater: boolean): Warning[] {
  if (parent !== null || !isLater) return []
  const message = `The ticket of ${id} would also be linked to that of ${frontMatter.splitFrom}, which has none yet: that request is not shown.`
  return [{ code: 'parent-later', message }]
}

async function saveLink(story: Story, name: TrackerName, key: string): Promise<void> {
  await updateStory(story, front =>
    readTicketKey(front, name) === key ? front : { ...front, links: { ...front.links, [name]: key } },
  )
}

function addWarnings(all: Warning[], more: readonly Warning[]): void {
  for (const warning of more) if (!all.some(({ message }) => message === warning.message)) all.push(warning)
}
