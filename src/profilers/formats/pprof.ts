/**
 * pprof → `Profile`, and back.
 *
 * Specification: https://github.com/google/pprof/blob/main/proto/profile.proto. Go, Datadog's and Google's profilers for
 * Node, Parca, Pyroscope and many others write it.
 * Supported: inlined lines (each becomes a frame), locations without symbols (their address), several sample types. Of
 * those one is read, see `pprof-types.ts`; what else there is, is said. A count beside it gives the number of samples.
 * A function's line is where it begins; of a file that doesn't say that, the first of its lines that was seen.
 * Ignored: labels, mappings (but for code without a name), `drop_frames`, `keep_frames`. Not supported: differences
 * (`pprof -diff_base`), whose values are negative.
 *
 * Written: time in whole nanoseconds, bytes, or counts (in millionths where they aren't whole), each with the number of
 * samples. The process, the name and the tool are not kept. It isn't compressed; every reader takes that.
 */
import { Location, Mapping, Function as PprofFunction, Sample, ValueType } from 'pprof-format'
import { WhyslowError } from '../../errors.js'
import type { Warning } from '../../warnings.js'
import { type Frame, NO_STACK, type Profile } from '../profile.js'
import { StackTable } from '../stack-table.js'
import type { ProfileFormat, ProfileInput } from './index.js'
import { type ChosenType, chooseType, type SampleType, unitOf } from './pprof-types.js'
import { WireError, walkFields } from './pprof-wire.js'
import { writePprof } from './pprof-write.js'
import { kindOfName, readablePath } from './v8-frame.js'

type Id = number | bigint

export const PPROF: ProfileFormat = {
  name: 'pprof',
  extension: '.pprof',
  detect: ({ head }) => isPprof(head),
  read: async (input, warn) => [await readPprof(input, warn)],
  write: writePprof,
}

/** It begins with sample types; what follows is fields that pprof has, up to the head's end. */
function isPprof(head: Uint8Array): boolean {
  let fields = 0
  try {
    for (const { field, value } of walkFields(head)) {
      if (fields === 0 && (field !== 1 || !(value instanceof Uint8Array) || !isValueType(value))) return false
      fields += 1
    }
  } catch (error) {
    return error instanceof WireError && error.endsEarly && fields > 0
  }
  return fields > 1
}

/** Nothing but the fields 1 and 2, each a number. */
function isValueType(bytes: Uint8Array): boolean {
  return bytes.length > 0 && (bytes[0] === 0x08 || bytes[0] === 0x10)
}

async function readPprof(input: ProfileInput, warn: (warning: Warning) => void): Promise<Profile> {
  const { file } = input
  const bytes = await input.bytes()
  try {
    const tables = readTables(bytes)
    return readSamples(bytes, tables, file, warn)
  } catch (error) {
    if (error instanceof WhyslowError) throw error
    const why =
      error instanceof WireError ? error.message : `a field can't be read (${(error as Error).message})`
    throw new WhyslowError(`Expected a pprof profile, but ${why}.`, {
      place: { file },
      cause: error,
      next: ['Copy it again, or take it again: it may have been cut off.'],
    })
  }
}

interface Tables {
  types: SampleType[]
  defaultType: string
  locations: Map<Id, Location>
  functions: Map<Id, PprofFunction>
  mappings: Map<Id, Mapping>
  strings: string[]
  /** Of each function, the first line that was seen, and the first column in it. */
  places: Map<Id, { line: number; column: number }>
  duration_ms: number
  startedAt: string | null
  interval_us: number | null
}

/** All but the samples. Tables may come in any order. */
function readTables(bytes: Uint8Array): Tables {
  const types: ValueType[] = []
  const locations = new Map<Id, Location>()
  const functions = new Map<Id, PprofFunction>()
  const mappings = new Map<Id, Mapping>()
  const strings: string[] = []
  const places: Tables['places'] = new Map()
  const numbers = new Map<number, number>()
  let periodType: ValueType | null = null
  const decoder = new TextDecoder()
  for (const { field, value } of walkFields(bytes)) {
    if (!(value instanceof Uint8Array)) numbers.set(field, Number(BigInt.asIntN(64, BigInt(value))))
    else if (field === 1) types.push(ValueType.decode(value))
    else if (field === 3) addTo(mappings, Mapping.decode(value))
    else if (field === 4) notePlaces(places, addTo(locations, Location.decode(value)))
    else if (field === 5) addTo(functions, PprofFunction.decode(value))
    else if (field === 6) strings.push(decoder.decode(value))
    else if (field === 11) periodType = ValueType.decode(value)
  }
  const text = (index: Id): string => strings[Number(index)] ?? ''
  const period = periodType && unitOf(text(periodType.unit))
  const started = numbers.get(9) ?? 0
  const every = numbers.get(12) ?? 0
  return {
    types: types.map(({ type, unit }) => ({ type: text(type), unit: text(unit) })),
    defaultType: text(numbers.get(14) ?? 0),
    locations,
    functions,
    mappings,
    strings,
    places,
    duration_ms: (numbers.get(10) ?? 0) / 1e6,
    startedAt: started > 0 ? new Date(started / 1e6).toISOString() : null,
    interval_us: period?.unit === 'ms' && every > 0 ? (every / period.scale) * 1000 : null,
  }
}

function addTo<T extends { id: Id }>(map: Map<Id, T>, entry: T): T {
  map.set(entry.id, entry)
  return entry
}

function notePlaces(places: Tables['places'], location: Location): void {
  for (const { functionId, line, column } of location.line) {
    const [at, known] = [{ line: Number(line), column: Number(column) }, places.get(functionId)]
    if (at.line <= 0) continue
    if (!known || at.line < known.line || (at.line === known.line && at.column < known.column))
      places.set(functionId, at)
  }
}

function readSamples(
  bytes: Uint8Array,
  tables: Tables,
  file: string,
  warn: (warning: Warning) => void,
): Profile {
  if (tables.types.length === 0) throw new WireError('it has no sample types', 0)
  const chosen = chooseType(tables.types, tables.defaultType)
  warnOfOthers(file, tables.types, chosen, warn)
  const table = new StackTable(file)
  const framesOf = new Map<Id, number[]>()
  const framesAt = (id: Id, at: number): number[] => {
    const known = framesOf.get(id)
    if (known) return known
    const location = tables.locations.get(id)
    if (!location) throw new WireError(`a sample names location ${id}, which isn't there,`, at)
    const frames = readLocation(location, tables, at).map(frame => table.frame(frame))
    framesOf.set(id, frames)
    return frames
  }
  for (const { field, value, at } of walkFields(bytes)) {
    if (field !== 2 || !(value instanceof Uint8Array)) continue
    const sample = Sample.decode(value)
    const weight = readValue(sample, chosen.index, at) / chosen.scale
    const count = chosen.counts < 0 ? 1 : Math.ceil(readValue(sample, chosen.counts, at) / chosen.countScale)
    if (weight < 0 || count < 0) throw refuseDifference(file)
    let path = -1
    for (let index = sample.locationId.length - 1; index >= 0; index -= 1)
      for (const frame of framesAt(sample.locationId[index]!, at)) path = table.path(frame, path)
    if (path < 0) path = table.path(table.frame(NO_STACK), -1)
    table.add(path, weight, count)
  }
  const stacks = table.stacks()
  const { startedAt, duration_ms, interval_us } = tables
  return {
    name: null,
    tool: 'pprof',
    toolVersion: null,
    pid: null,
    startedAt,
    unit: chosen.unit,
    duration_ms,
    samples: stacks.reduce((sum, node) => sum + node.samples, 0),
    interval_us,
    frames: table.frames,
    stacks,
  }
}

function readValue({ value }: Sample, index: number, at: number): number {
  const given = value[index]
  if (given === undefined)
    throw new WireError(`a sample has ${value.length} values, not the promised ones,`, at)
  return Number(BigInt.asIntN(64, BigInt(given)))
}

/** Outermost first: of inlined lines the last one is the caller. */
function readLocation(location: Location, tables: Tables, at: number): Frame[] {
  const text = (index: Id): string => tables.strings[Number(index)] ?? ''
  if (location.line.length === 0) {
    const mapping = tables.mappings.get(location.mappingId)
    const file = mapping ? text(mapping.filename) || null : null
    return [{ ...NO_STACK, function: `0x${BigInt(location.address).toString(16)}`, file }]
  }
  return location.line.toReversed().map(({ functionId }) => {
    const entry = tables.functions.get(functionId)
    if (!entry) throw new WireError(`a location names function ${functionId}, which isn't there,`, at)
    const name = text(entry.name) || text(entry.systemName)
    const file = readablePath(text(entry.filename))
    const seen = tables.places.get(functionId)
    const line = Number(entry.startLine) || (seen?.line ?? 0)
    return {
      function: name || '(anonymous)',
      file,
      line: line > 0 ? line : null,
      column: line > 0 && seen?.line === line && seen.column > 0 ? seen.column : null,
      kind: kindOfName(name, file),
    }
  })
}

function warnOfOthers(
  file: string,
  types: readonly SampleType[],
  { index, counts }: ChosenType,
  warn: (warning: Warning) => void,
): void {
  const name = ({ type, unit }: SampleType): string => `${type} (${unit})`
  const others = types.filter((_, at) => at !== index && at !== counts)
  if (others.length === 0) return
  warn({
    code: 'sample-type-chosen',
    message: `${file} holds several kinds of values: ${name(types[index]!)} was read, ${others.map(name).join(', ')} was not.`,
    next: 'go tool pprof -sample_index=NAME -proto FILE > OTHER writes it with another one first.',
  })
}

function refuseDifference(file: string): WhyslowError {
  return new WhyslowError('The profile is a difference of two: it has negative values.', {
    place: { file },
    next: ['Import the two profiles that it was made of.'],
  })
}
