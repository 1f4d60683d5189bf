/** `Profile` → pprof; see `pprof.ts`. */
import {
  type FunctionInput,
  type LocationInput,
  Profile as Pprof,
  type SampleInput,
  StringTable,
} from 'pprof-format'
import { WhyslowError } from '../../errors.js'
import { formatCount } from '../../units.js'
import type { Profile } from '../profile.js'

/** Stacks are repeated in full: 20,000 nested calls, each with samples, are 200 million numbers. */
const MOST_PLACES = 50_000_000

export function writePprof(profile: Profile): Uint8Array {
  const { frames, stacks, unit } = profile
  refuseLong(profile)
  const stringTable = new StringTable()
  const text = (string: string): number => stringTable.dedup(string)
  const counts = { type: text(unit === 'bytes' ? 'objects' : 'samples'), unit: text('count') }
  const weights = chooseWeights(profile)
  const weighed = { type: text(weights.type), unit: text(weights.unit) }
  const location: LocationInput[] = []
  const functions: FunctionInput[] = []
  for (const [index, { function: name, file, line, column }] of frames.entries()) {
    const id = index + 1
    functions.push({ id, name: text(name), filename: text(file ?? ''), startLine: line ?? 0 })
    location.push({ id, line: [{ functionId: id, line: line ?? 0, column: column ?? 0 }] })
  }
  const sample: SampleInput[] = []
  for (const node of stacks) {
    if (node.self === 0 && node.samples === 0) continue
    const locationId: number[] = []
    for (let at: typeof node | undefined = node; at; at = stacks[at.parent]) locationId.push(at.frame + 1)
    sample.push({ locationId, value: [node.samples, Math.round(node.self * weights.scale)] })
  }
  const timeNanos = profile.startedAt === null ? 0 : BigInt(Date.parse(profile.startedAt)) * 1_000_000n
  const isTimed = unit === 'ms' && profile.interval_us !== null
  return new Pprof({
    stringTable,
    sampleType: [counts, weighed],
    sample,
    location,
    function: functions,
    timeNanos,
    durationNanos: Math.round(profile.duration_ms * 1e6),
    ...(isTimed ? { periodType: weighed, period: Math.round(profile.interval_us! * 1000) } : {}),
    defaultSampleType: weighed.type,
  }).encode()
}

function chooseWeights({ unit, stacks }: Profile): { type: string; unit: string; scale: number } {
  if (unit === 'ms') return { type: 'cpu', unit: 'nanoseconds', scale: 1e6 }
  if (unit === 'bytes') return { type: 'space', unit: 'bytes', scale: 1 }
  const isWhole = stacks.every(({ self }) => Number.isInteger(self))
  return isWhole
    ? { type: 'weight', unit: 'count', scale: 1 }
    : { type: 'weight', unit: 'microcount', scale: 1e6 }
}

function refuseLong({ stacks }: Profile): void {
  const depths = new Float64Array(stacks.length)
  let places = 0
  for (const [index, { parent, self, samples }] of stacks.entries()) {
    depths[index] = (parent < 0 ? 0 : depths[parent]!) + 1
    if (self > 0 || samples > 0) places += depths[index]!
  }
  if (places <= MOST_PLACES) return
  throw new WhyslowError(
    `As pprof the profile would name ${formatCount(places)} frames, which is more than fits into memory: each of its stacks is written in full.`,
    { next: ['Write it as speedscope JSON, which repeats no call path.'] },
  )
}
