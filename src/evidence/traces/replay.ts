/**
 * A trace once more, with one thing changed. A span has work of its own, in the gaps where nothing below it runs, and waits for the calls
 * below it: each begins as long after the last that it waits for as it did, and the span ends as long after its last call as it did.
 * Without a change that gives the recorded times to the nanosecond, and work beside something longer gains nothing.
 *
 * Misleads where a span worked by itself while a call ran, and where a call waits for something that is no span beside it (a lock, a
 * queue): such waits stay as long as they were.
 */
import { type CallOrder, isAnswer, type OrderedTree, pairOf, toleranceOf } from './call-order.js'
import { FAILED } from './trace.js'

/** `name` is a span's number. Infinity times: it takes no time. */
export type NamedChange = { kind: 'span'; name: number; times: number } | { kind: 'parallel'; name: number }

/** What of one span was found on the way; times after the start of its parent, by span. */
export interface Recorded {
  /** The end that it began after. */
  after: Float64Array
  /** It waits for whatever ended last, though others say that it doesn't. */
  isClose: Uint8Array
}

/** So soon after an end that it can be no accident, nanoseconds. */
const CLOSE = 200_000
/** More labels than this below one span are treated as one. */
export const MOST_LABELS = 48

/** How long the root takes, nanoseconds. */
export function replay(
  tree: OrderedTree,
  order: CallOrder,
  change: NamedChange | null,
  recorded?: Recorded,
): number {
  const { duration, name, count } = tree
  const now = Float64Array.from(duration)
  for (let p = tree.size - 1; p >= 0; p -= 1) {
    if (change?.kind === 'span' && name[p] === change.name) now[p] = Math.round(duration[p]! / change.times)
    else if (count[p]! > 0) now[p] = replayChildren(tree, order, p, now, change, recorded)
  }
  return now[0]!
}

function replayChildren(
  tree: OrderedTree,
  order: CallOrder,
  p: number,
  now: Float64Array,
  change: NamedChange | null,
  recorded: Recorded | undefined,
): number {
  const { start, duration, name, label, flags, byStart, byEnd } = tree
  const from = tree.first[p]!
  const size = tree.count[p]!
  const tolerance = toleranceOf(tree, p)
  const ended = new EndedGroups()
  /** By place among the children: when it ends now; not a number before it has begun. */
  const ends = new Float64Array(size).fill(Number.NaN)
  let next = 0
  let waited = 0
  let waitedNow = 0
  // Of the name whose calls are made to run together.
  let firstNow = Number.NaN
  let ownWork = 0
  let last = -1
  for (let i = from; i < from + size; i += 1) {
    const child = byStart[i]!
    for (; next < size; next += 1) {
      const other = byEnd[from + next]!
      const end = start[other]! + duration[other]!
      if (end > start[child]! + tolerance || Number.isNaN(ends[other - from]!)) break
      ended.add(label[other]!, name[other]!, end, ends[other - from]!)
      if (change?.kind === 'parallel' && name[other] === change.name) last = other
    }
    const isClose = ended.find(order, label[child]!, name[child]!, start[child]!)
    if (recorded !== undefined) {
      recorded.after[child] = ended.end
      recorded.isClose[child] = isClose ? 1 : 0
    }
    let begins = ended.now + (start[child]! - ended.end)
    if (change?.kind === 'parallel' && name[child] === change.name) {
      if (Number.isNaN(firstNow)) firstNow = begins
      else if (last >= 0 && (flags[last]! & FAILED) > 0) {
        begins = ends[last - from]! + (start[child]! - start[last]! - duration[last]!)
      } else if (last >= 0) {
        ownWork += Math.max(0, start[child]! - ended.end)
        begins = firstNow + ownWork
      }
    }
    const endNow = begins + now[child]!
    ends[child - from] = endNow
    const end = awaitedEnd(tree, order, child, tolerance)
    if (end === null) continue
    // Of an answer that reads later than its caller's end, the part before that counts.
    const part = end - start[child]!
    const isCut = part < duration[child]!
    waited = Math.max(waited, end)
    waitedNow = Math.max(
      waitedNow,
      isCut ? begins + Math.round(part * (now[child]! / duration[child]!)) : endNow,
    )
  }
  return Math.max(0, waitedNow + (duration[p]! - waited))
}

/** The end of a call that its parent waits for, and at most the parent's; null for one that nobody waits for. */
export function awaitedEnd(
  tree: OrderedTree,
  order: CallOrder,
  child: number,
  tolerance: number,
): number | null {
  const end = tree.start[child]! + tree.duration[child]!
  const until = tree.duration[tree.parent[child]!]!
  if (isAnswer(tree, child) && tree.start[child]! <= until) return Math.min(end, until)
  return end > until + tolerance || order.unawaited.has(tree.label[child]!) ? null : end
}

/** The calls that have ended so far, by label: the last end of each, as it was and as it is now. */
class EndedGroups {
  readonly #labels: number[] = []
  readonly #names: number[] = []
  readonly #ends: number[] = []
  readonly #nows: number[] = []
  /** What `find` found. The parent's start is 0. */
  end = 0
  now = 0

  add(label: number, name: number, end: number, now: number): void {
    let at = this.#labels.indexOf(label)
    if (at < 0 && this.#labels.length >= MOST_LABELS) at = MOST_LABELS - 1
    if (at < 0) {
      this.#labels.push(label)
      this.#names.push(name)
      this.#ends.push(end)
      this.#nows.push(now)
      return
    }
    this.#ends[at] = Math.max(this.#ends[at]!, end)
    this.#nows[at] = Math.max(this.#nows[at]!, now)
  }

  /** Whether it waits for the last end only because it follows at once. */
  find(order: CallOrder, label: number, name: number, start: number): boolean {
    this.end = 0
    this.now = 0
    let latest = -1
    let found = 0
    for (let at = 0; at < this.#labels.length; at += 1) {
      if (latest < 0 || this.#ends[at]! > this.#ends[latest]!) latest = at
      if (this.#names[at] !== name && order.independent.has(pairOf(this.#labels[at]!, label))) continue
      found += 1
      this.end = Math.max(this.end, this.#ends[at]!)
      this.now = Math.max(this.now, this.#nows[at]!)
    }
    if (found > 0 || latest < 0 || start - this.#ends[latest]! > CLOSE) return false
    this.end = Math.max(0, this.#ends[latest]!)
    this.now = Math.max(0, this.#nows[latest]!)
    return true
  }
}
