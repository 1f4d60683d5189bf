/**
 * What processes have used, from `/proc` (proc(5)); Linux only.
 *
 * CPU time there is in ticks of 10 ms, cut off: a process may be up to 20 ms short.
 */
import { readFileSync } from 'node:fs'

export interface ProcessUse {
  pid: number
  parent: number
  /** Tells a process from a later one with the same pid. */
  startTime: string
  /** Its own CPU time since it began. */
  own_ms: number
  /** Of its children that ended, theirs included, once it has collected them. */
  children_ms: number
  /** Largest resident set since it began its program; shared pages included. */
  peak_mb: number | null
}

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const TICK_MS = 10

/** Null when there is no such process. */
export function readUse(pid: number): ProcessUse | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  if (stat === null) return null
  // From field 3 on; the name before may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = (at: number): number => Number(fields[at - 3]) * TICK_MS
  const peak_kb = /^VmHWM:\s*(\d+) kB$/m.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1]
  return {
    pid,
    parent: Number(fields[1]),
    startTime: fields[22 - 3] ?? '',
    own_ms: ticks(14) + ticks(15),
    children_ms: ticks(16) + ticks(17),
    peak_mb: peak_kb === undefined ? null : Number(peak_kb) / 1024,
  }
}

/**
 * The CPU time of all between two looks. `exact`: of a process, where it is known better than in ticks.
 *
 * What ended meanwhile counts in the process that collected it. Lost, and so missing: what ended without anyone of
 * these collecting it.
 */
export function sumCpu(
  before: readonly ProcessUse[],
  after: readonly ProcessUse[],
  exact: (pid: number) => { begun_ms: number; ended_ms: number } | null = () => null,
): number {
  const isSame = (one: ProcessUse) => (other: ProcessUse) =>
    one.pid === other.pid && one.startTime === other.startTime
  let sum_ms = 0
  for (const now of after) {
    const was = before.find(isSame(now))
    const known = exact(now.pid)
    sum_ms += known ? known.ended_ms - known.begun_ms : now.own_ms - (was?.own_ms ?? 0)
    sum_ms += now.children_ms - (was?.children_ms ?? 0)
  }
  for (const gone of before) {
    if (after.some(isSame(gone)) || !isCollected(gone, before, after)) continue
    // All of its life is in the collector's figure now.
    sum_ms -= gone.own_ms + gone.children_ms
  }
  return Math.max(0, Math.round(sum_ms * 1000) / 1000)
}

/** Whether one of those above it is still there. */
function isCollected(
  { parent }: ProcessUse,
  before: readonly ProcessUse[],
  after: readonly ProcessUse[],
): boolean {
  if (after.some(({ pid }) => pid === parent)) return true
  const above = before.find(({ pid }) => pid === parent)
  return above !== undefined && isCollected(above, before, after)
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return null
  }
}
