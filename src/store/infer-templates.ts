/**
 * Path templates from the paths that were asked for. Ids are told by what they look like; then segments of which one place has
 * very many become `:slug`. A literal that takes a fair share of its place's requests stays (`/search` beside 10,000 article names).
 */
import { createMatcher, normalisePath } from './routes.js'

interface Node {
  count: number
  children: Map<string, Node>
}

const MOST_LITERALS = 40
/** A literal with at least this share of its place's requests stays beside a `:slug`. */
const FAIR_SHARE = 0.01

/**
 * Templates that have a parameter, and the literals that stay beside a `:slug`, sorted.
 * `known` templates are kept as they are: people may have edited them.
 */
export function inferTemplates(
  paths: Iterable<readonly [path: string, count: number]>,
  known: readonly string[],
): string[] {
  const root: Node = { count: 0, children: new Map() }
  const matchKnown = createMatcher(known)
  for (const [path, count] of paths) {
    if (isPlain(path) && matchKnown(path) === null)
      insert(root, normalisePath(path).split('/').slice(1), count)
  }
  mergeSlugs(root)
  const templates = new Set(known)
  collect(root, '', false, templates)
  return [...templates].sort()
}

/** A path that a stranger made up to look like a template, or with blanks and control characters in it, teaches nothing. */
function isPlain(path: string): boolean {
  return /^\/[^\s\x00-\x1f\x7f]*$/.test(path) && !/\/:(?!id(?:\/|$))/.test(path)
}

function insert(root: Node, segments: string[], count: number): void {
  let node = root
  node.count += count
  for (const segment of segments) {
    let child = node.children.get(segment)
    if (!child) {
      child = { count: 0, children: new Map() }
      node.children.set(segment, child)
    }
    child.count += count
    node = child
  }
}

function mergeSlugs(node: Node): void {
  const literals = [...node.children].filter(([name]) => !name.startsWith(':') && name !== '')
  const rare = literals.filter(([, child]) => child.count < node.count * FAIR_SHARE)
  if (literals.length > MOST_LITERALS && rare.length > MOST_LITERALS / 2) {
    const merged: Node = { count: 0, children: new Map() }
    for (const [name, child] of rare) {
      node.children.delete(name)
      absorb(merged, child)
    }
    node.children.set(':slug', merged)
  }
  for (const child of node.children.values()) mergeSlugs(child)
}

function absorb(target: Node, source: Node): void {
  target.count += source.count
  for (const [name, child] of source.children) {
    const twin = target.children.get(name)
    if (twin) absorb(twin, child)
    else target.children.set(name, child)
  }
}

/** A path is kept when it has a parameter or stands beside a `:slug`, which would swallow it later. */
function collect(node: Node, path: string, keep: boolean, templates: Set<string>): void {
  const besideSlug = node.children.has(':slug')
  const passed = [...node.children.values()].reduce((sum, child) => sum + child.count, 0)
  if (keep && path !== '' && node.count > passed) templates.add(path)
  for (const [name, child] of node.children) {
    collect(child, `${path}/${name}`, keep || besideSlug || name.startsWith(':'), templates)
  }
}
