/** Regressions that are accepted for a while. Pure. */
import type { BenchmarkComparison, JudgedWaiver } from './comparison.js'
import { type BenchMetric, kindOf } from './metrics.js'
import type { Waiver } from './scenario.js'

/** Every one is judged, whatever else there is for its metric. */
export function judgeWaivers(
  waivers: readonly Waiver[],
  measure: (metric: BenchMetric) => number | null,
  now: Date,
): JudgedWaiver[] {
  return waivers.map(waiver => judgeWaiver(waiver, measure(waiver.metric), now))
}

/** Those that fail the check: expired ones always, so that none is forgotten; exceeded ones unless another one of their metric holds. */
export function failingWaivers(judged: readonly JudgedWaiver[]): JudgedWaiver[] {
  return judged.filter(
    ({ state, metric }) =>
      state === 'expired' ||
      (state === 'exceeded' && !judged.some(other => other.metric === metric && other.state === 'holds')),
  )
}

/** Of those of one metric, the one that decides about its gate. */
export function decisiveWaiver(judged: readonly JudgedWaiver[]): JudgedWaiver | null {
  const failing = failingWaivers(judged)
  return failing.find(({ state }) => state === 'expired') ?? failing[0] ?? judged.find(isHeld) ?? null
}

function isHeld({ state }: JudgedWaiver): boolean {
  return state === 'holds'
}

/** Those that fail a comparison by themselves: their metric has no gate that would say so. */
export function failingWithoutGate({
  waivers,
  gates,
}: Pick<BenchmarkComparison, 'waivers' | 'gates'>): JudgedWaiver[] {
  return failingWaivers(waivers).filter(({ metric }) => !gates.some(gate => gate.metric === metric))
}

/** `value`: what was measured of its metric; null where it wasn't. A waiver holds through the day on which it expires, in UTC. */
export function judgeWaiver(waiver: Waiver, value: number | null, now: Date): JudgedWaiver {
  const isOver = now.toISOString().slice(0, 10) > waiver.expires
  const isBeyond =
    value !== null && (kindOf(waiver.metric).worse === 'up' ? value > waiver.ceiling : value < waiver.ceiling)
  return { ...waiver, value, state: isOver ? 'expired' : isBeyond ? 'exceeded' : 'holds' }
}
