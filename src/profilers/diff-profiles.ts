/**
 * What changed between two sides of profiles, in milliseconds per request, or per second of wall time where the requests aren't known.
 *
 * Time comes from the samples' own times and never from their number, so sides may be sampled at different intervals. How certain a change
 * is: `stats/rate-change.ts`; what counts as one: `judge-frames.ts`; which function is which: `match-frames.ts`.
 */
import type { Interval } from '../stats/intervals.js'
import type { Warning } from '../warnings.js'
import { type AlignedCapture, type AlignedCaptures, alignCaptures } from './align-captures.js'
import { describeDoubts } from './diff-doubts.js'
import { groupOfFrame } from './groups.js'
import { type Judged, type Judgement, judgeFrames } from './judge-frames.js'
import type { FrameKind, Profile } from './profile.js'
import type { Exposures } from './tell-sides.js'

/** One capture, of one thread or of several. */
export interface DiffCapture {
  /** As it was given. */
  file: string
  profiles: readonly Profile[]
  /** That were answered during the capture; null where it isn't known. Known for all captures or for none. */
  requests: number | null
}

export interface TimeChange {
  before_ms: number
  after_ms: number
  change_ms: number
  /** Holds 0 just when the change is within noise; null where that can't be told. */
  interval_ms: Interval | null
  significant: boolean
  /** It would be one, but may just have moved to or from callers, callees or siblings, as inlining does. */
  moved: boolean
}

export interface FrameChange extends TimeChange {
  function: string
  /** As it is after; of what vanished, as it was. */
  file: string | null
  line: number | null
  kind: FrameKind
  group: string
  /** With what it called; null where it called nothing that was seen. The fields beside are of the function itself. */
  total: TimeChange | null
  /** Only seen on this side; null: on both. */
  only: 'before' | 'after' | null
}

export interface SideSummary {
  file: string
  duration_ms: number
  /** At the start, when it was still warming up; in none of the times. */
  skipped_ms: number
  /** Behind late samples, while the thread or the sampler waited for a processor; in none of the times. */
  late_ms: number
  active_ms: number
  samples: number
  interval_us: number | null
  requests: number | null
  toolVersion: string | null
}

export interface ProfileDiff {
  /** Of what the milliseconds are. */
  per: 'request' | 'second'
  captures: { before: SideSummary[]; after: SideSummary[] }
  /** All functions together. */
  active: { before_ms: number; after_ms: number }
  /** What changed first, by size; then the rest. Functions with too few samples are left out. */
  frames: FrameChange[]
  /** Of every interval, so that all hold together. */
  level: number
  /** By what the time of those functions differs that most likely didn’t change; null where too few are measured well. */
  scale: { factor: number; functions: number } | null
  warnings: Warning[]
}

export interface GraphNode {
  function: string
  file: string | null
  line: number | null
  /** Index into the nodes, less than this node's own; -1 for an outermost call. */
  parent: number
  /** With what it called. */
  before_ms: number
  after_ms: number
  /** Beyond noise, and its function is, too. */
  significant: boolean
}

/** `graph`: the common tree, for a flame graph of differences. */
export function diffProfiles(
  before: readonly DiffCapture[],
  after: readonly DiffCapture[],
): { diff: ProfileDiff; graph: GraphNode[] } {
  const aligned = alignCaptures(
    before.map(({ profiles }) => profiles),
    after.map(({ profiles }) => profiles),
  )
  const per = [...before, ...after].every(({ requests }) => requests !== null) ? 'request' : 'second'
  const exposures: Exposures = {
    per,
    before: before.map((capture, i) => exposureOf(capture, aligned.before[i]!, per)),
    after: after.map((capture, i) => exposureOf(capture, aligned.after[i]!, per)),
  }
  const judgement = judgeFrames(aligned, exposures)
  const frames = listFrames(aligned, judgement)
  const captures = {
    before: before.map((capture, i) => summarise(capture, aligned.before[i]!)),
    after: after.map((capture, i) => summarise(capture, aligned.after[i]!)),
  }
  const { level, scale } = judgement
  const found = {
    per,
    captures,
    active: {
      before_ms: activeOf(aligned.before, exposures.before),
      after_ms: activeOf(aligned.after, exposures.after),
    },
    frames,
    level,
    scale,
  } as const
  return {
    diff: { ...found, warnings: describeDoubts(found, [...before, ...after]) },
    graph: drawGraph(aligned, judgement, exposures),
  }
}

/** Threads run side by side: the longest counts. */
export function durationOf({ profiles }: Pick<DiffCapture, 'profiles'>): number {
  return Math.max(0, ...profiles.map(({ duration_ms }) => duration_ms))
}

/** Of the part that wasn't left out; requests are taken to have come evenly. */
function exposureOf(capture: DiffCapture, { skipped }: AlignedCapture, per: 'request' | 'second'): number {
  return (1 - skipped) * (per === 'request' ? capture.requests! : durationOf(capture) / 1000)
}

function activeOf(captures: readonly AlignedCapture[], exposures: readonly number[]): number {
  const active = captures.reduce((sum, { active_ms }) => sum + active_ms, 0)
  return active / exposures.reduce((sum, exposure) => sum + exposure, 0)
}

function summarise(
  capture: DiffCapture,
  { active_ms, samples, skipped, late_ms }: AlignedCapture,
): SideSummary {
  const [first] = capture.profiles
  return {
    file: capture.file,
    duration_ms: durationOf(capture),
    skipped_ms: skipped * durationOf(capture),
    late_ms,
    active_ms,
    samples,
    interval_us: first?.interval_us ?? null,
    requests: capture.requests,
    toolVersion: first?.toolVersion ?? null,
  }
}

function listFrames(aligned: AlignedCaptures, { self, total, level }: Judgement): FrameChange[] {
  const selfOf = new Map(self.map(one => [one.entry, one]))
  const totalOf = new Map(total.map(one => [one.entry, one]))
  const frames = [...new Set([...selfOf.keys(), ...totalOf.keys()])].map(entry => {
    const { before, after } = aligned.pairs[entry]!
    const frame = (after ?? before)!
    const ofTotal = totalOf.get(entry)
    return {
      function: frame.function,
      file: frame.file,
      line: frame.line,
      kind: frame.kind,
      group: groupOfFrame(frame),
      ...showChange(selfOf.get(entry), level),
      total: ofTotal ? showChange(ofTotal, level) : null,
      only: onlySideOf(aligned, entry),
    }
  })
  return frames.sort(
    (one, other) =>
      Number(other.significant) - Number(one.significant) ||
      Number(hasChanged(other)) - Number(hasChanged(one)) ||
      Math.abs(other.change_ms) - Math.abs(one.change_ms),
  )
}

function onlySideOf({ before, after }: AlignedCaptures, frame: number): 'before' | 'after' | null {
  const isSeen = (captures: readonly AlignedCapture[]) =>
    captures.some(({ totalOfFrame }) => totalOfFrame.samples[frame]! > 0)
  if (isSeen(before)) return isSeen(after) ? null : 'before'
  return 'after'
}

/** Itself, or with what it called. */
export function hasChanged({ significant, total }: Pick<FrameChange, 'significant' | 'total'>): boolean {
  return significant || total?.significant === true
}

function showChange(judged: Judged | undefined, level: number): TimeChange {
  if (!judged)
    return { before_ms: 0, after_ms: 0, change_ms: 0, interval_ms: null, significant: false, moved: false }
  const { before, after, change, significant, moved } = judged
  return {
    before_ms: before,
    after_ms: after,
    change_ms: change,
    interval_ms: judged.intervalAt(level),
    significant,
    moved: moved && !significant,
  }
}

/** A call path is coloured only where its function changed in the same direction: the table and the picture agree. */
function drawGraph(
  { nodes, pairs, before, after }: AlignedCaptures,
  { self, total, nodes: judgedNodes }: Judgement,
  exposures: Exposures,
): GraphNode[] {
  const directions = new Map<number, Set<number>>()
  for (const { entry, change, significant } of [...self, ...total]) {
    if (significant) directions.set(entry, (directions.get(entry) ?? new Set()).add(Math.sign(change)))
  }
  const judged = new Map(judgedNodes.map(one => [one.entry, one]))
  const rate = (captures: readonly AlignedCapture[], of: readonly number[], node: number) =>
    captures.reduce((sum, capture) => {
      const times = capture.totalOfNode.times.subarray(node * capture.width, (node + 1) * capture.width)
      return sum + times.reduce((a, b) => a + b, 0)
    }, 0) / of.reduce((sum, exposure) => sum + exposure, 0)
  return nodes.map(({ frame, parent }, node) => {
    const shown = (pairs[frame]!.after ?? pairs[frame]!.before)!
    const one = judged.get(node)
    return {
      function: shown.function,
      file: shown.file,
      line: shown.line,
      parent,
      before_ms: rate(before, exposures.before, node),
      after_ms: rate(after, exposures.after, node),
      significant: one?.significant === true && directions.get(frame)?.has(Math.sign(one.change)) === true,
    }
  })
}
