/** How much longer each span of a trace could take before its root ends later: the critical path method's backward pass. */
import { type CallOrder, type OrderedTree, pairOf, toleranceOf } from './call-order.js'
import { awaitedEnd, MOST_LABELS, type Recorded, replay } from './replay.js'

/** Nanoseconds, by span; 0 on the critical path, Infinity where nobody waits for it. */
export function findSlack(tree: OrderedTree, order: CallOrder): Float64Array {
  const recorded = { after: new Float64Array(tree.size), isClose: new Uint8Array(tree.size) }
  replay(tree, order, null, recorded)
  const slack = new Float64Array(tree.size)
  for (let p = 0; p < tree.size; p += 1)
    if (tree.count[p]! > 0) slackOfChildren(tree, order, p, recorded, slack)
  return slack
}

function slackOfChildren(
  tree: OrderedTree,
  order: CallOrder,
  p: number,
  { after, isClose }: Recorded,
  slack: Float64Array,
): void {
  const { start, duration, label, name, byStart, byEnd } = tree
  const from = tree.first[p]!
  const size = tree.count[p]!
  const tolerance = toleranceOf(tree, p)
  const awaited = Array.from({ length: size }, (_, i) => awaitedEnd(tree, order, from + i, tolerance))
  const lastAwaited = awaited.reduce<number>((last, end) => Math.max(last, end ?? 0), 0)
  const limits = new Limits()
  for (let c = from; c < from + size; c += 1) limits.know(label[c]!, name[c]!)
  const isTold = new Uint8Array(size)
  const tell = (c: number) => {
    if (isTold[c - from] === 1) return
    isTold[c - from] = 1
    const end = awaited[c - from] ?? null
    const forParent = end === null ? Infinity : slack[p]! + lastAwaited - end
    slack[c] = Math.max(0, Math.min(forParent, limits.of(label[c]!) - start[c]! - duration[c]!))
  }
  let next = from + size - 1
  for (let i = from + size - 1; i >= from; i -= 1) {
    const child = byStart[i]!
    for (; next >= from; next -= 1) {
      const other = byEnd[next]!
      if (start[other]! + duration[other]! <= start[child]! + tolerance) break
      tell(other)
    }
    tell(child)
    limits.add(order, label[child]!, name[child]!, after[child]! + slack[child]!, isClose[child] === 1)
  }
}

/** By label, the latest end that what follows allows. Labels beyond the most that are told apart share one, and wait for all. */
class Limits {
  readonly #names = new Map<number, number>()
  readonly #latest = new Map<number, number>()
  #ofOthers = Infinity

  know(label: number, name: number): void {
    if (this.#names.size < MOST_LABELS) this.#names.set(label, name)
  }

  of(label: number): number {
    return this.#names.has(label) ? (this.#latest.get(label) ?? Infinity) : this.#ofOthers
  }

  add(order: CallOrder, label: number, name: number, limit: number, waitsForAny: boolean): void {
    this.#ofOthers = Math.min(this.#ofOthers, limit)
    for (const [earlier, its] of this.#names) {
      if (its !== name && !waitsForAny && order.independent.has(pairOf(earlier, label))) continue
      if (limit < this.of(earlier)) this.#latest.set(earlier, limit)
    }
  }
}
