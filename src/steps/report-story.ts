/** A one-off report becomes a story: by hand, or from a support ticket. What the data knows of its route is filled in. */
import { WhyslowError } from '../errors.js'
import { matchTickets, readTickets } from '../evidence/match-tickets.js'
import { proposeStory } from '../stories/propose-story.js'
import { listStories, type Story } from '../stories/read-story.js'
import type { StoryAnswer, StoryFrontMatter } from '../stories/schema.js'
import { isoSeconds } from '../stories/timeboxes.js'
import { createStory, type NewStory } from '../stories/write-story.js'
import type { Store } from '../store/open-store.js'
import { routeWhere, type Slice } from '../store/slice.js'
import { createMatcher, normalisePath } from '../store/routes.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { measureIssue } from './measure-issue.js'
import { matchAllTickets } from './triage.js'

export interface Report {
  title?: string | undefined
  /** A route (`GET /orders/:id`), a path or a URL. */
  about?: string | undefined
  where?: string | undefined
  ticket?: string | undefined
  impact?: string | undefined
  blocks?: string | undefined
}

export interface Reported {
  story: Story
  /** False when a story about the same requests was there already. */
  isNew: boolean
}

export async function reportStory(workbook: Workbook, store: Store, slice: Slice, report: Report, now: Date): Promise<Reported> {
  const ticket = report.ticket === undefined ? null : await findTicket(store, report.ticket)
  const route = await findRoute(workbook, store, report.about, ticket)
  const where = report.where ?? (route === null ? null : routeWhere(route))
  const { stories } = await listStories(workbook)
  const known = where === null ? undefined : stories.find(story => story.frontMatter.identity === where)
  if (known) return { story: known, isNew: false }
  const title = report.title ?? ticket?.subject ?? null
  if (title === null) throw new WhyslowError('A story needs a title.', { next: ['whyslow story new --title "Orders are slow for big customers"'] })
  const base: NewStory = where !== null && route !== null ? await measure(workbook, store, slice, route, where, now) : { title, identity: where, scope: { where, window: null } }
  return { story: await createStory(workbook, withReport(base, report, title, ticket, now)), isNew: true }
}

async function measure(workbook: Workbook, store: Store, slice: Slice, route: string, where: string, now: Date): Promise<NewStory> {
  const matches = await matchAllTickets(workbook, store, [])
  const tickets = matches.filter(match => match.route === route)
  return proposeStory(await measureIssue(workbook, store, slice, { route, where, reasons: [], tickets }, now))
}

function withReport(base: NewStory, report: Report, title: string, ticket: Awaited<ReturnType<typeof findTicket>> | null, now: Date): NewStory {
  const said = (value: string): StoryAnswer => ({ value, unit: null, source: 'person', evidence: [], at: isoSeconds(now) })
  const questions = {
    ...(base.questions ?? {}),
    ...(report.impact ? { impact: said(report.impact) } : {}),
    ...(report.blocks ? { blocks: said(report.blocks) } : {}),
  } as StoryFrontMatter['questions']
  const matched = [...new Set([...(base.tickets?.matched ?? []).map(String), ...(ticket ? [ticket.id] : [])])]
  const reason = ticket ? { code: 'reported', text: `reported in ticket ${ticket.id}` } : { code: 'reported', text: 'reported by a person' }
  return { ...base, title, status: 'reported', opened: isoSeconds(now), reasons: [reason], questions, tickets: { matched, excluded: [] } }
}

async function findTicket(store: Store, id: string) {
  const tickets = await readTickets(store)
  const ticket = tickets.find(candidate => candidate.id === id)
  if (ticket) return ticket
  throw new WhyslowError(`There is no ticket “${id}” among the ${tickets.length} imported ones.`, { next: ['whyslow import tickets.csv'] })
}

async function findRoute(
  workbook: Workbook,
  store: Store,
  about: string | undefined,
  ticket: Awaited<ReturnType<typeof findTicket>> | null,
): Promise<string | null> {
  const routes = await store.all<{ route: string; requests: number }>(
    'SELECT route, count(*) AS requests FROM requests WHERE route IS NOT NULL GROUP BY route',
  )
  const templates = await readRoutes(workbook)
  if (about === undefined) {
    return ticket === null ? null : (matchTickets([ticket], routes, templates)[0]?.route ?? null)
  }
  if (routes.some(row => row.route === about)) return about
  const path = about.replace(/^[A-Z]+ /, '').replace(/^https?:\/\/[^/]+/, '').replace(/[?#].*$/, '') || '/'
  const paths = routes.map(row => row.route.slice(row.route.indexOf(' ') + 1))
  const template = paths.includes(path) ? path : createMatcher([...paths, ...templates])(normalisePath(path))
  const best = routes
    .filter(row => row.route.slice(row.route.indexOf(' ') + 1) === template)
    .toSorted((a, b) => b.requests - a.requests)[0]
  if (best) return best.route
  throw new WhyslowError(`No imported request is of “${about}”.`, { next: ['whyslow overview lists the routes', 'Or leave out --about: a story needs no route'] })
}
