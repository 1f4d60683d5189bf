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
import { applyVersions, type PackageVersions, readKeptVersions } from '../find-versions.js'
import type { Frame, Profile, SampleOrder, StackNode } from '../profile.js'
import type { ProfileFormat } from './index.js'
import { type Broken, breaks, isNumber, isObject, parseObject, readNumbers } from './json.js'
import { type CallFrame, readCallFrame, readFrame } from './v8-frame.js'

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
  versions: PackageVersions
}

/**
 * A sample stands for the time until the next one; the last one for the time until the profile's end. Clocks that
 * step back (V8 also stores samples out of order) are put in order first, so no weight is negative.
 */
export function readCpuProfile(text: string, origin: CpuProfileOrigin): Profile {
  const broken = breaks(
    origin.file,
    'a V8 CPU profile (.cpuprofile)',
    'A profile is complete only after the capture has ended: take it again with whyslow profile attach PID.',
  )
  const raw = readRaw(text, broken)
  const { frames, stacks, indexOf } = buildTree(raw, broken)
  const { interval_us, order } = raw.samples
    ? weighBySamples(raw, stacks, indexOf, broken)
    : weighByHits(raw, stacks)
  const profile: Profile = {
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
    ...(order && { order }),
  }
  return applyVersions(profile, raw.versions)
}

/** Weights by the samples' times. Returns the median interval in µs, too. */
function weighBySamples(
  raw: RawProfile,
  stacks: StackNode[],
  indexOf: Map<number, number>,
  broken: Broken,
): { interval_us: number | null; order: SampleOrder } {
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
  const nodes = new Int32Array(samples.length)
  const weights = new Float64Array(samples.length)
  for (const [position, sample] of order.entries()) {
    const node = indexOf.get(samples[sample]!)
    if (node === undefined)
      throw broken(`samples[${sample}] names node ${samples[sample]}, which isn't there`)
    const start = Math.max(times[sample]!, raw.startTime)
    const next = order[position + 1]
    const end = next === undefined ? raw.endTime : times[next]!
    const weight = Math.max(0, end - start)
    if (next !== undefined && weight > 0) intervals.push(weight)
    stacks[node]!.self += weight / 1000
    stacks[node]!.samples += 1
    nodes[position] = node
    weights[position] = weight / 1000
  }
  intervals.sort((a, b) => a - b)
  return { interval_us: intervals[intervals.length >> 1] ?? null, order: { nodes, weights } }
}

/** Without samples: the duration, shared out by hit counts. */
function weighByHits(raw: RawProfile, stacks: StackNode[]): { interval_us: null; order: null } {
  const hits = stacks.reduce((sum, node) => sum + node.samples, 0)
  const duration_ms = Math.max(0, raw.endTime - raw.startTime) / 1000
  for (const node of stacks) node.self = hits === 0 ? 0 : (duration_ms * node.samples) / hits
  return { interval_us: null, order: null }
}

/** Parents first, without recursion. Samples of `(root)` itself are native time: they go to `(program)`. */
function buildTree(
  raw: RawProfile,
  broken: Broken,
): { frames: Frame[]; stacks: StackNode[]; indexOf: Map<number, number> } {
  const byId = new Map(raw.nodes.map((node, index) => [node.id, { node, index }]))
  if (byId.size < raw.nodes.length) throw broken('two nodes have the same id')
  const parentOf = new Map<number, number>()
  for (const [index, node] of raw.nodes.entries()) {
    for (const child of node.children) {
      if (!byId.has(child)) throw broken(`nodes[${index}].children names node ${child}, which isn't there`)
      if (parentOf.has(child)) throw broken(`node ${child} has two parents`)
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
    throw broken(`${raw.nodes.length - reached} nodes call each other in a circle`)
  return { frames, stacks, indexOf }
}

function readRaw(text: string, broken: Broken): RawProfile {
  const value = parseObject(text, broken)
  if (isObject(value.head)) throw broken('it has the nested format of Node before 8')
  const { nodes, startTime, endTime } = value
  if (!Array.isArray(nodes)) throw broken('“nodes” is missing')
  if (!isNumber(startTime) || !isNumber(endTime)) throw broken('“startTime” or “endTime” is missing')
  const samples = readNumbers(value.samples, 'samples', broken)
  const timeDeltas = readNumbers(value.timeDeltas, 'timeDeltas', broken)
  if (samples && timeDeltas && samples.length !== timeDeltas.length) {
    throw broken(`there are ${samples.length} samples but ${timeDeltas.length} timeDeltas`)
  }
  const both = samples !== null && timeDeltas !== null
  return {
    nodes: nodes.map((node, index) => readNode(node, index, broken)),
    startTime,
    endTime,
    samples: both ? samples : null,
    timeDeltas: both ? timeDeltas : null,
    versions: readKeptVersions(value),
  }
}

function readNode(node: unknown, index: number, broken: Broken): RawNode {
  const name = `nodes[${index}]`
  if (!isObject(node) || !isNumber(node.id)) throw broken(`${name} has no id`)
  return {
    id: node.id,
    callFrame: readCallFrame(node.callFrame, name, broken),
    hitCount: isNumber(node.hitCount) ? node.hitCount : 0,
    children: readNumbers(node.children, `${name}.children`, broken) ?? [],
  }
}
