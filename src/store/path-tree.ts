/**
 * Paths as a tree with one node a segment: what is known of each place, from which templates are inferred.
 * Bounded: of a place with very many names only the first are kept apart. They come most frequent first.
 */
import { AS_DATE, AS_ID, AS_UUID, kindOf } from './routes.js'

export interface PathNode {
  /** Requests by file. Templates that are known already have none. */
  counts: number[]
  /** Whether a path ends here. */
  ends: boolean
  /** Whether a known template runs through it. */
  listed: boolean
  /** Of a node that stands for ids: whether one of them was no UUID. */
  mixed: boolean
  /** By literal, or `:id` (also for UUIDs), `:date`, `:slug`. */
  children: Map<string, PathNode>
}

export const MOST_NAMES = 1000
/** Where further names go. */
export const REST = ':rest'

export function newNode(): PathNode {
  return { counts: [], ends: false, listed: false, mixed: false, children: new Map() }
}

/** `count` of null is a template that is known, of 0 nothing. */
export function insertPath(root: PathNode, path: string, file: number, count: number | null): void {
  let node = root
  addCount(node, file, count ?? 0)
  for (const segment of path.split('/').slice(1)) {
    const key = keyOf(segment)
    let child = node.children.get(key)
    if (!child) {
      const isFull = node.children.size >= MOST_NAMES && !key.startsWith(':') && count !== null
      child = isFull ? node.children.get(REST) : undefined
      if (!child) {
        child = newNode()
        node.children.set(isFull ? REST : key, child)
      }
    }
    addCount(child, file, count ?? 0)
    child.listed ||= count === null
    child.mixed ||= key === ':id' && segment !== ':uuid' && kindOf(segment) !== AS_UUID
    node = child
  }
  node.ends = true
}

/** The child of a node that stands for a segment of a path or of a template. */
export function keyOf(segment: string): string {
  const kind = kindOf(segment)
  if (kind === AS_UUID || kind === AS_ID || segment === ':uuid') return ':id'
  return kind === AS_DATE ? ':date' : segment
}

function addCount(node: PathNode, file: number, count: number): void {
  if (count > 0) node.counts[file] = (node.counts[file] ?? 0) + count
}

export function absorb(target: PathNode, source: PathNode): void {
  for (const [file, count] of source.counts.entries()) addCount(target, file, count ?? 0)
  target.ends ||= source.ends
  target.listed ||= source.listed
  target.mixed ||= source.mixed
  for (const [name, child] of source.children) {
    const twin = target.children.get(name)
    if (twin) absorb(twin, child)
    else target.children.set(name, child)
  }
}

/** Names at a place that are no parameters. An empty one is a slash at the end. */
export function literalsOf(node: PathNode): [name: string, child: PathNode][] {
  return [...node.children].filter(([name]) => name !== '' && !name.startsWith(':'))
}
