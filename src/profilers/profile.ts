/**
 * One shape for what a process spent its time on, whatever tool sampled it.
 *
 * Stacks are a table of nodes, each naming its frame and its caller (`parent`, an index into the same table;
 * -1 for an outermost call). **A node always comes after its parent.** So a stack of 20,000 frames costs 20,000
 * rows rather than 20,000² frame references, sums over subtrees are one backward loop, walks from the root one
 * forward loop, and nothing here needs recursion.
 */

/** What the sampler saw when it was not in code with a name. */
export type FrameKind = 'code' | 'gc' | 'idle' | 'program'

/** A function at the place where it is defined. Two frames of one profile never have all fields equal. */
export interface Frame {
  /** `(anonymous)` when it has no name. */
  function: string
  /** A path, a `node:` name, or another URL as the tool gave it; null for native code. */
  file: string | null
  /** Of the definition, from 1. */
  line: number | null
  column: number | null
  /**
   * `gc` V8 collecting garbage; `program` native code with no JavaScript below it; `idle` waiting for work,
   * which is no cost.
   */
  kind: FrameKind
  /** Whose code it is, where more is known than the path says: `express@4.18.2`. See `groupOfFrame`. */
  group?: string
}

/** What a sample is filed under that has no frames. */
export const NO_STACK: Frame = { function: '(no stack)', file: null, line: null, column: null, kind: 'code' }

/** One call path: this frame, called by `parent`. */
export interface StackNode {
  /** Index into `frames`. */
  frame: number
  /** Index into `stacks`, less than this node's own; -1 for an outermost call. */
  parent: number
  /** In exactly this call path, callees excluded; in the profile's unit. */
  self: number
  /** Samples that ended in exactly this call path. */
  samples: number
}

/** Milliseconds of a CPU or wall-clock profile; bytes of a heap profile; samples where the file knows no time. */
export type ProfileUnit = 'ms' | 'bytes' | 'samples'

/**
 * The samples one by one, in the order of time. What is needed to say how certain a time is: samples of one burst
 * come one after the other and aren't independent, which counts a stack don't show.
 */
export interface SampleOrder {
  /** Indices into `stacks`. */
  nodes: Int32Array
  /** How long each stands for, in the profile's unit. */
  weights: Float64Array
}

/** One thread, or several merged into one. */
export interface Profile {
  /** What the file calls it: a thread, a process; null when it has no name. */
  name: string | null
  /** `v8` for `.cpuprofile`. */
  tool: string
  toolVersion: string | null
  pid: number | null
  /** ISO 8601, UTC. Null when the tool's file holds only a monotonic clock. */
  startedAt: string | null
  unit: ProfileUnit
  /** Wall time from start to stop; 0 where the file doesn't say. The stacks' `self` of a CPU profile add up to about this, idle time included. */
  duration_ms: number
  samples: number
  /** The median time between samples, which is what the sampler did and not what it was asked to do. */
  interval_us: number | null
  frames: Frame[]
  stacks: StackNode[]
  /** Absent where the file holds sums only. */
  order?: SampleOrder
}
