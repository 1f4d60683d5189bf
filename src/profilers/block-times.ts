/**
 * How much time each call path of a capture took in each stretch of it, from its samples in their order.
 *
 * Left out is the time in which it warmed up (`warm-up.ts`), and what lies behind a late sample: one that is followed by none for several
 * intervals was not at work for so long, but its thread waited for a processor, or the sampler did. It counts as one interval, for all
 * captures from the same wait on, so that a busy machine doesn't look like slow code.
 */
import { BLOCKS } from '../stats/rate-spread.js'
import type { Profile, SampleOrder } from './profile.js'
import { findWarmUp } from './warm-up.js'

/** Times in milliseconds; those of entry i are at i × width and after, one for each block. */
export interface TimeTable {
  times: Float64Array
  /** Samples, one count for each entry. */
  samples: Float64Array
}

export interface BlockTimes {
  table: TimeTable
  /** `BLOCKS`, or 1 where the samples' order isn't known. */
  width: number
  /** The share of the capture's time that was left out, at its start. */
  skipped: number
  /** Behind late samples. */
  late_ms: number
}

/** In intervals. */
const LATE = 4

/** From which wait on a sample is late: the longest interval of all captures counts, so that it means the same for each. */
export function findLate(profiles: readonly Profile[]): number {
  const intervals = profiles.flatMap(({ interval_us }) => interval_us ?? [])
  return intervals.length === 0 ? Infinity : (LATE * Math.max(...intervals)) / 1000
}

/** `places`: for each thread and each of its nodes the entry that it belongs to; -1 for none. */
export function tellBlockTimes(
  threads: readonly Profile[],
  places: readonly Int32Array[],
  { entries, late }: { entries: number; late: number },
): BlockTimes {
  const isOrdered = threads.every(({ order }) => order !== undefined)
  if (!isOrdered) return { ...addSums(threads, places, entries), width: 1, skipped: 0, late_ms: 0 }
  const lay = (skipped: number) => {
    const table = makeTable(entries, BLOCKS)
    let late_ms = 0
    for (const [i, { order, interval_us }] of threads.entries())
      late_ms += addInOrder(order!, places[i]!, { table, skipped, late, usual: (interval_us ?? 0) / 1000 })
    return { table, late_ms }
  }
  const whole = lay(0)
  const busy = new Float64Array(BLOCKS)
  for (const [index, time] of whole.table.times.entries()) busy[index % BLOCKS]! += time
  const skipped = findWarmUp(busy)
  return { ...(skipped === 0 ? whole : lay(skipped)), width: BLOCKS, skipped }
}

interface Laying {
  table: TimeTable
  skipped: number
  late: number
  /** The usual time of a sample. */
  usual: number
}

/** Returns the time behind late samples. */
function addInOrder(order: SampleOrder, places: Int32Array, { table, skipped, late, usual }: Laying): number {
  const whole = order.weights.reduce((sum, weight) => sum + weight, 0)
  let now = -skipped * whole
  let late_ms = 0
  for (const [position, index] of order.nodes.entries()) {
    const weight = order.weights[position]!
    const block = Math.min(BLOCKS - 1, Math.floor((now / (whole * (1 - skipped))) * BLOCKS))
    now += weight
    const entry = places[index]!
    if (entry < 0 || block < 0) continue
    const counted = weight > late ? usual : weight
    late_ms += weight - counted
    table.times[entry * BLOCKS + block]! += counted
    table.samples[entry]! += 1
  }
  return late_ms
}

function addSums(threads: readonly Profile[], places: readonly Int32Array[], entries: number) {
  const table = makeTable(entries, 1)
  for (const [i, { stacks }] of threads.entries()) {
    for (const [index, { self, samples }] of stacks.entries()) {
      const entry = places[i]![index]!
      if (entry < 0) continue
      table.times[entry]! += self
      table.samples[entry]! += samples
    }
  }
  return { table }
}

export function makeTable(entries: number, width: number): TimeTable {
  return { times: new Float64Array(entries * width), samples: new Float64Array(entries) }
}

/** Adds one entry of a table to one of another. */
export function addEntry(
  to: TimeTable,
  at: number,
  { from, entry, width }: { from: TimeTable; entry: number; width: number },
): void {
  for (let block = 0; block < width; block += 1) {
    to.times[at * width + block]! += from.times[entry * width + block]!
  }
  to.samples[at]! += from.samples[entry]!
}
