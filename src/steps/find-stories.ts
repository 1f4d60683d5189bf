/** What support asks: do we know about this, how many have it, where can it be followed? */
import { matchTickets, type Ticket } from '../evidence/match-tickets.js'
import { listStories } from '../stories/read-story.js'
import type { StoryAnswer, StoryFrontMatter } from '../stories/schema.js'
import type { Store } from '../store/open-store.js'
import { sqlText } from '../store/engine.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'

export interface FoundStory {
  id: string
  title: string
  status: string
  route: string | null
  /** Why it was found: the URL, the words, the customer. */
  because: string
  customers: StoryAnswer
  tickets: number
  follow: string
  score: number
}

export interface FoundStories {
  stories: FoundStory[]
  /** Set when the words are a known account. */
  customer: { id: string; name: string | null } | null
}

export async function findStories(workbook: Workbook, store: Store, words: string): Promise<FoundStories> {
  const { stories } = await listStories(workbook)
  const all = stories.map(story => story.frontMatter)
  const customer = await findCustomer(store, words)
  const hit = customer ? await routesOfCustomer(store, customer.id) : new Map<string, number>()
  const routes = all.flatMap(story => (story.route ? [{ route: story.route, requests: 1 }] : []))
  const named = matchTickets([asTicket(words)], routes, await readRoutes(workbook))[0]
  const found = all.flatMap(story => {
    const because = explainMatch(story, words, named ? { route: named.route, by: named.by } : null, hit)
    return because === null ? [] : [describe(story, because.text, because.score)]
  })
  return { stories: found.sort((a, b) => b.score - a.score || a.id.localeCompare(b.id)), customer }
}

function explainMatch(
  story: StoryFrontMatter,
  words: string,
  named: { route: string; by: string } | null,
  hit: Map<string, number>,
): { text: string; score: number } | null {
  if (named && story.route === named.route) {
    return named.by === 'url' ? { text: 'the URL is of its route', score: 100 } : { text: 'the words name its route', score: 80 }
  }
  const slow = story.route === null ? undefined : hit.get(story.route)
  if (slow) return { text: `this customer had ${slow} such requests`, score: 90 }
  const text = [story.id, story.title, story.route, ...story.notes.map(note => note.text), ...story.tickets.matched].join(' ').toLowerCase()
  const wanted = words.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []
  const matched = wanted.filter(word => text.includes(word))
  return matched.length > 0 ? { text: `it speaks of “${matched.join('”, “')}”`, score: (50 * matched.length) / wanted.length } : null
}

function describe(story: StoryFrontMatter, because: string, score: number): FoundStory {
  const { jira, github } = story.links
  return {
    id: story.id,
    title: story.title,
    status: story.status,
    route: story.route,
    because,
    customers: story.questions.customers,
    tickets: story.tickets.matched.length,
    follow: jira ?? github ?? `stories/${story.id}/story.md`,
    score,
  }
}

async function findCustomer(store: Store, words: string): Promise<FoundStories['customer']> {
  const text = sqlText(words.trim().toLowerCase())
  const rows = await store.all<{ id: string; name: string | null }>(
    `SELECT id, name FROM accounts WHERE lower(id) = ${text} OR lower(name) = ${text} LIMIT 1`,
  )
  if (rows[0]) return rows[0]
  const seen = await store.all<{ id: string; name: string | null }>(
    `SELECT account AS id, NULL::VARCHAR AS name FROM requests WHERE lower(account) = ${text} LIMIT 1`,
  )
  return seen[0] ?? null
}

/** Route → how many requests of this customer were slow (over a second) or failed. */
async function routesOfCustomer(store: Store, id: string): Promise<Map<string, number>> {
  const rows = await store.all<{ route: string; slow: number }>(
    `SELECT route, count(*) AS slow FROM requests
     WHERE account = ${sqlText(id)} AND route IS NOT NULL AND (outcome IN ('server_error', 'timeout') OR duration_ms >= 1000)
     GROUP BY route`,
  )
  return new Map(rows.map(row => [row.route, row.slow]))
}

/** The question as if it were a ticket that complains, so that words are matched as in triage. */
function asTicket(words: string): Ticket {
  return {
    id: '',
    created_at: '',
    status: null,
    subject: `${words} slow`,
    description: null,
    requester: null,
    account: null,
    support_minutes: null,
  }
}
