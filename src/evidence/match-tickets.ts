/**
 * Which route a support ticket is about: by the URLs in it, else by its words. Only tickets that complain of slowness or failure count:
 * one that asks where on `/account` to change an address isn't about that page's performance.
 *
 * Words match a route when they name what stands in its path: “the monthly report takes forever” is `/reports/monthly`. A segment before
 * a parameter is named in the singular (“a product page” is `/products/:id`, “the products list” is `/products`). Words are a guess, and
 * marked so; a person can correct them in the story.
 */
import type { Store } from '../store/open-store.js'
import { createMatcher, normalisePath } from '../store/routes.js'

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
  /\b(?:slow(?:er|ly|ness)?|sluggish|lag(?:s|gy|ging)?|forever|hangs?|hanging|freez\w*|frozen|stuck|spinn\w*|load(?:s|ing)?|time-?d?[ -]?outs?|timing out|wait(?:s|ed|ing)?|minutes?|seconds?|ages|unresponsive|crawl\w*|perform\w*|stall(?:s|ed|ing)?|never (?:finish|load|open|end)\w*)\b/i
const BROKEN =
  /\b(?:50[0234]|fail(?:s|ed|ing|ure)?|errors?|crash\w*|broken|unusable|unreliable|(?:(?:doesn|don|didn|won|can)['’]?t|(?:does|do|did) not|cannot|can not) (?:work|open|load|download)\w*)\b/i

/** How a list is called: it is the path without the parameter. */
const LIST = /\b(?:lists?|overview)\b/i

export async function readTickets(store: Store): Promise<Ticket[]> {
  return store.all<Ticket>(
    `SELECT id, strftime(created_at, '%Y-%m-%dT%H:%M:%SZ') AS created_at, status, subject, description, requester, account, support_minutes
     FROM tickets ORDER BY created_at, id`,
  )
}

/** At most one route a ticket. Tickets that complain of nothing, or name no route, are left out. */
export function matchTickets(
  tickets: Ticket[],
  routes: RouteName[],
  templates: readonly string[],
): TicketMatch[] {
  const find = createRouteFinder(routes, templates)
  return tickets.flatMap((ticket): TicketMatch[] => {
    const text = textOf(ticket)
    const found = SLOW.test(text) || BROKEN.test(text) ? find(text) : null
    return found === null ? [] : [{ ticket, ...found }]
  })
}

export function textOf({ subject, description }: Ticket): string {
  return `${subject ?? ''}\n${description ?? ''}`
}

export interface FoundRoute {
  route: string
  by: 'url' | 'words'
}

/** Finds the route that a text names, whatever it says of it. */
export function createRouteFinder(
  routes: RouteName[],
  templates: readonly string[],
): (text: string) => FoundRoute | null {
  const byPath = groupByPath(routes)
  const match = createMatcher([...byPath.keys(), ...templates])
  const names = [...byPath.keys()]
    .map(path => ({ path, words: nameWords(path) }))
    .filter(name => name.words.length > 0)
  return text => {
    const path = findUrlPath(text, match, byPath)
    if (path !== null) return { route: byPath.get(path)!, by: 'url' }
    const named = findNamedPath(text, names)
    return named === null ? null : { route: byPath.get(named)!, by: 'words' }
  }
}

/** Path template → the route that most requests of it take: people speak of pages, not of methods. */
function groupByPath(routes: RouteName[]): Map<string, string> {
  const best = new Map<string, RouteName>()
  for (const route of routes) {
    const path = pathOfRoute(route.route)
    const known = best.get(path)
    if (path.startsWith('/') && (!known || known.requests < route.requests)) best.set(path, route)
  }
  return new Map([...best].map(([path, route]) => [path, route.route]))
}

/** `GET /orders/:id` → `/orders/:id`. */
export function pathOfRoute(route: string): string {
  return route.slice(route.indexOf(' ') + 1)
}

/** With a scheme, with a host alone (`shop.example.com/orders`), or a path by itself. Everything is bounded: strangers write tickets. */
const URL_PATH =
  /(?:https?:\/\/[^\s/]{1,255}|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}\.[a-z]{2,24}(?::\d{1,5})?|(?<=^|[\s("'`“<]))(\/[\w%.~:@!$&*+,;=/-]{0,500})/gim

function findUrlPath(
  text: string,
  match: (path: string) => string | null,
  byPath: Map<string, string>,
): string | null {
  for (const [, path = ''] of text.matchAll(URL_PATH)) {
    const clean = path.replace(/[.,;:!]{1,3}$/, '').replace(/(?<=.)\/$/, '')
    if (clean === '' || clean === '/') continue
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
    const words = segment
      .toLowerCase()
      .split(/[-_.]+/)
      .filter(word => word.length > 2)
    return segments[i + 1]?.startsWith(':') ? words.map(singular) : words
  })
}

function findNamedPath(text: string, names: Name[]): string | null {
  const words = new Set(text.toLowerCase().match(/[a-z0-9]+/g) ?? [])
  const stems = new Set([...words].map(singular))
  const isList = LIST.test(text)
  let best: { path: string; score: number } | null = null
  for (const { path, words: wanted } of names) {
    if (!wanted.every(word => stems.has(singular(word)))) continue
    const exact = wanted.filter(word => words.has(word)).length
    const score = wanted.length * 10 + exact + (isList && !path.includes(':') ? 5 : 0)
    if (!best || score > best.score || (score === best.score && path.length < best.path.length))
      best = { path, score }
  }
  return best?.path ?? null
}

export function singular(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:s|x|ch|sh)es$/.test(word)) return word.slice(0, -2)
  return word.endsWith('s') && !word.endsWith('ss') && word.length > 3 ? word.slice(0, -1) : word
}
