/**
 * speedscope's JSON → `Profile`, and back.
 *
 * Specification: https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources and its JSON Schema
 * (https://www.speedscope.app/file-format-schema.json). py-spy, rbspy, Excimer (PHP), austin and others write it.
 * Supported: `sampled` and `evented`, all units, several profiles (a thread each), frames with file, line and column.
 * Time becomes milliseconds, `none` becomes samples. In an evented profile the time between two events belongs to
 * the frame on top, and what is still open at the end is closed there. Events carry no samples: each uninterrupted
 * time on top counts as one. Ignored: `activeProfileIndex`, the order of samples.
 *
 * Written as one evented profile: sampled stacks would repeat each path in full, so that 20,000 nested calls need 200
 * million numbers. Times are whole nanoseconds; counts of samples and the process are not kept.
 */
import type { Frame, Profile, ProfileUnit } from '../profile.js'
import { StackTable } from '../stack-table.js'
import type { ProfileFormat } from './index.js'
import { type Broken, breaks, isNumber, isObject, parseObject, readNumbers } from './json.js'
import { writeSpeedscope } from './speedscope-write.js'
import { kindOfName, readablePath } from './v8-frame.js'

export const SPEEDSCOPE: ProfileFormat = {
  name: 'speedscope',
  extension: '.speedscope.json',
  detect: ({ head }) => {
    const text = head.toString('utf8')
    if (!/^\s*\{/.test(text)) return false
    return (
      /"\$schema"\s*:\s*"https?:\/\/www\.speedscope\.app\/file-format-schema\.json"/.test(text) ||
      /"shared"\s*:\s*\{\s*"frames"\s*:/.test(text) ||
      /"type"\s*:\s*"(?:sampled|evented)"/.test(text)
    )
  },
  read: async input => readSpeedscope(await input.text(), input.file),
  write: writeSpeedscope,
}

/** Into the unit inside. */
const UNITS: Record<string, { unit: ProfileUnit; scale: number }> = {
  nanoseconds: { unit: 'ms', scale: 1e6 },
  microseconds: { unit: 'ms', scale: 1e3 },
  milliseconds: { unit: 'ms', scale: 1 },
  seconds: { unit: 'ms', scale: 1e-3 },
  bytes: { unit: 'bytes', scale: 1 },
  none: { unit: 'samples', scale: 1 },
}

function readSpeedscope(text: string, file: string): Profile[] {
  const broken = breaks(
    file,
    'a speedscope profile',
    'Have the tool write it again: it may have been stopped.',
  )
  const value = parseObject(text, broken)
  const shared = isObject(value.shared) ? value.shared.frames : undefined
  if (!Array.isArray(shared)) throw broken('“shared.frames” is missing')
  if (!Array.isArray(value.profiles)) throw broken('“profiles” is missing')
  const frames = shared.map((frame, index) => readFrame(frame, `shared.frames[${index}]`, broken))
  const { tool, toolVersion } = readExporter(value.exporter)
  return value.profiles.map((profile, index) => {
    const name = `profiles[${index}]`
    if (!isObject(profile)) throw broken(`“${name}” is no profile`)
    const given = typeof profile.unit === 'string' && Object.hasOwn(UNITS, profile.unit)
    if (!given) throw broken(`“${name}.unit” is none of ${Object.keys(UNITS).join(', ')}`)
    const { unit, scale } = UNITS[profile.unit as string]!
    const reader = new ProfileReader(frames, unit, scale, name, file, broken)
    if (profile.type === 'sampled') reader.readSamples(profile)
    else if (profile.type === 'evented') reader.readEvents(profile)
    else throw broken(`“${name}.type” is neither sampled nor evented`)
    const stacks = reader.table.stacks()
    return {
      name: typeof profile.name === 'string' && profile.name !== '' ? profile.name : null,
      tool,
      toolVersion,
      pid: null,
      startedAt: null,
      unit,
      duration_ms: unit === 'ms' ? readDuration(profile, scale) : 0,
      samples: stacks.reduce((sum, node) => sum + node.samples, 0),
      interval_us: null,
      frames: reader.table.frames,
      stacks,
    }
  })
}

class ProfileReader {
  readonly table: StackTable
  readonly #indexOf: number[] = []

  constructor(
    private readonly frames: Frame[],
    private readonly unit: ProfileUnit,
    private readonly scale: number,
    private readonly name: string,
    file: string,
    private readonly broken: Broken,
  ) {
    this.table = new StackTable(file)
  }

  readSamples(profile: Record<string, unknown>): void {
    const { samples } = profile
    const weights = readNumbers(profile.weights, `${this.name}.weights`, this.broken)
    if (!Array.isArray(samples)) throw this.broken(`“${this.name}.samples” is missing`)
    if (!weights) throw this.broken(`“${this.name}.weights” is missing`)
    if (samples.length !== weights.length) {
      throw this.broken(`“${this.name}” has ${samples.length} samples but ${weights.length} weights`)
    }
    for (const [index, stack] of samples.entries()) {
      const at = `${this.name}.samples[${index}]`
      const weight = weights[index]!
      if (weight < 0) throw this.broken(`“${this.name}.weights[${index}]” is negative`)
      let path = -1
      if (!Array.isArray(stack)) throw this.broken(`“${at}” is no list of frames`)
      for (const [depth, frame] of stack.entries()) path = this.#enter(frame, path, `${at}[${depth}]`)
      if (path >= 0) this.#add(path, weight)
    }
  }

  readEvents(profile: Record<string, unknown>): void {
    const { events, startValue, endValue } = profile
    if (!Array.isArray(events)) throw this.broken(`“${this.name}.events” is missing`)
    const open: { path: number; frame: unknown }[] = []
    let now = isNumber(startValue) ? startValue : 0
    const spend = (at: unknown, name: string): void => {
      if (!isNumber(at)) throw this.broken(`“${name}” is no number`)
      if (at < now) throw this.broken(`“${name}” is ${at}, before the event in front of it (${now})`)
      const top = open.at(-1)
      if (top && at > now) this.#add(top.path, at - now)
      now = at
    }
    for (const [index, event] of events.entries()) {
      const name = `${this.name}.events[${index}]`
      if (!isObject(event)) throw this.broken(`“${name}” is no event`)
      spend(event.at, `${name}.at`)
      if (event.type === 'O') {
        const path = this.#enter(event.frame, open.at(-1)?.path ?? -1, `${name}.frame`)
        open.push({ path, frame: event.frame })
      } else if (event.type === 'C') {
        const top = open.pop()
        if (top?.frame !== event.frame) {
          throw this.broken(
            `“${name}” closes frame ${event.frame}, but ${top ? `frame ${top.frame} is on top` : 'none is open'}`,
          )
        }
      } else throw this.broken(`“${name}.type” is neither O nor C`)
    }
    if (open.length > 0 && isNumber(endValue)) spend(Math.max(now, endValue), `${this.name}.endValue`)
  }

  #enter(frame: unknown, parent: number, name: string): number {
    const given = typeof frame === 'number' ? this.frames[frame] : undefined
    if (!given) throw this.broken(`“${name}” names frame ${frame}, which isn't there`)
    const index = this.#indexOf[frame as number] ?? this.table.frame(given)
    this.#indexOf[frame as number] = index
    return this.table.path(index, parent)
  }

  /** Where a weight is a count, that is how many samples it stands for. */
  #add(path: number, weight: number): void {
    const samples = this.unit === 'samples' ? Math.ceil(weight) : 1
    this.table.add(path, weight / this.scale, samples)
  }
}

function readFrame(frame: unknown, name: string, broken: Broken): Frame {
  if (!isObject(frame) || typeof frame.name !== 'string') throw broken(`“${name}” has no name`)
  const file = typeof frame.file === 'string' ? readablePath(frame.file) : null
  return {
    function: frame.name || '(anonymous)',
    file,
    line: isNumber(frame.line) && frame.line > 0 ? frame.line : null,
    column: isNumber(frame.col) && frame.col > 0 ? frame.col : null,
    kind: kindOfName(frame.name, file),
  }
}

/** `py-spy@0.3.14` */
function readExporter(exporter: unknown): { tool: string; toolVersion: string | null } {
  const text = typeof exporter === 'string' ? exporter : ''
  const [, tool, version] = /^(\S+?)@(\S+)$/.exec(text) ?? [null, text.trim(), null]
  return { tool: tool || 'speedscope', toolVersion: version ?? null }
}

function readDuration({ startValue, endValue }: Record<string, unknown>, scale: number): number {
  return isNumber(startValue) && isNumber(endValue) ? Math.max(0, endValue - startValue) / scale : 0
}
