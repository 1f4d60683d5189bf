import type { StackNode } from './profile.js'

/** Which calls a call path made, as two columns of numbers: a table of millions of paths has no room for lists. */
export interface Children {
  /** The first child of each path, at its index + 1; at 0 the first outermost call. -1: none. */
  first: Int32Array
  /** The next one with the same parent; -1: none. */
  next: Int32Array
}

export function linkChildren(stacks: readonly Pick<StackNode, 'parent'>[]): Children {
  const first = new Int32Array(stacks.length + 1).fill(-1)
  const next = new Int32Array(stacks.length).fill(-1)
  for (let index = stacks.length - 1; index >= 0; index -= 1) {
    const slot = stacks[index]!.parent + 1
    next[index] = first[slot]!
    first[slot] = index
  }
  return { first, next }
}

/** Of one path, in the table's order; of -1 the outermost calls. */
export function* listChildren({ first, next }: Children, parent: number): Generator<number> {
  for (let index = first[parent + 1]!; index >= 0; index = next[index]!) yield index
}

/** What each path took with all that it called. */
export function sumSubtrees(stacks: readonly StackNode[]): Float64Array {
  const total = new Float64Array(stacks.length)
  for (let index = stacks.length - 1; index >= 0; index -= 1) {
    const { parent, self } = stacks[index]!
    total[index]! += self
    if (parent >= 0) total[parent]! += total[index]!
  }
  return total
}

/** Every path once down and once up, callees inside their callers; without recursion. */
export function walkPaths(
  stacks: readonly Pick<StackNode, 'parent'>[],
  { enter, leave }: { enter: (index: number) => void; leave: (index: number) => void },
): void {
  const { first, next } = linkChildren(stacks)
  let index = first[0]!
  while (index >= 0) {
    enter(index)
    if (first[index + 1]! >= 0) {
      index = first[index + 1]!
      continue
    }
    while (index >= 0) {
      leave(index)
      if (next[index]! >= 0) break
      index = stacks[index]!.parent
    }
    if (index >= 0) index = next[index]!
  }
}
