/**
 * Which route a support ticket is about: by the URLs in it, else by its words.
 *
 * Words match a route when the ticket speaks of slowness and names what stands in the path: “the monthly report takes forever”
 * is `/reports/monthly`. A segment before a parameter is named in the singular (“a product page” is `/products/:id`, “the products list”
 * is `/products`). Words are a guess, and marked so; a person can correct them in the story.
 */
import { createMatcher, normalisePath } from '../store/routes.js'
import type { Store } from '../store/open-store.js'

export interface Ticket {
  id: string
  created_at: string
  status: string | null
  subject: string | null
  description: string | null
  requester: string | null
  account: string | null
  support_minutes: number | null
}

export interface TicketMatch {
  ticket: Ticket
  route: string
  by: 'url' | 'words' | 'person'
}

export interface RouteName {
  /** `GET /orders/:id`. */
  route: string
  requests: number
}

const SLOW =
  /\b(?:slow|slower|slowly|sluggish|lag|lags|laggy|laggin|forever|hang|hangs|hanging|freez\w*|frozen|stuck|spinn\w*|loading|load|loads|timeout\w*|time[sd]? out|timing out|wait|waits|waiting|minutes?|seconds?|ages|unresponsive|crawl\w*|perform\w*|504|never (?:finish|load|open)\w*)\b/i

export async function readTickets(store: Store): Promise<Ticket[]> {
  return store.all<Ticket>(
    `SELECT id, strftime(created_at, '%Y-%m-%dT%H:%M:%SZ') AS created_at, status, subject, description, requester, account, support_minutes
     FROM tickets ORDER BY created_at, id`,
  )
}

/** At most one route a ticket. Tickets that name none are left out. */
export function matchTickets(tickets: Ticket[], routes: RouteName[], templates: readonly string[]): TicketMatch[] {
  const byPath = groupByPath(routes)
  const match = createMatcher([...byPath.keys(), ...templates])
  const names = [...byPath.keys()].map(path => ({ path, words: nameWords(path) })).filter(name => name.words.length > 0)
  return tickets.flatMap((ticket): TicketMatch[] => {
    const text = `${ticket.subject ?? ''}\n${ticket.description ?? ''}`
    const path = findUrlPath(text, match, byPath)
    if (path !== null) return [{ ticket, route: byPath.get(path)!, by: 'url' }]
    const named = SLOW.test(text) ? findNamedPath(text, names) : null
    return named === null ? [] : [{ ticket, route: byPath.get(named)!, by: 'words' }]
  })
}

/** Path template → the route that most requests of it take: people speak of pages, not of methods. */
function groupByPath(routes: RouteName[]): Map<string, string> {
  const best = new Map<string, RouteName>()
  for (const route of routes) {
    const path = route.route.slice(route.route.indexOf(' ') + 1)
    const known = best.get(path)
    if (path.startsWith('/') && (!known || known.requests < route.requests)) best.set(path, route)
  }
  return new Map([...best].map(([path, route]) => [path, route.route]))
}

function findUrlPath(
  text: string,
  match: (path: string) => string | null,
  byPath: Map<string, string>,
): string | null {
  for (const [, path = ''] of text.matchAll(/(?:https?:\/\/[^\s/]+|(?<=^|[\s("'`]))(\/[\w%.~:@!$&*+,;=/-]*)/gm)) {
    const clean = path.replace(/[.,;:!)]+$/, '') || '/'
    if (clean === '/') continue
    const template = match(normalisePath(clean))
    if (template !== null && byPath.has(template)) return template
  }
  return null
}

interface Name {
  path: string
  words: string[]
}

function nameWords(path: string): string[] {
  const segments = path.split('/').filter(Boolean)
  return segments.flatMap((segment, i) => {
    if (segment.startsWith(':') || /^v\d+$|^api$/.test(segment)) return []
    const words = segment.toLowerCase().split(/[-_.]+/).filter(word => word.length > 2)
    return segments[i + 1]?.startsWith(':') ? words.map(singular) : words
  })
}

function findNamedPath(text: string, names: Name[]): string | null {
  const words = new Set(text.toLowerCase().match(/[a-z0-9]+/g) ?? [])
  const stems = new Set([...words].map(singular))
  let best: { path: string; score: number } | null = null
  for (const { path, words: wanted } of names) {
    if (!wanted.every(word => stems.has(singular(word)))) continue
    const exact = wanted.filter(word => words.has(word)).length
    const score = wanted.length * 10 + exact
    if (!best || score > best.score || (score === best.score && path.length < best.path.length)) best = { path, score }
  }
  return best?.path ?? null
}

function singular(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:s|x|ch|sh)es$/.test(word)) return word.slice(0, -2)
  return word.endsWith('s') && !word.endsWith('ss') && word.length > 3 ? word.slice(0, -1) : word
}
