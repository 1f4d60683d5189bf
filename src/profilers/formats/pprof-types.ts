/** Which of a pprof's values is read, and how it becomes the unit inside. */
import type { ProfileUnit } from '../profile.js'

export interface SampleType {
  /** `cpu`, `inuse_space`, `samples` … */
  type: string
  /** As the file names it: `nanoseconds`. */
  unit: string
}

export interface ChosenType {
  /** Index into the values of each sample. */
  index: number
  unit: ProfileUnit
  /** A value divided by this is in `unit`. */
  scale: number
  /** Index of the values that are numbers of samples (or objects); -1 for none. */
  counts: number
  countScale: number
}

const UNITS: Record<string, { unit: ProfileUnit; scale: number }> = {
  nanoseconds: { unit: 'ms', scale: 1e6 },
  nanosecond: { unit: 'ms', scale: 1e6 },
  ns: { unit: 'ms', scale: 1e6 },
  microseconds: { unit: 'ms', scale: 1e3 },
  microsecond: { unit: 'ms', scale: 1e3 },
  us: { unit: 'ms', scale: 1e3 },
  milliseconds: { unit: 'ms', scale: 1 },
  millisecond: { unit: 'ms', scale: 1 },
  ms: { unit: 'ms', scale: 1 },
  seconds: { unit: 'ms', scale: 1e-3 },
  second: { unit: 'ms', scale: 1e-3 },
  s: { unit: 'ms', scale: 1e-3 },
  bytes: { unit: 'bytes', scale: 1 },
  byte: { unit: 'bytes', scale: 1 },
  kilobytes: { unit: 'bytes', scale: 1 / 1024 },
  megabytes: { unit: 'bytes', scale: 1 / 1024 ** 2 },
  /** whyslow's own, for counts that aren't whole. */
  microcount: { unit: 'samples', scale: 1e6 },
}
const RANK: ProfileUnit[] = ['ms', 'bytes', 'samples']

export function unitOf(unit: string): { unit: ProfileUnit; scale: number } {
  return (Object.hasOwn(UNITS, unit) && UNITS[unit]) || { unit: 'samples', scale: 1 }
}

/**
 * The default type if it is a time or memory; else a time before memory before a count, and among several of a kind
 * the default, `cpu`, or the last, as pprof itself does.
 */
export function chooseType(types: readonly SampleType[], byDefault: string): ChosenType {
  const known = types.map(({ type, unit }, index) => ({ type, index, ...unitOf(unit) }))
  const preferred = known.find(({ type, unit }) => type === byDefault && unit !== 'samples')
  const best = RANK.find(unit => known.some(one => one.unit === unit))
  const alike = known.filter(({ unit }) => unit === best)
  const chosen =
    preferred ??
    alike.find(({ type }) => type === byDefault) ??
    alike.find(({ type }) => type === 'cpu') ??
    alike.at(-1)!
  const counts = findCounts(known, chosen)
  return { ...chosen, counts: counts?.index ?? -1, countScale: counts?.scale ?? 1 }
}

/** `inuse_objects` for `inuse_space`; `samples` for a time. */
function findCounts<T extends { type: string; index: number; unit: ProfileUnit; scale: number }>(
  types: readonly T[],
  chosen: T,
): T | undefined {
  const counts = types.filter(({ unit }) => unit === 'samples')
  if (chosen.unit === 'samples') return counts.find(({ type }) => type === 'samples') ?? chosen
  const beginning = chosen.type.split('_')[0]!
  return (
    counts.find(({ type }) => type.split('_')[0] === beginning) ??
    counts.find(({ type }) => type === 'samples' || type === 'sample') ??
    (counts.length === 1 && types.length === 2 ? counts[0] : undefined)
  )
}
