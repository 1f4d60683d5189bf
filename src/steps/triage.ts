/**
 * Raw data → one story per performance issue. Run again, it refreshes what is measured, never makes a second story, and re-opens those
 * whose fix didn't last.
 */
import { findIssues, type RouteIssue } from '../evidence/find-issues.js'
import { matchTickets, readTickets, type TicketMatch } from '../evidence/match-tickets.js'
import {
  countMissingAccounts,
  describeWithoutAccount,
  type MissingAccounts,
} from '../evidence/missing-accounts.js'
import { describeSampling, nameCohort } from '../evidence/slice-warnings.js'
import type { Proposed } from '../reports/triage.js'
import type { Part } from '../reports/working.js'
import { defaultSmallest } from '../stats/verdicts.js'
import type { Store } from '../store/open-store.js'
import { routeWhere, type Slice } from '../store/slice.js'
import { type Findings, proposeStory, refreshStory } from '../stories/propose-story.js'
import { listStories, type Story } from '../stories/read-story.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import { joinWheres } from '../stories/scope.js'
import { makeStoryId } from '../stories/story-id.js'
import { askForOutcome } from '../stories/ticket-states.js'
import { createStory, type NewStory, updateStory } from '../stories/write-story.js'
import { parseDuration } from '../units.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { measureIssue } from './measure-issue.js'
import { checkStoryWhere } from './story-where.js'
import { joinProblems } from './unreadable-stories.js'
import { fileLooks, watchOutcomes } from './watch-outcomes.js'

export interface TriageResult extends Proposed {
  /** Requests that were looked at, and those of them without an account: no customer is counted for these. */
  accounts: MissingAccounts
  warnings: Warning[]
}

export interface TriageOptions {
  now: Date
  /** Find and say, but write nothing. */
  dryRun: boolean
  signal?: AbortSignal
  /** What is measured now. */
  onProgress?: (route: string, part?: Part) => void
}

/**
 * All is measured before anything is written, and re-openings are written last: one that is written is told, whatever fails. Throws on a story that can't be read:
 * it may be about one of the issues. The workbook is locked for the write of each story only, since measuring takes long.
 */
export async function triage(
  workbook: Workbook,
  store: Store,
  slice: Slice,
  options: TriageOptions,
): Promise<TriageResult> {
  const { stories, watched, looks, ...watch } = await watchOutcomes(
    workbook,
    store,
    await readAllStories(workbook),
    options,
  )
  options.onProgress?.('every route')
  const matches = await matchAllTickets(workbook, store, stories)
  const { config } = workbook
  const rules = {
    ...config.triage,
    objective: config.objective,
    smallest: config.smallest ?? defaultSmallest(config.objective),
  }
  const issues = await findIssues(store, slice, config.targets, rules, matches)
  const accounts = await countMissingAccounts(store, slice)
  const warnings = [
    ...warnOf(slice, issues),
    ...describeSampling(store),
    ...describeWithoutAccount({ ...accounts, rules: config.identify.length }),
    ...stories.flatMap(story => askForOutcome(story.frontMatter) ?? []),
    ...watch.warnings,
  ]
  const result: TriageResult = {
    stories: [],
    notProposed: [],
    reopened: looks.flatMap(({ decay }) => decay ?? []),
    watched,
    accounts,
    warnings,
  }
  const worth = issues
    .filter(issue => issue.reasons.length > 0)
    .toSorted((one, other) => notGood(other) - notGood(one))
  const measured: MeasuredIssue[] = []
  let fresh = 0
  for (const [i, issue] of worth.entries()) {
    options.signal?.throwIfAborted()
    options.onProgress?.(issue.route, { index: i + 1, count: worth.length })
    const where = joinWheres([routeWhere(issue.route), slice.where])!
    const known = findByIdentity(stories, where)
    const skipped = known ? explainSettled(known) : explainLimit(fresh, config.triage.limit, issue)
    if (skipped !== null) {
      result.notProposed.push({ route: issue.route, reason: skipped })
      continue
    }
    const findings = await measureKnown(workbook, store, slice, { issue, where, known, matches }, options.now)
    measured.push({ where, known, findings, proposed: proposeStory(findings) })
    if (known === undefined) fresh += 1
  }
  options.signal?.throwIfAborted()
  const ids = new Set(stories.map(story => story.id))
  for (const one of measured) {
    const look = looks.find(({ story, decay }) => decay !== null && story.id === one.known?.id)
    if (look !== undefined) {
      const { change } = look
      look.change = frontMatter => refreshOpen(change(frontMatter), one.findings)
    }
    const isWrittenNow = !options.dryRun && look === undefined
    const filed = isWrittenNow ? await fileIssue(workbook, one) : foretell(one, ids)
    ids.add(filed.id)
    result.stories.push(filed)
  }
  for (const { route, notProposed } of issues) {
    if (notProposed === null) continue
    const known = findByIdentity(stories, joinWheres([routeWhere(route), slice.where])!)
    result.notProposed.push({
      route,
      reason: known ? `${notProposed} (story ${known.id}, ${known.frontMatter.status})` : notProposed,
    })
  }
  if (!options.dryRun) {
    const { reopened, warnings: unwritten } = await fileLooks(workbook, looks)
    result.reopened = reopened
    result.warnings.push(...unwritten)
  }
  return result
}

function findByIdentity(stories: Story[], where: string): Story | undefined {
  return stories.find(story => story.frontMatter.identity === where)
}

/** Throws all problems of the stories that can't be read. */
export async function readAllStories(workbook: Workbook): Promise<Story[]> {
  const { stories, problems } = await listStories(workbook)
  if (problems.length > 0) throw joinProblems(problems)
  return stories
}

interface IssueOfStory {
  issue: RouteIssue
  where: string
  known: Story | undefined
  matches: TicketMatch[]
}

async function measureKnown(
  workbook: Workbook,
  store: Store,
  slice: Slice,
  { issue, where, known, matches }: IssueOfStory,
  now: Date,
): Promise<Findings> {
  const under = known?.frontMatter.under
  const imported = new Set(matches.map(match => match.ticket.id))
  return measureIssue(
    workbook,
    store,
    slice,
    {
      route: issue.route,
      where: known ? ((await checkStoryWhere(store, known)) ?? where) : where,
      reasons: issue.reasons,
      tickets: matches.filter(match => match.route === issue.route),
      unknownTickets: known ? listUnknown(known, imported) : [],
      ...(under ? { under_ms: parseDuration(under) } : {}),
    },
    now,
  )
}

interface MeasuredIssue extends Pick<IssueOfStory, 'where' | 'known'> {
  findings: Findings
  proposed: NewStory
}

function foretell(
  { known, findings, proposed }: MeasuredIssue,
  ids: Set<string>,
): TriageResult['stories'][number] {
  const { id, title, status } = known?.frontMatter ?? {
    id: makeStoryId(findings.route, ids),
    title: proposed.title,
    status: 'framed',
  }
  return { id, title, status, new: !known, reasons: findings.reasons }
}

async function fileIssue(workbook: Workbook, issue: MeasuredIssue): Promise<TriageResult['stories'][number]> {
  const { story, isNew } = await withWorkbookLock(workbook, () => writeStory(workbook, issue))
  const { id, title, status } = story.frontMatter
  return { id, title, status, new: isNew, reasons: issue.findings.reasons }
}

/** Leaves a story alone that was dismissed or closed while its issue was measured. */
function refreshOpen(frontMatter: StoryFrontMatter, findings: Findings): StoryFrontMatter {
  return explainSettled({ frontMatter }) === null ? refreshStory(frontMatter, findings) : frontMatter
}

/** Never a second story of one issue, also where somebody made one while it was measured. Only under the lock. */
async function writeStory(
  workbook: Workbook,
  { where, known, findings, proposed }: MeasuredIssue,
): Promise<{ story: Story; isNew: boolean }> {
  if (known) {
    const story = await updateStory(known, frontMatter => refreshOpen(frontMatter, findings))
    return { story, isNew: false }
  }
  const made = findByIdentity(await readAllStories(workbook), where)
  return made ? { story: made, isNew: false } : { story: await createStory(workbook, proposed), isNew: true }
}

function listUnknown({ frontMatter: { tickets } }: Story, imported: Set<string>): string[] {
  const named = new Set([...tickets.matched, ...tickets.added])
  return [...named].filter(id => !imported.has(id) && !tickets.excluded.includes(id))
}

/** Tickets per route. What a person put into a story, or took out of it, wins over the guess. */
export async function matchAllTickets(
  workbook: Workbook,
  store: Store,
  stories: Story[],
): Promise<TicketMatch[]> {
  const tickets = await readTickets(store)
  if (tickets.length === 0) return []
  const guessed = matchTickets(tickets, await countRoutes(store), await readRoutes(workbook))
  const matches = new Map(guessed.map(match => [match.ticket.id, match]))
  const ticketOf = new Map(tickets.map(ticket => [ticket.id, ticket]))
  for (const { frontMatter } of stories) {
    const { route, tickets: own } = frontMatter
    for (const id of own.excluded) if (matches.get(id)?.route === route) matches.delete(id)
  }
  const guessedRoute = new Map(guessed.map(match => [match.ticket.id, match.route]))
  for (const { frontMatter } of stories) {
    const { route, tickets: own } = frontMatter
    for (const id of own.added) {
      const ticket = ticketOf.get(id)
      if (route !== null && ticket && guessedRoute.get(id) !== route)
        matches.set(id, { ticket, route, by: 'person' })
    }
  }
  return [...matches.values()]
}

/** All routes with their number of requests. */
export async function countRoutes(store: Store): Promise<{ route: string; requests: number }[]> {
  return store.all(
    'SELECT route, sum(weight) AS requests FROM requests WHERE route IS NOT NULL GROUP BY route ORDER BY requests DESC, route',
  )
}

function explainSettled({ frontMatter: { id, status } }: Pick<Story, 'frontMatter'>): string | null {
  if (status === 'dismissed') return `dismissed before (story ${id})`
  if (status === 'closed')
    return `closed as story ${id}; if it is back: whyslow story set ${id} status=reported`
  return null
}

function explainLimit(fresh: number, limit: number, issue: RouteIssue): string | null {
  return fresh < limit
    ? null
    : `more than ${limit} new stories at a time (triage.limit): ${issue.reasons[0]!.text}`
}

function notGood(issue: RouteIssue): number {
  return issue.requests * (1 - (issue.underShare ?? 1))
}

function warnOf(slice: Slice, issues: RouteIssue[]): Warning[] {
  const none: Warning = {
    code: 'no-requests',
    message: 'There are no requests to look at.',
    next: 'whyslow import access.log',
  }
  return issues.length === 0 ? [...nameCohort(slice), none] : nameCohort(slice)
}
