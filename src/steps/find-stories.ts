/** What support asks: do we know about this, how many have it, where can it be followed? */
import { WhyslowError } from '../errors.js'
import { isBadSql } from '../evidence/good.js'
import { createRouteFinder, type FoundRoute, pathOfRoute, singular } from '../evidence/match-tickets.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { EVERYTHING, slicePredicate } from '../store/slice.js'
import { listStories, type Story } from '../stories/read-story.js'
import type { StoryAnswer, StoryFrontMatter } from '../stories/schema.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { countRoutes } from './match-all-tickets.js'
import { targetOfStory } from './story-target.js'
import { checkStoryWhere } from './story-where.js'
import { describeUnreadable } from './unreadable-stories.js'

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
  /** What a URL in the words is of, whether a story is about it or not; null without one. */
  route: string | null
  /** Whether stories couldn't be read, so that one of them may be about it. */
  isComplete: boolean
  warnings: Warning[]
}

interface Match {
  text: string
  score: number
}

export async function findStories(workbook: Workbook, store: Store, words: string): Promise<FoundStories> {
  const { stories, problems } = await listStories(workbook)
  const customer = await findCustomer(store, words)
  const templates = await readRoutes(workbook)
  const told = stories.flatMap(({ frontMatter: { route } }) => (route ? [{ route, requests: 1 }] : []))
  // A URL is of the route that it is of: among all, so that a healthy one isn't taken for its neighbour.
  const all = [...(await countRoutes(store)), ...told]
  const byUrl = findUrl(words, all, templates)
  const named = byUrl ?? (IS_URL.test(words) ? null : createRouteFinder(told, templates)(words))
  const found: FoundStory[] = []
  for (const story of stories) {
    try {
      const because =
        explainRoute(story.frontMatter, named) ??
        (customer && (await explainCustomer(workbook, store, story, customer.id))) ??
        (byUrl || IS_URL.test(words) ? null : explainWords(story.frontMatter, words))
      if (because !== null) found.push(describe(story.frontMatter, because))
    } catch (error) {
      if (!(error instanceof WhyslowError)) throw error
      problems.push(error)
    }
  }
  found.sort((one, other) => other.score - one.score || one.id.localeCompare(other.id))
  return {
    stories: found,
    customer,
    route: byUrl?.route ?? null,
    isComplete: problems.length === 0,
    warnings: describeUnreadable(problems),
  }
}

/** A URL or a path, and nothing else. */
const IS_URL = /^\s*(?:https?:\/)?\/\S*\s*$/i
const HOME = /^\s*https?:\/\/[^\s/]+\/?\s*$/i

function findUrl(
  words: string,
  routes: { route: string; requests: number }[],
  templates: readonly string[],
): FoundRoute | null {
  if (HOME.test(words)) {
    const home = routes.find(({ route }) => pathOfRoute(route) === '/')
    return home ? { route: home.route, by: 'url' } : null
  }
  const found = createRouteFinder(routes, templates)(words)
  return found?.by === 'url' ? found : null
}

/** The path counts: support knows pages, not methods. */
function explainRoute(story: StoryFrontMatter, named: FoundRoute | null): Match | null {
  if (named === null || story.route === null || pathOfRoute(story.route) !== pathOfRoute(named.route))
    return null
  return named.by === 'url'
    ? { text: 'the URL is of its route', score: 100 }
    : { text: 'the words name its route', score: 80 }
}

async function explainCustomer(
  workbook: Workbook,
  store: Store,
  story: Story,
  account: string,
): Promise<Match | null> {
  const where = await checkStoryWhere(store, story)
  if (where === null) return null
  const target = targetOfStory(workbook.config, story.frontMatter)
  const slice = await slicePredicate(store, { ...EVERYTHING, where })
  const [row] = await store.all<{ bad: number }>(
    `SELECT coalesce(sum(weight), 0) AS bad FROM requests
     WHERE ${slice} AND account = ${sqlText(account)} AND ${isBadSql(`${target}`)}`,
  )
  const { bad } = row!
  return bad === 0
    ? null
    : { text: `this customer has had it ${bad === 1 ? 'once' : `${formatCount(bad)} times`}`, score: 90 }
}

/** Words that say nothing of what is slow. */
const EMPTY = new Set(
  `the and for our with from that this are was has have not but you your when its all any can get post put very again
  slow slowly slower slowness fast take takes time times long forever customer customers reported page`
    .split(/\s+/)
    .map(singular),
)

/** At least half of the words that say something must be in the story. */
function explainWords(story: StoryFrontMatter, words: string): Match | null {
  const text = [story.id, story.title, story.route, ...story.notes.map(note => note.text)].join(' ')
  const known = new Set([...wordsOf(text), ...story.tickets.matched])
  const wanted = [...new Set(wordsOf(words))]
  const matched = wanted.filter(word => known.has(word))
  return matched.length === 0 || matched.length < wanted.length / 2
    ? null
    : { text: `it speaks of “${matched.join('”, “')}”`, score: (50 * matched.length) / wanted.length }
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []
  return words.map(singular).filter(word => !EMPTY.has(word))
}

function describe(story: StoryFrontMatter, { text, score }: Match): FoundStory {
  const { jira, github } = story.links
  return {
    id: story.id,
    title: story.title,
    status: story.status,
    route: story.route,
    because: text,
    customers: story.questions.customers,
    tickets: story.tickets.matched.length,
    follow: jira ?? github ?? `stories/${story.id}/story.md`,
    score,
  }
}

/** By id or name in any case; else by the beginning of a word in the name, when only one has it. */
async function findCustomer(store: Store, words: string): Promise<FoundStories['customer']> {
  const text = sqlText(words.trim().toLowerCase())
  const rows = await store.all<{ id: string; name: string | null }>(
    `SELECT id, name FROM accounts WHERE lower(id) = ${text} OR lower(name) = ${text} ORDER BY id LIMIT 1`,
  )
  if (rows[0]) return rows[0]
  const seen = await store.all<{ id: string; name: string | null }>(
    `SELECT account AS id, NULL::VARCHAR AS name FROM requests WHERE lower(account) = ${text} LIMIT 1`,
  )
  return seen[0] ?? (await findByPart(store, words))
}

const SHORTEST_PART = 3

async function findByPart(store: Store, words: string): Promise<FoundStories['customer']> {
  const part = wordsAlone(words)
  if (part.length < SHORTEST_PART) return null
  const name = `' ' || regexp_replace(lower(name), '[^\\p{L}\\p{N}]+', ' ', 'g')`
  const rows = await store.all<{ id: string; name: string | null }>(
    `SELECT id, name FROM accounts WHERE contains(${name}, ${sqlText(` ${part}`)}) ORDER BY id LIMIT 2`,
  )
  return rows.length === 1 ? rows[0]! : null
}

function wordsAlone(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
