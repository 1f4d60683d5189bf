/** A one-off report becomes a story: by hand, or from a support ticket. What the data knows of its route is filled in. */
import { WhyslowError } from '../errors.js'
import {
  createRouteFinder,
  pathOfRoute,
  readTickets,
  type Ticket,
  textOf,
} from '../evidence/match-tickets.js'
import type { Store } from '../store/open-store.js'
import { createMatcher, normalisePath } from '../store/routes.js'
import { routeWhere, type Slice } from '../store/slice.js'
import { correctTickets } from '../stories/edit-story.js'
import { proposeStory } from '../stories/propose-story.js'
import type { Story } from '../stories/read-story.js'
import type { StoryAnswer, StoryFrontMatter } from '../stories/schema.js'
import { isoSeconds } from '../stories/timeboxes.js'
import { createStory, type NewStory, updateStory } from '../stories/write-story.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { countRoutes, matchAllTickets } from './match-all-tickets.js'
import { measureIssue } from './measure-issue.js'
import { joinCheckedWheres } from './resolve-subject.js'
import { readAllStories } from './triage.js'

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
  /** False when a story about the same requests was there already: the report is noted in it. */
  isNew: boolean
}

export async function reportStory(
  workbook: Workbook,
  store: Store,
  slice: Slice,
  report: Report,
  now: Date,
): Promise<Reported> {
  const ticket = report.ticket === undefined ? null : await findTicket(store, report.ticket)
  const route = await findRoute(workbook, store, report.about, ticket)
  const where = await joinCheckedWheres(store, [
    route === null ? null : routeWhere(route),
    report.where ?? null,
  ])
  const stories = await readAllStories(workbook)
  const known = where === null ? undefined : stories.find(story => story.frontMatter.identity === where)
  if (known) {
    const story = await updateStory(known, frontMatter => noteReport(frontMatter, report, ticket, now))
    return { story, isNew: false }
  }
  const title = report.title ?? ticket?.subject ?? null
  if (title === null) {
    throw new WhyslowError('A story needs a title.', {
      next: ['whyslow story new --title "Orders are slow for big customers"'],
    })
  }
  const base: NewStory =
    where !== null && route !== null
      ? await measure(workbook, store, slice, { route, where, stories }, now)
      : { title, identity: where, scope: { where, window: null } }
  return { story: await createStory(workbook, withReport(base, report, title, ticket, now)), isNew: true }
}

async function measure(
  workbook: Workbook,
  store: Store,
  slice: Slice,
  { route, where, stories }: { route: string; where: string; stories: Story[] },
  now: Date,
): Promise<NewStory> {
  const matches = await matchAllTickets(workbook, store, stories)
  const tickets = matches.filter(match => match.route === route)
  return proposeStory(await measureIssue(workbook, store, slice, { route, where, reasons: [], tickets }, now))
}

function withReport(
  base: NewStory,
  report: Report,
  title: string,
  ticket: Ticket | null,
  now: Date,
): NewStory {
  const matched = (base.tickets?.matched ?? []).map(String)
  return {
    ...base,
    title,
    status: 'reported',
    opened: isoSeconds(now),
    reasons: [
      { code: 'reported', text: ticket ? `reported in ticket ${ticket.id}` : 'reported by a person' },
    ],
    questions: { ...(base.questions ?? {}), ...answersOf(report, now) } as StoryFrontMatter['questions'],
    tickets: {
      matched: ticket ? [...new Set([...matched, ticket.id])] : matched,
      added: ticket ? [ticket.id] : [],
    },
  }
}

/** What was said is never lost: an answer that a person gave before stays, and the new one is a note. */
function noteReport(
  story: StoryFrontMatter,
  report: Report,
  ticket: Ticket | null,
  now: Date,
): StoryFrontMatter {
  const notes = [...story.notes]
  const note = (text: string) => notes.push({ at: isoSeconds(now), text })
  const questions = { ...story.questions }
  for (const [name, said] of Object.entries(answersOf(report, now)) as ['impact' | 'blocks', StoryAnswer][]) {
    const known = questions[name]
    if (known !== 'unknown' && known.source === 'person') note(`Reported again: ${report[name]}`)
    else questions[name] = said
  }
  if (report.title) note(`Reported again: ${report.title}`)
  else if (ticket && !story.tickets.matched.includes(ticket.id)) note(`Reported again in ticket ${ticket.id}`)
  return { ...correctTickets(story, ticket ? [ticket.id] : [], []), questions, notes }
}

function answersOf({ impact, blocks }: Report, now: Date): Partial<Record<'impact' | 'blocks', StoryAnswer>> {
  const said = (value: string): StoryAnswer => ({
    value,
    unit: null,
    source: 'person',
    evidence: [],
    at: isoSeconds(now),
  })
  return { ...(impact ? { impact: said(impact) } : {}), ...(blocks ? { blocks: said(blocks) } : {}) }
}

async function findTicket(store: Store, id: string): Promise<Ticket> {
  const tickets = await readTickets(store)
  const ticket = tickets.find(candidate => candidate.id === id)
  if (ticket) return ticket
  throw new WhyslowError(
    tickets.length === 0
      ? `There is no ticket “${id}”: none were imported yet.`
      : `There is no ticket “${id}” among the ${tickets.length} imported ones.`,
    { next: ['whyslow import tickets.csv'] },
  )
}

async function findRoute(
  workbook: Workbook,
  store: Store,
  about: string | undefined,
  ticket: Ticket | null,
): Promise<string | null> {
  const routes = await countRoutes(store)
  const templates = await readRoutes(workbook)
  if (about === undefined) {
    return ticket === null ? null : (createRouteFinder(routes, templates)(textOf(ticket))?.route ?? null)
  }
  if (routes.some(row => row.route === about)) return about
  const [, method = null] = /^([A-Za-z]+) /.exec(about) ?? []
  const path = pathOfAddress(about.replace(/^[A-Za-z]+ /, ''))
  const paths = routes.map(row => pathOfRoute(row.route))
  const template = paths.includes(path) ? path : createMatcher([...paths, ...templates])(normalisePath(path))
  const best = routes.find(
    row =>
      pathOfRoute(row.route) === template &&
      (method === null || row.route.startsWith(`${method.toUpperCase()} `)),
  )
  if (best) return best.route
  throw new WhyslowError(`No imported request is of “${about}”.`, {
    next: ['whyslow overview lists the routes', 'Or leave out --about: a story needs no route'],
  })
}

/** `https://shop.example.com/orders?page=2`, `shop.example.com/orders`, `/orders/` → `/orders`. */
function pathOfAddress(address: string): string {
  const path = address
    .replace(/[?#].*$/, '')
    .replace(/^https?:\/\/[^/]*/, '')
    .replace(/^[^/]+(?=\/)/, '')
  return path.replace(/(?<=.)\/$/, '') || '/'
}
