/** How steady the machine was, in a sentence. */
import type { MachineNoise } from '../../experiments/benchmarks/comparison.js'
import { isNoisy } from '../../experiments/benchmarks/noise.js'
import { formatShare } from '../../units.js'
import { formatMilliseconds } from './measured.js'

export function describeSteadiness(noise: MachineNoise): string {
  const { before, worstSpread, drift, range } = noise
  const size = formatShare(Math.abs(drift))
  const end = size === '0.0%' ? 'as long' : `${size} ${drift > 0 ? 'longer' : 'shorter'}`
  return [
    `The machine was ${isNoisy(noise) ? 'noisy' : 'steady'}: the same ${formatMilliseconds(before.median_ms)} of work`,
    `took at most ${formatShare(range)} longer at one time than at another (${end} at the end than at the start),`,
    `and varied by ${formatShare(worstSpread)} within a moment.`,
  ].join(' ')
}
