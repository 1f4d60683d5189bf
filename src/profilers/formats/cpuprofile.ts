/**
 * V8's `.cpuprofile` → `Profile`.
 *
 * Supported: the format of the Chrome DevTools protocol's `Profiler.Profile`, as Node, Chrome and Deno write it
 * (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile), with `samples` and
 * `timeDeltas`, or with hit counts only. Ignored: `positionTicks`, `deoptReason`.
 * Not supported: the nested `head` format of Node before 8.
 *
 * V8's own frames: `(root)` is the table's edge and not a frame; `(idle)`, `(program)` and
 * `(garbage collector)` become frames of that kind.
 */
import { fileURLToPath } from 'node:url'
import { WhyslowError } from '../../errors.js'
import type { Frame, FrameKind, Profile, StackNode } from '../profile.js'
import type { ProfileFormat } from './index.js'
import { type JsonPlace, placeOfJsonError } from './json-place.js'

export const CPUPROFILE: ProfileFormat = {
  name: 'cpuprofile',
  extension: '.cpuprofile',
  detect: ({ head }) => {
    const text = head.toString('utf8')
    return /^\s*\{/.test(text) && /"nodes"\s*:/.test(text) && /"callFrame"\s*:/.test(text)
  },
  read: async input => [readCpuProfile(await input.text(), { file: input.file })],
}

/** What the file doesn't hold, from who took the capture. */
export interface CpuProfileOrigin {
  /** Named in errors. */
  file: string
  pid?: number
  startedAt?: string
  toolVersion?: string
}

interface CallFrame {
  functionName: string
  url: string
  lineNumber: number
  columnNumber: number
}

interface RawNode {
  id: number
  callFrame: CallFrame
  hitCount: number
  children: number[]
}

interface RawProfile {
  nodes: RawNode[]
  /** Microseconds of a monotonic clock. */
  startTime: number
  endTime: number
  samples: number[] | null
  timeDeltas: number[] | null
}

const KINDS: Record<string, FrameKind> = {
  '(garbage collector)': 'gc',
  '(idle)': 'idle',
  '(program)': 'program',
}

/**
 * A sample stands for the time until the next one; the last one for the time until the profile's end. Clocks that
 * step back (V8 also stores samples out of order) are put in order first, so no weight is negative.
 */
export function readCpuProfile(text: string, origin: CpuProfileOrigin): Profile {
  const raw = readRaw(text, origin.file)
  const { frames, stacks, indexOf } = buildTree(raw, origin.file)
  const interval_us = raw.samples
    ? weighBySamples(raw, stacks, indexOf, origin.file)
    : weighByHits(raw, stacks)
  return {
    name: null,
    tool: 'v8',
    toolVersion: origin.toolVersion ?? null,
    pid: origin.pid ?? null,
    startedAt: origin.startedAt ?? null,
    unit: 'ms',
    duration_ms: Math.max(0, raw.endTime - raw.startTime) / 1000,
    samples: stacks.reduce((sum, node) => sum + node.samples, 0),
    interval_us,
    frames,
    stacks,
  }
}

/** Weights by the samples' times. Returns the median interval in µs. */
function weighBySamples(
  raw: RawProfile,
  stacks: StackNode[],
  indexOf: Map<number, number>,
  file: string,
): number | null {
  const samples = raw.samples!
  const times: number[] = []
  let now = raw.startTime
  for (const delta of raw.timeDeltas!) {
    now += delta
    times.push(now)
  }
  const order = samples.map((_, index) => index)
  if (times.some((time, index) => index > 0 && time < times[index - 1]!)) {
    order.sort((a, b) => times[a]! - times[b]! || a - b)
  }
  const intervals: number[] = []
  for (const [position, sample] of order.entries()) {
    const node = indexOf.get(samples[sample]!)
    if (node === undefined)
      throw broken(file, `samples[${sample}] names node ${samples[sample]}, which isn't there`)
    const start = Math.max(times[sample]!, raw.startTime)
    const next = order[position + 1]
    const end = next === undefined ? raw.endTime : times[next]!
    const weight = Math.max(0, end - start)
    if (next !== undefined && weight > 0) intervals.push(weight)
    stacks[node]!.self += weight / 1000
    stacks[node]!.samples += 1
  }
  intervals.sort((a, b) => a - b)
  return intervals[intervals.length >> 1] ?? null
}

/** Without samples: the duration, shared out by hit counts. */
function weighByHits(raw: RawProfile, stacks: StackNode[]): null {
  const hits = stacks.reduce((sum, node) => sum + node.samples, 0)
  const duration_ms = Math.max(0, raw.endTime - raw.startTime) / 1000
  for (const node of stacks) node.self = hits === 0 ? 0 : (duration_ms * node.samples) / hits
  return null
}

/** Parents first, without recursion. Samples of `(root)` itself are native time: they go to `(program)`. */
function buildTree(
  raw: RawProfile,
  file: string,
): { frames: Frame[]; stacks: StackNode[]; indexOf: Map<number, number> } {
  const byId = new Map(raw.nodes.map((node, index) => [node.id, { node, index }]))
  if (byId.size < raw.nodes.length) throw broken(file, 'two nodes have the same id')
  const parentOf = new Map<number, number>()
  for (const [index, node] of raw.nodes.entries()) {
    for (const child of node.children) {
      if (!byId.has(child))
        throw broken(file, `nodes[${index}].children names node ${child}, which isn't there`)
      if (parentOf.has(child)) throw broken(file, `node ${child} has two parents`)
      parentOf.set(child, node.id)
    }
  }

  const frames: Frame[] = []
  const frameIndex = new Map<string, number>()
  const stacks: StackNode[] = []
  const indexOf = new Map<number, number>()
  const internFrame = (call: CallFrame): number => {
    const frame = readFrame(call)
    const key = JSON.stringify([frame.function, frame.file, frame.line, frame.column])
    const known = frameIndex.get(key)
    if (known !== undefined) return known
    frameIndex.set(key, frames.length)
    return frames.push(frame) - 1
  }

  let reached = 0
  const todo = raw.nodes.filter(node => !parentOf.has(node.id)).map(node => ({ node, parent: -1 }))
  for (let next = todo.pop(); next; next = todo.pop()) {
    const { node, parent } = next
    reached += 1
    const isRoot = parent === -1 && node.callFrame.functionName === '(root)'
    let index = -1
    if (!isRoot || node.hitCount > 0 || raw.samples?.includes(node.id)) {
      const call = isRoot ? { ...node.callFrame, functionName: '(program)' } : node.callFrame
      index = stacks.push({ frame: internFrame(call), parent, self: 0, samples: 0 }) - 1
      if (!raw.samples) stacks[index]!.samples = node.hitCount
      indexOf.set(node.id, index)
    }
    for (const child of node.children) todo.push({ node: byId.get(child)!.node, parent: isRoot ? -1 : index })
  }
  if (reached < raw.nodes.length)
    throw broken(file, `${raw.nodes.length - reached} nodes call each other in a circle`)
  return { frames, stacks, indexOf }
}

function readFrame(call: CallFrame): Frame {
  const kind = call.url === '' ? KINDS[call.functionName] : undefined
  return {
    function: call.functionName || '(anonymous)',
    file: readablePath(call.url),
    line: call.lineNumber >= 0 && call.url !== '' ? call.lineNumber + 1 : null,
    column: call.columnNumber >= 0 && call.url !== '' ? call.columnNumber + 1 : null,
    kind: kind ?? 'code',
  }
}

/** `file:///app/a%20b.js` → `/app/a b.js`; anything else stays. */
function readablePath(url: string): string | null {
  if (url === '') return null
  if (!url.startsWith('file://')) return url
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}

function readRaw(text: string, file: string): RawProfile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const { line, column } = placeOfJsonError(error, text)
    throw broken(file, `it is not whole JSON (${(error as Error).message})`, { line, column })
  }
  if (!isObject(value)) throw broken(file, 'the file holds no object')
  if (isObject(value.head)) throw broken(file, 'it has the nested format of Node before 8')
  const { nodes, startTime, endTime } = value
  if (!Array.isArray(nodes)) throw broken(file, '“nodes” is missing')
  if (!isNumber(startTime) || !isNumber(endTime)) throw broken(file, '“startTime” or “endTime” is missing')
  const samples = readNumbers(value.samples, 'samples', file)
  const timeDeltas = readNumbers(value.timeDeltas, 'timeDeltas', file)
  if (samples && timeDeltas && samples.length !== timeDeltas.length) {
    throw broken(file, `there are ${samples.length} samples but ${timeDeltas.length} timeDeltas`)
  }
  const both = samples !== null && timeDeltas !== null
  return {
    nodes: nodes.map((node, index) => readNode(node, index, file)),
    startTime,
    endTime,
    samples: both ? samples : null,
    timeDeltas: both ? timeDeltas : null,
  }
}

function readNode(node: unknown, index: number, file: string): RawNode {
  if (!isObject(node) || !isNumber(node.id)) throw broken(file, `nodes[${index}] has no id`)
  const call = node.callFrame
  if (!isObject(call) || typeof call.functionName !== 'string')
    throw broken(file, `nodes[${index}] has no callFrame`)
  return {
    id: node.id,
    callFrame: {
      functionName: call.functionName,
      url: typeof call.url === 'string' ? call.url : '',
      lineNumber: isNumber(call.lineNumber) ? call.lineNumber : -1,
      columnNumber: isNumber(call.columnNumber) ? call.columnNumber : -1,
    },
    hitCount: isNumber(node.hitCount) ? node.hitCount : 0,
    children: readNumbers(node.children, `nodes[${index}].children`, file) ?? [],
  }
}

function readNumbers(value: unknown, name: string, file: string): number[] | null {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value) || !value.every(isNumber))
    throw broken(file, `“${name}” is not a list of numbers`)
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function broken(file: string, why: string, place: Partial<JsonPlace> = {}): WhyslowError {
  return new WhyslowError(`Expected a V8 CPU profile (.cpuprofile), but ${why}.`, {
    place: { file, ...place },
    next: [
      'A profile is complete only after the capture has ended: take it again with whyslow profile attach PID.',
    ],
  })
}
