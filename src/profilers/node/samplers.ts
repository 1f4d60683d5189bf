/** What is sampled in a thread: its CPU, or what it allocates on V8's heap. */
import type { Command } from './in-worker.js'

/** For what walks the heap or sends a long profile. A target that is silent for longer is in native code. */
export const SLOW_LIMIT_MS = 10_000

export interface Sampler {
  kind: 'cpu' | 'heap'
  /** With its dot. */
  extension: string
  /** Null for heap profiles. */
  interval_us: number | null
  prepare: readonly Command[]
  start: Command
  /** Commands after the start, so that all is seen; not in a target that counts its own coverage, which it would reset. */
  complete: readonly Command[]
  stop: string
  read: (answer: Record<string, unknown>) => Taken
}

/** Of one thread. */
export interface Taken {
  /** As the file holds it. */
  text: string
  /** Null where the profile has no clock of its own. */
  duration_ms: number | null
  samples: number
  /** Samples that the time and the interval promise, less those taken. */
  dropped: number
  /** In ms of the monotonic clock; null where the profile has none. */
  firstSampleAt_ms: number | null
}

/**
 * A function that V8 optimised before the profiler's start is missing from its samples, now and then even when it is
 * entered again later; one that has been looping since always is. Toggling precise coverage makes V8 log them all.
 * It walks the heap once more, so it takes about as long as the start itself (0.2 s for 2 million objects).
 */
const SHOW_OPTIMISED: readonly Command[] = [
  ['Profiler.startPreciseCoverage', { callCount: false, detailed: false }],
  ['Profiler.stopPreciseCoverage', {}],
]

export function cpuSampler(interval_us: number): Sampler {
  return {
    kind: 'cpu',
    extension: '.cpuprofile',
    interval_us,
    prepare: [
      ['Profiler.enable', {}],
      ['Profiler.setSamplingInterval', { interval: interval_us }],
    ],
    start: ['Profiler.start', {}],
    complete: SHOW_OPTIMISED,
    stop: 'Profiler.stop',
    read: answer => {
      const { profile } = answer as { profile: CpuProfile }
      const duration_ms = (profile.endTime - profile.startTime) / 1000
      const samples = profile.samples.length
      return {
        text: JSON.stringify(profile),
        duration_ms,
        samples,
        dropped: Math.max(0, Math.round((duration_ms * 1000) / interval_us) - samples),
        firstSampleAt_ms: samples === 0 ? null : (profile.startTime + profile.timeDeltas[0]!) / 1000,
      }
    },
  }
}

interface CpuProfile {
  startTime: number
  endTime: number
  samples: number[]
  timeDeltas: number[]
}

/**
 * Bytes are V8's estimate: it samples one allocation in about `interval_bytes` and scales what it saw. Only V8's own
 * heap is in it: no Buffers, no native memory. `live` counts only what is still there at the end, which shows what
 * piles up; else everything that was allocated meanwhile counts, also what was collected since, which shows who
 * gives the garbage collector its work. What an inlined function allocates, V8 counts to its caller.
 */
export function heapSampler(interval_bytes: number, live: boolean): Sampler {
  const params = {
    samplingInterval: interval_bytes,
    includeObjectsCollectedByMajorGC: !live,
    includeObjectsCollectedByMinorGC: !live,
  }
  return {
    kind: 'heap',
    extension: '.heapprofile',
    interval_us: null,
    prepare: [],
    start: ['HeapProfiler.startSampling', params],
    complete: [],
    stop: 'HeapProfiler.stopSampling',
    read: answer => {
      const { profile } = answer as { profile: { samples: unknown[] } }
      return {
        text: JSON.stringify(profile),
        duration_ms: null,
        samples: profile.samples.length,
        dropped: 0,
        firstSampleAt_ms: null,
      }
    },
  }
}
