/** What is sampled in a thread: its CPU, or what it allocates on V8's heap. */
import type { Channel } from './inspector.js'

/** For what walks the heap or sends a long profile. A target that is silent for longer is in native code. */
export const SLOW_LIMIT_MS = 10_000

export interface Sampler {
  kind: 'cpu' | 'heap'
  /** With its dot. */
  extension: string
  /** Null for heap profiles. */
  interval_us: number | null
  prepare: (thread: Pick<Channel, 'send'>) => Promise<void>
  start: (thread: Pick<Channel, 'send'>) => Promise<void>
  stop: (thread: Pick<Channel, 'send'>) => Promise<Taken>
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

export function cpuSampler(interval_us: number): Sampler {
  return {
    kind: 'cpu',
    extension: '.cpuprofile',
    interval_us,
    prepare: async thread => {
      await thread.send('Profiler.enable')
      await thread.send('Profiler.setSamplingInterval', { interval: interval_us })
    },
    start: async thread => {
      await thread.send('Profiler.start', {}, SLOW_LIMIT_MS)
    },
    stop: async thread => {
      const { profile } = (await thread.send('Profiler.stop', {}, SLOW_LIMIT_MS)) as { profile: CpuProfile }
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
 * gives the garbage collector its work.
 */
export function heapSampler(interval_bytes: number, live: boolean): Sampler {
  return {
    kind: 'heap',
    extension: '.heapprofile',
    interval_us: null,
    prepare: async () => {},
    start: async thread => {
      await thread.send(
        'HeapProfiler.startSampling',
        {
          samplingInterval: interval_bytes,
          includeObjectsCollectedByMajorGC: !live,
          includeObjectsCollectedByMinorGC: !live,
        },
        SLOW_LIMIT_MS,
      )
    },
    stop: async thread => {
      const { profile } = (await thread.send('HeapProfiler.stopSampling', {}, SLOW_LIMIT_MS)) as {
        profile: { samples: unknown[] }
      }
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
