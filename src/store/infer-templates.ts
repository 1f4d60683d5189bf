/**
 * Path templates from the paths that were asked for, in all files together.
 *
 * - Digits, UUIDs and long hex digits are ids by what they look like: `:uuid` where all of a place are UUIDs, else `:id`. Numbers are
 *   ids however few they are: from one `/orders/17` nobody can tell whether a second one will come, and a route must not change its name when
 *   it does. So `/2026/` and `/page/2` are `:id`, which is what answers them: one handler each. `/v1/` is none. Where `/404` is a page of its
 *   own, a person adds that template, and it wins.
 * - `2026-10-05` and `2026-10` are `:date`.
 * - Of names, more than 100 different ones at one place are `:slug`. One of a word or two that took a fair share of its place's requests in
 *   any one file stays beside it (`/search` beside 10,000 article names).
 *
 * All of it only grows with the data, whatever comes first: more names, more kinds of id, more names that stay. So the order
 * of imports doesn't matter, and a template only ever becomes a wider one.
 */
import { absorb, insertPath, keyOf, literalsOf, newNode, type PathNode, REST } from './path-tree.js'
import { createMatcher, examplePath, LITERAL, rankOf } from './routes.js'

export interface Observed {
  /** As it was asked for, or with its ids replaced, or a template of `KnownTemplates.inferred`. */
  path: string
  count: number
  /** Any number that tells files apart, from 0. */
  file: number
  /** Its last segment is `REST`: it stands for all but the most frequent names at a place. */
  isRest?: boolean
}

/** What the workbook keeps. */
export interface KnownTemplates {
  /** People's; never changed. Nothing is inferred for what they cover. */
  routes: readonly string[]
  /** Found before; they may become wider ones. Those with a parameter of another name are people's as well. */
  inferred: readonly string[]
  /** Templates that people took out and that are not inferred again. */
  apart: readonly string[]
}

export interface Inference {
  /** All that hold now: people's, then `inferred`. */
  templates: string[]
  /** In the order in which they were known, new ones sorted behind them. */
  inferred: string[]
  /** Known template → the wider one that stands for it now. */
  merged: Map<string, string>
}

const MOST_LITERALS = 100
/** Of a place's requests in one file, and at least four times as many as a name has there on average. */
const FAIR_SHARE = 0.02
const FAIR_TIMES = 4
/** What a page of its own is called: a word or two. Today's popular article is none. */
const PAGE_NAME = /^[A-Za-z]{1,20}(?:[-_.][A-Za-z]{1,20})?$/

const OWN_NAMES = new Set([':id', ':uuid', ':date', ':slug'])

export function inferRoutes(observed: Iterable<Observed>, known: KnownTemplates): Inference {
  const isPeoples = (template: string) =>
    template.split('/').some(segment => rankOf(segment) !== LITERAL && !OWN_NAMES.has(segment))
  const peoples = [...known.routes, ...known.inferred.filter(isPeoples)]
  const own = known.inferred.filter(template => !peoples.includes(template))
  const ownSet = new Set(own)
  const matchPeoples = createMatcher(peoples)
  const root = newNode()
  for (const template of own) insertPath(root, template, 0, null)
  // The most frequent first, of whatever file: a place keeps only so many names apart.
  const ordered = [...observed].sort((a, b) => rankRest(a) - rankRest(b) || b.count - a.count)
  for (const { path, count, file, isRest } of ordered) {
    if (
      count > 0 &&
      (isRest || isPlain(path) || ownSet.has(path)) &&
      matchPeoples(examplePath(path)) === null
    )
      insertPath(root, path, file, count)
  }
  const apart = new Set(known.apart.map(placeOf))
  mergeSlugs(root, '', apart)
  const found = new Set<string>()
  collect(root, '', false, { apart, found })
  const isCovered = (template: string) => coveringTemplate(template, matchPeoples) !== null
  const merged = new Map<string, string>()
  for (const template of own) {
    const now = coveringTemplate(template, matchPeoples) ?? follow(root, template)
    if (now !== template) merged.set(template, now)
  }
  const kept = known.inferred.map(template => merged.get(template) ?? template)
  const added = [...found].filter(template => !isCovered(template)).sort()
  const inferred = [...new Set([...kept, ...added])].filter(
    template => !known.routes.includes(template) && !known.apart.includes(template),
  )
  return { templates: [...known.routes, ...inferred], inferred, merged }
}

/** Of one file, or a part of it: the templates that are known, as they are, and those that its paths show beside them. */
export function inferTemplates(
  paths: Iterable<readonly [path: string, count: number]>,
  known: readonly string[],
): string[] {
  const observed = Array.from(paths, ([path, count]) => ({ path, count, file: 0 }))
  return inferRoutes(observed, { routes: known, inferred: [], apart: [] }).templates
}

function rankRest({ isRest }: Observed): number {
  return isRest ? 1 : 0
}

/** A path that a stranger made up to look like a template, or with blanks and control characters in it, teaches nothing. */
function isPlain(path: string): boolean {
  return /^\/[^\s\x00-\x1f\x7f]*$/.test(path) && !/\/:(?!(?:id|uuid|date)(?:\/|$))/.test(path)
}

/** The people's template that stands for one of ours; a literal of ours beside their parameter stays. */
function coveringTemplate(template: string, matchPeoples: (path: string) => string | null): string | null {
  const found = matchPeoples(examplePath(template))
  const isLiteral = (segment: string | undefined) => rankOf(segment ?? '') === LITERAL
  const others = found?.split('/')
  return others && template.split('/').every((segment, i) => !isLiteral(segment) || isLiteral(others[i]))
    ? found
    : null
}

/** Where the last parameter of a template stands that was taken out: `/api/:slug` and `/api/:slug/x` → `/api/:slug`. */
function placeOf(template: string): string {
  return /^(.*\/:(?:slug|date))(?:\/|$)/.exec(template)?.[1] ?? template
}

function mergeSlugs(node: PathNode, path: string, apart: ReadonlySet<string>): void {
  const literals = literalsOf(node)
  const known = node.children.get(':slug')
  const rest = node.children.get(REST)
  node.children.delete(REST)
  if ((known || literals.length > MOST_LITERALS) && !apart.has(`${path}/:slug`)) {
    const frequent = findFrequent(node, literals)
    const slug = known ?? newNode()
    for (const [name, child] of literals) {
      if (frequent.has(name) || (known && child.listed)) continue
      node.children.delete(name)
      absorb(slug, child)
    }
    if (rest) absorb(slug, rest)
    if (slug.ends || slug.children.size > 0) node.children.set(':slug', slug)
  }
  for (const [name, child] of node.children) mergeSlugs(child, `${path}/${nameOf(name, child)}`, apart)
}

/** Names that stay beside a `:slug`: by each file for itself, so that no file can talk another's down. */
function findFrequent(node: PathNode, literals: [string, PathNode][]): Set<string> {
  const names: number[] = []
  for (const [, child] of literals)
    for (const file of child.counts.keys()) if (child.counts[file]) names[file] = (names[file] ?? 0) + 1
  const isFrequent = ({ counts }: PathNode) =>
    counts.some(
      (count, file) =>
        count >= (node.counts[file] ?? 0) * Math.max(FAIR_SHARE, FAIR_TIMES / (names[file] ?? 1)),
    )
  return new Set(
    literals.filter(([name, child]) => PAGE_NAME.test(name) && isFrequent(child)).map(([name]) => name),
  )
}

function nameOf(key: string, node: PathNode): string {
  return key === ':id' && !node.mixed ? ':uuid' : key
}

/** A path is kept when it has a parameter or stands beside a `:slug`, which would swallow it later. */
function collect(
  node: PathNode,
  path: string,
  keep: boolean,
  to: { apart: ReadonlySet<string>; found: Set<string> },
): void {
  const besideSlug = node.children.has(':slug')
  if (keep && path !== '' && node.ends) to.found.add(path)
  for (const [key, child] of node.children) {
    const name = `${path}/${nameOf(key, child)}`
    if (key === ':date' && to.apart.has(name)) continue
    collect(child, name, keep || besideSlug || key.startsWith(':'), to)
  }
}

/** What has become of a template. */
function follow(root: PathNode, template: string): string {
  let node: PathNode | undefined = root
  let path = ''
  for (const segment of template.split('/').slice(1)) {
    const key = keyOf(segment)
    const now: string = node?.children.has(key) ? key : ':slug'
    const child: PathNode | undefined = node?.children.get(now)
    path += `/${child ? nameOf(now, child) : segment}`
    node = child
  }
  return path
}
