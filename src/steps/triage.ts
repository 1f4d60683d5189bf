/** Raw data → one story per performance issue. Run again, it refreshes what is measured and never makes a second story. */
import { findIssues, type RouteIssue } from '../evidence/find-issues.js'
import { matchTickets, readTickets, type TicketMatch } from '../evidence/match-tickets.js'
import { listStories, type Story } from '../stories/read-story.js'
import { proposeStory, refreshStory } from '../stories/propose-story.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import { createStory, updateStory } from '../stories/write-story.js'
import type { Store } from '../store/open-store.js'
import { routeWhere, type Slice } from '../store/slice.js'
import { parseDuration } from '../units.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { measureIssue } from './measure-issue.js'

export interface TriageResult {
  stories: { id: string; title: string; status: string; new: boolean; reasons: { code: string; text: string }[] }[]
  notProposed: { route: string; reason: string }[]
  warnings: Warning[]
}

export interface TriageOptions {
  now: Date
  /** Find and say, but write nothing. */
  dryRun: boolean
  signal?: AbortSignal
  onProgress?: (route: string) => void
}

export async function triage(
  workbook: Workbook,
  store: Store,
  slice: Slice,
  options: TriageOptions,
): Promise<TriageResult> {
  return withWorkbookLock(workbook, async () => {
    const { stories, problems } = await listStories(workbook)
    if (problems[0]) throw problems[0]
    const matches = await matchAllTickets(workbook, store, stories.map(story => story.frontMatter))
    const { config } = workbook
    const rules = { ...config.triage, objective: config.objective, smallest: config.smallest ?? defaultSmallest(config.objective) }
    const issues = await findIssues(store, slice, config.targets, rules, matches)
    const result: TriageResult = { stories: [], notProposed: [], warnings: describeTriage(slice, issues) }
    const worth = issues.filter(issue => issue.reasons.length > 0).toSorted((a, b) => notGood(b) - notGood(a))
    let fresh = 0
    for (const issue of worth) {
      options.signal?.throwIfAborted()
      options.onProgress?.(issue.route)
      const known = stories.find(story => story.frontMatter.identity === routeWhere(issue.route))
      if (!known && fresh >= config.triage.limit) {
        result.notProposed.push({ route: issue.route, reason: `more than ${config.triage.limit} new stories at a time (triage.limit): ${issue.reasons[0]!.text}` })
        continue
      }
      const settled = known ? explainSettled(known) : null
      if (settled) {
        result.notProposed.push({ route: issue.route, reason: settled })
        continue
      }
      if (!known) fresh += 1
      result.stories.push(await fileIssue(workbook, store, slice, issue, known, matches, options))
    }
    for (const issue of issues) {
      if (issue.notProposed !== null) result.notProposed.push({ route: issue.route, reason: issue.notProposed })
    }
    return result
  })
}

async function fileIssue(
  workbook: Workbook,
  store: Store,
  slice: Slice,
  issue: RouteIssue,
  known: Story | undefined,
  matches: TicketMatch[],
  options: TriageOptions,
): Promise<TriageResult['stories'][number]> {
  const under = known?.frontMatter.under
  const findings = await measureIssue(
    workbook,
    store,
    slice,
    {
      route: issue.route,
      where: known?.frontMatter.scope.where ?? routeWhere(issue.route),
      reasons: issue.reasons,
      tickets: matches.filter(match => match.route === issue.route),
      ...(under ? { under_ms: parseDuration(under) } : {}),
    },
    options.now,
  )
  const proposed = proposeStory(findings)
  if (options.dryRun) {
    const { id = '(new)', title = proposed.title, status = 'framed' } = known?.frontMatter ?? {}
    return { id, title, status, new: !known, reasons: issue.reasons }
  }
  const story = known
    ? await updateStory(known, frontMatter => refreshStory(frontMatter, findings))
    : await createStory(workbook, proposed)
  const { id, title, status } = story.frontMatter
  return { id, title, status, new: !known, reasons: issue.reasons }
}

/** Tickets per route. What a person put into a story, or took out of it, wins over the guess. */
export async function matchAllTickets(
  workbook: Workbook,
  store: Store,
  stories: StoryFrontMatter[],
): Promise<TicketMatch[]> {
  const tickets = await readTickets(store)
  if (tickets.length === 0) return []
  const routes = await store.all<{ route: string; requests: number }>(
    'SELECT route, count(*) AS requests FROM requests WHERE route IS NOT NULL GROUP BY route',
  )
  const byId = new Map(matchTickets(tickets, routes, await readRoutes(workbook)).map(match => [match.ticket.id, match]))
  const ticketOf = new Map(tickets.map(ticket => [ticket.id, ticket]))
  for (const { route, tickets: own } of stories) {
    if (route === null) continue
    for (const id of own.matched) {
      const ticket = ticketOf.get(id)
      if (ticket && byId.get(id)?.route !== route) byId.set(id, { ticket, route, by: 'person' })
    }
    for (const id of own.excluded) if (byId.get(id)?.route === route) byId.delete(id)
  }
  return [...byId.values()]
}

function explainSettled({ frontMatter }: Story): string | null {
  if (frontMatter.status === 'dismissed') return `dismissed before (story ${frontMatter.id})`
  if (frontMatter.status === 'closed') return `closed as story ${frontMatter.id}; if it is back: whyslow story set ${frontMatter.id} status=reported`
  return null
}

/** A percentage point, or a quarter of what the objective allows if that is less. */
export function defaultSmallest(objective: number): number {
  return Math.min(0.01, (1 - objective) / 4)
}

function notGood(issue: RouteIssue): number {
  return issue.requests * (1 - (issue.underShare ?? 1))
}

function describeTriage(slice: Slice, issues: RouteIssue[]): Warning[] {
  const warnings: Warning[] = []
  if (slice.cohort) {
    warnings.push({ code: 'cohort-applied', message: `Only the target cohort “${slice.cohort.name}” is counted: ${slice.cohort.where}`, next: '--all-traffic counts everything' })
  }
  if (issues.length === 0) {
    warnings.push({ code: 'no-requests', message: 'There are no requests to look at.', next: 'whyslow import access.log' })
  }
  return warnings
}
