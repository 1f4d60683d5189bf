/**
 * Raw data → one story per performance issue. Run again, it refreshes what is measured, never makes a second story, and re-opens those
 * whose fix didn't last.
 */
import { findIssues, type RouteIssue } from '../evidence/find-issues.js'
import type { TicketMatch } from '../evidence/match-tickets.js'
import {
  countMissingAccounts,
  describeWithoutAccount,
  type MissingAccounts,
} from '../evidence/missing-accounts.js'
import { describeSampling, nameCohort, warnNoRequests } from '../evidence/slice-warnings.js'
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
import type { Workbook } from '../workbook/workbook.js'
import { matchAllTickets } from './match-all-tickets.js'
import { measureIssue } from './measure-issue.js'
import { checkStoryWhere } from './story-where.js'
import { joinProblems } from './unreadable-stories.js'
import { fileLooks, type Look, watchOutcomes } from './watch-outcomes.js'

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
    ...nameCohort(slice),
    ...(issues.length === 0 ? [warnNoRequests(store)] : []),
    ...describeSampling(store),
    ...describeWithoutAccount({ ...accounts, rules: config.identify.length }),
    ...stories.flatMap(story => askForOutcome(story.frontMatter) ?? []),
    ...watch.warnings,
  ]
  const { measured, notProposed } = await measureIssues(workbook, store, slice, {
    issues,
    stories,
    matches,
    ...options,
  })
  options.signal?.throwIfAborted()
  const result: TriageResult = {
    stories: [],
    notProposed,
    reopened: looks.flatMap(({ decay }) => decay ?? []),
    watched,
    accounts,
    warnings,
  }
  const ids = new Set(stories.map(story => story.id))
  const isReopened = ({ known }: MeasuredIssue) =>
    looks.some(({ story, decay }) => decay !== null && story.id === known?.id)
  for (const one of measured) {
    const filed = options.dryRun || isReopened(one) ? foretell(one, ids) : await fileIssue(workbook, one)
    ids.add(filed.id)
    result.stories.push(filed)
  }
  if (!options.dryRun) {
    const filed = await fileLooks(
      workbook,
      looks.map(look => refreshReopened(look, measured)),
    )
    result.reopened = filed.reopened
    result.warnings.push(...filed.warnings)
    // As they are now: what could not be written is what it was.
    const statuses = new Map(filed.stories.map(({ id, frontMatter }) => [id, frontMatter.status]))
    result.stories = result.stories.map(one => ({ ...one, status: statuses.get(one.id) ?? one.status }))
  }
  return result
}

interface IssuesToMeasure extends TriageOptions {
  issues: readonly RouteIssue[]
  stories: Story[]
  matches: TicketMatch[]
}

/** Those that are worth a story, most requests that were not good first, and why the others become none. */
async function measureIssues(
  workbook: Workbook,
  store: Store,
  slice: Slice,
  { issues, stories, matches, now, signal, onProgress }: IssuesToMeasure,
): Promise<Pick<TriageResult, 'notProposed'> & { measured: MeasuredIssue[] }> {
  const whereOf = (route: string) => joinWheres([routeWhere(route), slice.where])!
  const worth = issues
    .filter(issue => issue.reasons.length > 0)
    .toSorted((one, other) => notGood(other) - notGood(one))
  const measured: MeasuredIssue[] = []
  const left: TriageResult['notProposed'] = []
  let fresh = 0
  for (const [i, issue] of worth.entries()) {
    signal?.throwIfAborted()
    onProgress?.(issue.route, { index: i + 1, count: worth.length })
    const where = whereOf(issue.route)
    const known = findByIdentity(stories, where)
    const { limit } = workbook.config.triage
    const skipped = known ? explainSettled(known) : explainLimit(fresh, limit, issue)
    if (skipped !== null) {
      left.push({ route: issue.route, ...skipped })
      continue
    }
    const findings = await measureKnown(workbook, store, slice, { issue, where, known, matches }, now)
    measured.push({ where, known, findings, proposed: proposeStory(findings) })
    if (known === undefined) fresh += 1
  }
  for (const { route, notProposed } of issues) {
    if (notProposed === null) continue
    const known = findByIdentity(stories, whereOf(route))
    left.push({
      route,
      reason: known ? `${notProposed} (story ${known.id}, ${known.frontMatter.status})` : notProposed,
      next: null,
    })
  }
  return { measured, notProposed: left }
}

/** One whose fix didn't last gets the figures of now in the same write. */
function refreshReopened(look: Look, measured: readonly MeasuredIssue[]): Look {
  const issue = measured.find(({ known }) => look.decay !== null && known?.id === look.story.id)
  if (issue === undefined) return look
  return { ...look, change: frontMatter => refreshOpen(look.change(frontMatter), issue.findings) }
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

type Skipped = Omit<TriageResult['notProposed'][number], 'route'>

function explainSettled({ frontMatter: { id, status } }: Pick<Story, 'frontMatter'>): Skipped | null {
  if (status === 'dismissed') return { reason: `dismissed before (story ${id})`, next: null }
  if (status === 'closed')
    return { reason: `closed as story ${id}`, next: `whyslow story set ${id} status=reported` }
  return null
}

function explainLimit(fresh: number, limit: number, issue: RouteIssue): Skipped | null {
  const reason = `more than ${limit} new stories at a time (triage.limit): ${issue.reasons[0]!.text}`
  return fresh < limit ? null : { reason, next: null }
}

function notGood(issue: RouteIssue): number {
  return issue.requests * (1 - (issue.underShare ?? 1))
}
