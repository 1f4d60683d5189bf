/**
 * What waits for what below one span, as far as many traces tell: everything is thought to wait for what had ended before it began,
 * until traces show it beginning while the other still ran (as in The Mystery Machine, Chow et al., OSDI 2014).
 */
import { CLIENT, FAILED, SERVER, SHIFTED, type Tree } from './trace.js'

/** A tree with its children in order. */
export interface OrderedTree extends Tree {
  /** Children of each parent, where `first` says, by start and by end. */
  byStart: Int32Array
  byEnd: Int32Array
  /** The same for the same part of the program: the name, which one of that name it is, and the parent's name. */
  label: Int32Array
}

export interface CallOrder {
  /** Whether the second begins without waiting for the first: `pairOf` their labels. */
  independent: ReadonlySet<number>
  /** Labels of calls that their parents don't wait for. */
  unawaited: ReadonlySet<number>
}

export type Labels = Map<number, number>

/** Of calls of one name below one span, so many are told apart. */
const TOLD_APART = 4
/** Of one span's children so many are compared, each with each. */
const COMPARED = 60
/** Traces that contradict, at least: one may be an accident of its clocks. */
const FEWEST = 2
const LEAST_SHARE = 0.001
/** So many pairs of labels are counted at a time: names with ids in them never come again, and each would stay. */
const MOST_PAIRS = 1_000_000

export function orderChildren(tree: Tree, labels: Labels): OrderedTree {
  const { size, first, count, start, duration } = tree
  const byStart = new Int32Array(size)
  const byEnd = new Int32Array(size)
  const label = new Int32Array(size)
  for (let p = 0; p < size; p += 1) {
    const from = first[p]!
    const to = from + count[p]!
    for (let c = from; c < to; c += 1) {
      byStart[c] = c
      byEnd[c] = c
    }
    const endOf = (c: number) => start[c]! + duration[c]!
    sortRange(byStart, from, to, (a, b) => start[a]! - start[b]! || endOf(a) - endOf(b) || a - b)
    sortRange(byEnd, from, to, (a, b) => endOf(a) - endOf(b) || a - b)
    labelChildren(tree, { byStart, label }, p, labels)
  }
  return { ...tree, byStart, byEnd, label }
}

function labelChildren(
  { name, first, count }: Tree,
  { byStart, label }: Pick<OrderedTree, 'byStart' | 'label'>,
  p: number,
  labels: Labels,
): void {
  const seen = new Map<number, number>()
  for (let i = first[p]!; i < first[p]! + count[p]!; i += 1) {
    const child = byStart[i]!
    const which = seen.get(name[child]!) ?? 0
    if (which < TOLD_APART - 1) seen.set(name[child]!, which + 1)
    const key = (name[p]! * 2 ** 22 + name[child]!) * TOLD_APART + which
    let id = labels.get(key)
    if (id === undefined) {
      id = labels.size + 1
      labels.set(key, id)
    }
    label[child] = id
  }
}

function sortRange(
  list: Int32Array,
  from: number,
  to: number,
  compare: (a: number, b: number) => number,
): void {
  if (to - from > 20) {
    list.subarray(from, to).sort(compare)
    return
  }
  for (let i = from + 1; i < to; i += 1) {
    const moved = list[i]!
    let at = i
    for (; at > from && compare(list[at - 1]!, moved) > 0; at -= 1) list[at] = list[at - 1]!
    list[at] = moved
  }
}

export function pairOf(earlier: number, later: number): number {
  return earlier * 2 ** 26 + later
}

/** How far apart times of a span's children may read and yet be the same. */
export function toleranceOf({ grain, first, count }: Tree, p: number): number {
  let tolerance = grain[p]!
  for (let c = first[p]!; c < first[p]! + count[p]!; c += 1) tolerance = Math.max(tolerance, grain[c]!)
  return tolerance
}

/** The server's side of a call that was answered: its caller waited, whatever the clocks say. */
export function isAnswer({ flags, parent }: Tree, at: number): boolean {
  const above = flags[parent[at]!]!
  return (flags[at]! & SERVER) > 0 && (above & CLIENT) > 0 && (above & FAILED) === 0
}

export function learnOrder(trees: Iterable<OrderedTree>, mostPairs = MOST_PAIRS): CallOrder {
  const pairs = new Tally(mostPairs)
  const ends = new Tally(mostPairs)
  for (const tree of trees) {
    const { start, duration, flags, label } = tree
    for (let p = 0; p < tree.size; p += 1) {
      const from = tree.first[p]!
      const to = from + tree.count[p]!
      if (to === from) continue
      const tolerance = toleranceOf(tree, p)
      for (let i = from; i < Math.min(to, from + COMPARED); i += 1) {
        const later = tree.byStart[i]!
        if ((flags[p]! & FAILED) === 0 && (flags[later]! & SHIFTED) === 0 && !isAnswer(tree, later)) {
          ends.add(label[later]!, start[later]! + duration[later]! > duration[p]! + tolerance)
        }
        for (let j = from; j < i; j += 1) {
          const earlier = tree.byStart[j]!
          if (tree.name[earlier] === tree.name[later]) continue
          if (((flags[earlier]! ^ flags[later]!) & SHIFTED) > 0) continue
          const isRunning = start[earlier]! + duration[earlier]! > start[later]! + tolerance
          pairs.add(pairOf(label[earlier]!, label[later]!), isRunning)
        }
      }
    }
  }
  return { independent: pairs.contradicted(), unawaited: ends.contradicted() }
}

class Tally {
  readonly #most: number
  readonly #seen = new Map<number, number>()
  readonly #against = new Map<number, number>()

  constructor(most: number) {
    this.#most = most
  }

  add(key: number, isAgainst: boolean): void {
    this.#seen.set(key, (this.#seen.get(key) ?? 0) + 1)
    if (isAgainst) this.#against.set(key, (this.#against.get(key) ?? 0) + 1)
    if (this.#seen.size > this.#most) this.#forget()
  }

  /** Those that were seen least: what was against them is lost. */
  #forget(): void {
    for (let few = 1; this.#seen.size > this.#most / 2; few *= 2) {
      for (const [key, count] of this.#seen) {
        if (count > few) continue
        this.#seen.delete(key)
        this.#against.delete(key)
      }
    }
  }

  contradicted(): Set<number> {
    const enough = ([key, count]: [number, number]) =>
      count >= FEWEST && count >= LEAST_SHARE * this.#seen.get(key)!
    return new Set([...this.#against].filter(enough).map(([key]) => key))
  }
}
