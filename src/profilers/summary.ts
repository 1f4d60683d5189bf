/** What a profile says at a glance: hottest functions, groups, the path on which most of it was spent. */
import { linkChildren, listChildren, sumSubtrees } from './children.js'
import { type FlameGraph, layoutFlame } from './flame.js'
import { groupOfFrame } from './groups.js'
import { type HotFunction, hottestFunctions } from './hottest.js'
import { mergeProfiles } from './merge-profiles.js'
import type { Frame, Profile, ProfileUnit } from './profile.js'
import { withoutIdle } from './without-idle.js'

/** Of a terminal of 400 columns, half of one. */
const NARROWEST = 1 / 800

/** All amounts are in the profile's unit; shares are of what was active, 0 to 1. */
export interface ProfileSummary {
  unit: ProfileUnit
  idle: number
  active: number
  /** Samples that weren't idle; null where they can't be told, as in a file that holds only times. */
  activeSamples: number | null
  /** By `self`, most first. */
  functions: FunctionShare[]
  /** By `self`, most first. */
  groups: { group: string; self: number; share: number }[]
  /** From the outermost call down: at each step into the heaviest callee, to the call that itself takes more than any of its callees. */
  heaviestPath: FunctionShare[]
  /** For a terminal: what is narrower than any column is left out. */
  flame: FlameGraph
}

export interface FunctionShare extends HotFunction {
  /** Of `self`; in the heaviest path, of `total`. */
  share: number
  /** Of code that has no file of its own (a built-in): the function with a file that most of it was called from. */
  calledFrom: { function: string; file: string; line: number | null } | null
}

export function summariseProfile(profile: Profile): ProfileSummary {
  const merged = mergeProfiles([profile])
  const { hottest, idle, active } = hottestFunctions(merged, { limit: Infinity })
  const shareOf = (amount: number): number => (active === 0 ? 0 : amount / active)
  const callers = findCallers(merged)
  const functions = hottest.map(one => ({
    ...one,
    share: shareOf(one.self),
    calledFrom: one.file === null ? (callers.get(one.function) ?? null) : null,
  }))
  return {
    unit: merged.unit,
    idle,
    active,
    activeSamples: countActive(merged),
    functions,
    groups: sumGroups(merged).map(([group, self]) => ({ group, self, share: shareOf(self) })),
    heaviestPath: findHeaviestPath(merged).map(({ frame, self, total }) => ({
      function: frame.function,
      file: frame.file,
      line: frame.line,
      group: groupOfFrame(frame),
      self,
      total,
      share: shareOf(total),
      calledFrom: null,
    })),
    flame: layoutFlame(merged, { minWidth: NARROWEST }),
  }
}

function countActive({ unit, interval_us, frames, stacks }: Profile): number | null {
  if (unit === 'bytes' || (unit === 'ms' && interval_us === null)) return null
  return stacks
    .filter(node => frames[node.frame]!.kind !== 'idle')
    .reduce((sum, node) => sum + node.samples, 0)
}

function sumGroups({ frames, stacks }: Profile): [group: string, self: number][] {
  const sums = new Map<string, number>()
  const groups = frames.map(groupOfFrame)
  for (const { frame, self } of stacks) {
    if (frames[frame]!.kind === 'idle' || self === 0) continue
    sums.set(groups[frame]!, (sums.get(groups[frame]!) ?? 0) + self)
  }
  return [...sums].sort((a, b) => b[1] - a[1])
}

function findHeaviestPath(profile: Profile): { frame: Frame; self: number; total: number }[] {
  const { frames, stacks } = withoutIdle(profile)
  const total = sumSubtrees(stacks)
  const children = linkChildren(stacks)
  const path: { frame: Frame; self: number; total: number }[] = []
  for (let index = -1; ; ) {
    const self = index < 0 ? 0 : stacks[index]!.self
    let heaviest = -1
    for (const child of listChildren(children, index)) {
      if (total[child]! > (heaviest < 0 ? self : total[heaviest]!)) heaviest = child
    }
    if (heaviest < 0) return path
    index = heaviest
    const { frame, self: own } = stacks[index]!
    path.push({ frame: frames[frame]!, self: own, total: total[index]! })
  }
}

/** By the name of code without a file: where most of its own time was called from. */
function findCallers({
  frames,
  stacks,
}: Profile): Map<string, { function: string; file: string; line: number | null }> {
  const nearest = new Int32Array(stacks.length).fill(-1)
  const sums = new Map<string, Map<number, number>>()
  for (const [index, { frame, parent, self }] of stacks.entries()) {
    const called = frames[frame]!
    const above = parent < 0 ? -1 : nearest[parent]!
    nearest[index] = isPlace(called) ? frame : above
    if (called.file !== null || above < 0 || self === 0) continue
    const sum = sums.get(called.function) ?? new Map<number, number>()
    sum.set(above, (sum.get(above) ?? 0) + self)
    sums.set(called.function, sum)
  }
  return new Map(
    [...sums].map(([name, sum]) => {
      const [caller] = [...sum].sort((a, b) => b[1] - a[1])[0]!
      const { function: from, file, line } = frames[caller]!
      return [name, { function: from, file: file!, line }]
    }),
  )
}

/** Somewhere to look at: a file, and not one inside of Node. */
function isPlace({ file }: Frame): boolean {
  return file !== null && !file.startsWith('node:')
}
