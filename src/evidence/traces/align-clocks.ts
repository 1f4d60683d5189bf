/**
 * Clocks of services that don't agree. A call of another service lies inside of the span that waits for it; where it doesn't, it is
 * shifted with all below it. One trace leaves some room for the shift, and takes its middle: the network's time split evenly, as Jaeger's
 * adjuster has it. All traces of the same two clocks leave less: the shift that most of them allow (Marzullo 1984, as NTP chooses between
 * clocks). What no such shift explains, a clock that drifts, is shifted trace by trace.
 */
import { FAILED, MESSAGE, SHIFTED, type Tree } from './trace.js'

/** Two clocks → nanoseconds to add to the second one's. */
export type ClockShifts = ReadonlyMap<number, number>

/** Clocks agree as far as anybody can tell where so many calls lie inside of their callers as they are. */
const AGREE = 0.95
/** A shift for all traces has to fit so many of their calls. */
const FIT = 0.9

/** The shifts that put a call inside of its caller. */
interface Room {
  low: number[]
  high: number[]
}

export function learnShifts(trees: Iterable<Tree>): ClockShifts {
  const rooms = new Map<number, Room>()
  for (const tree of trees) {
    for (let at = 1; at < tree.size; at += 1) if (tellsClocks(tree, at)) addRoom(rooms, tree, at)
  }
  const shifts = new Map<number, number>()
  for (const [pair, room] of rooms) {
    const { shift, fitting, asIs } = findCommon(room)
    if (asIs >= AGREE * fitting) shifts.set(pair, 0)
    else if (fitting >= 2 && fitting >= FIT * room.low.length) shifts.set(pair, shift)
  }
  return shifts
}

export interface Alignment {
  /** The largest, nanoseconds; 0 where nothing was shifted. */
  largest: number
  /** Calls that lasted longer than what waited for them. */
  longer: number
}

/** Changes the tree's starts. */
export function alignClocks(tree: Tree, shifts: ClockShifts): Alignment {
  const rooms = new Map<number, Room>()
  const crossing: number[] = []
  const alignment = { largest: 0, longer: 0 }
  for (let at = 1; at < tree.size; at += 1) {
    if (!crosses(tree, at)) continue
    crossing.push(at)
    tree.start[at]! += shifts.get(pairOf(tree, at)) ?? 0
    if (tellsClocks(tree, at)) addRoom(rooms, tree, at)
    else if (tree.duration[at]! > tree.duration[tree.parent[at]!]!) alignment.longer += 1
  }
  for (const at of crossing) {
    const pair = pairOf(tree, at)
    const pooled = shifts.get(pair) ?? 0
    const room = rooms.get(pair)
    const own = room === undefined ? startInside(tree, at) : ownShift(room)
    tree.start[at]! += own
    const shift = Math.abs(pooled + own)
    if (shift <= tree.grain[at]!) continue
    tree.flags[at]! |= SHIFTED
    alignment.largest = Math.max(alignment.largest, shift)
  }
  return alignment
}

function ownShift(room: Room): number {
  const { shift, fitting, asIs } = findCommon(room)
  return asIs === fitting ? 0 : shift
}

/** All that is left to do for a call that outlasts its caller. */
function startInside(tree: Tree, at: number): number {
  const isMessage = (tree.flags[at]! & MESSAGE) > 0
  return !isMessage && tree.start[at]! < -tree.grain[at]! ? -tree.start[at]! : 0
}

function crosses(tree: Tree, at: number): boolean {
  return tree.clock[at] !== tree.clock[tree.parent[at]!]
}

/** Neither a message, which is handled when it is, nor a call that was given up. */
function tellsClocks(tree: Tree, at: number): boolean {
  const parent = tree.parent[at]!
  if (!crosses(tree, at)) return false
  if ((tree.flags[at]! & MESSAGE) > 0 || (tree.flags[parent]! & (MESSAGE | FAILED)) > 0) return false
  return tree.duration[at]! <= tree.duration[parent]!
}

function pairOf(tree: Tree, at: number): number {
  return tree.clock[tree.parent[at]!]! * 2 ** 24 + tree.clock[at]!
}

function addRoom(rooms: Map<number, Room>, tree: Tree, at: number): void {
  const pair = pairOf(tree, at)
  let room = rooms.get(pair)
  if (room === undefined) {
    room = { low: [], high: [] }
    rooms.set(pair, room)
  }
  const grain = Math.max(tree.grain[at]!, tree.grain[tree.parent[at]!]!)
  room.low.push(-tree.start[at]! - grain)
  room.high.push(tree.duration[tree.parent[at]!]! - tree.duration[at]! - tree.start[at]! + grain)
}

/** The middle of the shifts that the most calls allow, how many do, and how many need none. */
function findCommon({ low, high }: Room): { shift: number; fitting: number; asIs: number } {
  let asIs = 0
  for (let i = 0; i < low.length; i += 1) if (low[i]! <= 0 && high[i]! >= 0) asIs += 1
  if (low.length === 1 || asIs === low.length) {
    return { shift: Math.round((low[0]! + high[0]!) / 2), fitting: low.length, asIs }
  }
  const begins = Float64Array.from(low).sort()
  const ends = Float64Array.from(high).sort()
  let ended = 0
  let best = { fitting: 0, from: 0, to: 0 }
  for (let begun = 0; begun < begins.length; begun += 1) {
    while (ends[ended]! < begins[begun]!) ended += 1
    const fitting = begun + 1 - ended
    if (fitting > best.fitting) best = { fitting, from: begins[begun]!, to: ends[ended]! }
  }
  return { shift: Math.round((best.from + best.to) / 2), fitting: best.fitting, asIs }
}
