import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import type { Random } from '../../../src/stats/random.js'
import { makeRepetition } from './make-repetition.js'

export interface Nights {
  nights: number
  /** The level of each night, as a part of the first one: 1.05 is 5% more. */
  level?: (night: number) => number
  /** Of one night, as a part of its level. */
  sd?: number
  /** What a night takes over from the night before. */
  likeness?: number
  commitOf?: (night: number) => string
}

export const FIRST_NIGHT = Date.UTC(2026, 0, 1, 2)

export function nightAt(night: number): string {
  return new Date(FIRST_NIGHT + night * 86_400_000).toISOString()
}

export function nameNight(night: number): string {
  return `night-${String(night).padStart(3, '0')}`
}

function fakeCommit(night: number): string {
  return (0xabc0000 + night).toString(16).padEnd(40, '0')
}

/** One repetition a night, whose CPU time per request is 3 ms times its level, with noise. */
export function makeNights(random: Random, made: Nights): Repetition[] {
  const { nights, level = () => 1, sd = 0.025, likeness = 0, commitOf = fakeCommit } = made
  const base = makeRepetition({ latency: [] })
  let own = random.nextNormal()
  return Array.from({ length: nights }, (_, night) => {
    if (night > 0) own = likeness * own + Math.sqrt(1 - likeness ** 2) * random.nextNormal()
    return {
      ...base,
      run: nameNight(night),
      at: nightAt(night),
      cpuPerRequest_ms: 3 * level(night) * (1 + sd * own),
      environment: { ...base.environment, commit: commitOf(night) },
    }
  })
}
