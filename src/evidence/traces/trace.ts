/** The spans of one trace, and the tree below one of them. Traces come in any shape: nothing here recurses, and what is torn is said so. */

/** Times are whole nanoseconds: what of a trace is compared must not be rounded. */
export interface Span {
  id: string
  parent: string | null
  /** Names and clocks are numbers, so that millions of spans are compared fast. A clock is a service, or one instance of it. */
  name: number
  clock: number
  flags: number
  /** After any one moment, the same for the whole trace. */
  start: number
  duration: number | null
}

export const FAILED = 1
export const CLIENT = 2
export const SERVER = 4
/** Of a queue or a stream: nobody waits for it. */
export const MESSAGE = 8
/** Stands where it does relative to its parent because clocks were set right. */
export const SHIFTED = 16

export interface Trace {
  spans: Span[]
  /** Place of each one's parent; −1 where there is none, −2 where it is missing. */
  parents: Int32Array
  children: { head: Int32Array; next: Int32Array }
  /** An id names several spans, or spans are their own parents: what belongs to what can't be told. */
  isBroken: boolean
}

/** A span that was exported twice counts once. */
export function readTrace(rows: readonly Span[]): Trace {
  const places = new Map<string, number>()
  const spans: Span[] = []
  let isBroken = false
  for (const span of rows) {
    const known = places.get(span.id)
    if (known === undefined) places.set(span.id, spans.push(span) - 1)
    else if (!isSame(spans[known]!, span)) isBroken = true
  }
  const count = spans.length
  const parents = new Int32Array(count)
  const head = new Int32Array(count).fill(-1)
  const next = new Int32Array(count).fill(-1)
  for (let at = 0; at < count; at += 1) {
    const { parent } = spans[at]!
    const place = parent === null ? -1 : (places.get(parent) ?? -2)
    parents[at] = place
    if (place < 0) continue
    next[at] = head[place]!
    head[place] = at
  }
  const trace = { spans, parents, children: { head, next }, isBroken }
  return { ...trace, isBroken: isBroken || !reachesAll(trace) }
}

function isSame(one: Span, other: Span): boolean {
  return one.start === other.start && one.duration === other.duration && one.name === other.name
}

/** Whether each span hangs on one without a parent: else some are below themselves. */
function reachesAll({ parents, children }: Omit<Trace, 'isBroken'>): boolean {
  const found: number[] = []
  for (let at = 0; at < parents.length; at += 1) if (parents[at]! < 0) found.push(at)
  for (let seen = 0; seen < found.length; seen += 1) {
    for (let child = children.head[found[seen]!]!; child >= 0; child = children.next[child]!)
      found.push(child)
  }
  return found.length === parents.length
}

/** Flat arrays in the order of their depth: the root is 0, parents come before children, and children of one parent lie together. */
export interface Tree {
  size: number
  parent: Int32Array
  /** Its children are `first` to `first + count − 1`. */
  first: Int32Array
  count: Int32Array
  /** Nanoseconds after the start of its parent. */
  start: Float64Array
  duration: Float64Array
  name: Int32Array
  clock: Int32Array
  flags: Uint8Array
  /** A start may be so much later than it reads: times are cut to the microsecond, by some tracers to the millisecond. */
  grain: Float64Array
}

const MICROSECOND = 1000
const MILLISECOND = 1_000_000

/** Null where spans that may belong to it are missing or have no duration: what it waited for can't be told. */
export function growTree(trace: Trace, root: number): Tree | null {
  if (trace.isBroken) return null
  const { spans, children } = trace
  const places: number[] = [root]
  const parentOf: number[] = [-1]
  const first: number[] = []
  for (let at = 0; at < places.length; at += 1) {
    first.push(places.length)
    for (let child = children.head[places[at]!]!; child >= 0; child = children.next[child]!) {
      places.push(child)
      parentOf.push(at)
    }
  }
  if (places.some(place => spans[place]!.duration === null)) return null
  if (places.length < spans.length && missesSpans(trace, root)) return null
  const size = places.length
  const own = places.map(place => spans[place]!)
  const coarse = findCoarseClocks(own)
  const tree: Tree = {
    size,
    parent: Int32Array.from(parentOf),
    first: Int32Array.from(first),
    count: new Int32Array(size),
    start: new Float64Array(size),
    duration: Float64Array.from(own, span => span.duration!),
    name: Int32Array.from(own, span => span.name),
    clock: Int32Array.from(own, span => span.clock),
    flags: Uint8Array.from(own, span => span.flags),
    grain: Float64Array.from(own, span => (coarse.has(span.clock) ? MILLISECOND : MICROSECOND)),
  }
  for (let at = 1; at < size; at += 1) {
    const parent = parentOf[at]!
    tree.count[parent]! += 1
    tree.start[at] = own[at]!.start - own[parent]!.start
  }
  return tree
}

/** Whether a span beside the tree may be a part of it whose parent was lost. */
function missesSpans({ spans, parents }: Trace, root: number): boolean {
  const top = spans[root]!
  let above = root
  while (parents[above]! >= 0) above = parents[above]!
  return spans.some((span, at) => {
    if (parents[at]! >= 0 || at === above) return false
    // Two requests of one page, or of one job, beside each other.
    if (span.parent !== null && span.parent === top.parent) return false
    if (span.clock !== top.clock) return true
    if ((span.flags & SERVER) > 0 && (top.flags & SERVER) > 0) return false
    return span.start < top.start + (top.duration ?? 0) && span.start >= top.start
  })
}

/** Clocks that tell whole milliseconds only. */
function findCoarseClocks(spans: readonly Span[]): Set<number> {
  const coarse = new Set<number>()
  for (const { clock } of spans) coarse.add(clock)
  for (const { clock, start } of spans) if (start % MILLISECOND !== 0) coarse.delete(clock)
  return coarse
}
