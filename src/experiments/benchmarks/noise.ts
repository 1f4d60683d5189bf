/** How steady the machine is: the same short piece of work, timed many times. */
import { setImmediate } from 'node:timers/promises'
import { distributionFromValues, quantile } from '../../stats/distribution.js'
import { formatShare } from '../../units.js'
import type { Warning } from '../../warnings.js'
import type { MachineNoise } from './comparison.js'
import type { Calibration } from './repetition.js'

/** Timed pieces; with 3 ms each, a calibration takes about 150 ms. */
const PIECES = 45
/** Ahead of them, until the work is compiled. */
const WARM_UP = 6
/** Words of 4 bytes: more than a core's first cache, so that neighbours who fill the shared ones are seen, too. */
const WORDS = 1 << 16
const PASSES = 24

/**
 * Of the range: repetitions whose speed varies by a standard deviation of 1.5% let six pairs find 3% of CPU time, the smallest
 * change of a gate by default, four times in five; a dozen draws of such a spread lie about 5% apart.
 */
const MOST_RANGE = 0.05
/** Of single pieces, which average out over seconds of load unless there are many: then another program shares the core. */
const MOST_SPREAD = 0.1

/** Pieces take their time on the thread that calls; others get a turn between them. */
export async function calibrate(): Promise<Calibration> {
  const words = new Uint32Array(WORDS)
  const times: number[] = []
  for (let piece = -WARM_UP; piece < PIECES; piece += 1) {
    const start = performance.now()
    work(words)
    if (piece >= 0) times.push(performance.now() - start)
    await setImmediate()
  }
  const sorted = distributionFromValues(times)
  const at = (q: number) => quantile(sorted, q)!
  const median = at(0.5)
  return {
    median_ms: round(median, 4),
    spread: round((at(0.75) - at(0.25)) / median, 4),
    slowest: round(at(1) / median, 4),
  }
}

/** Xorshift (Marsaglia, 2003) through an array: arithmetic and memory, and nothing that allocates. */
function work(words: Uint32Array): void {
  let state = 2_463_534_242
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (let at = 0; at < words.length; at += 1) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      words[at] = words[at]! ^ state
    }
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** In the order in which they were made. Throws a `RangeError` for none. */
export function summariseNoise(calibrations: readonly Calibration[]): MachineNoise {
  const before = calibrations[0]
  const after = calibrations.at(-1)
  if (!before || !after) throw new RangeError('Expected at least one calibration, found none.')
  const medians = calibrations.map(({ median_ms }) => median_ms)
  return {
    before,
    after,
    worstSpread: Math.max(...calibrations.map(({ spread }) => spread)),
    drift: round(after.median_ms / before.median_ms - 1, 4),
    range: round(Math.max(...medians) / Math.min(...medians) - 1, 4),
  }
}

export function isNoisy({ worstSpread, range }: MachineNoise): boolean {
  return worstSpread > MOST_SPREAD || range > MOST_RANGE
}

export function describeNoise(noise: MachineNoise): Warning[] {
  if (!isNoisy(noise)) return []
  const { worstSpread, range } = noise
  const found = [
    ...(range > MOST_RANGE ? [`took up to ${formatShare(range)} longer at one time than at another`] : []),
    ...(worstSpread > MOST_SPREAD
      ? [`varied by ${formatShare(worstSpread)} between its quartiles within a moment`]
      : []),
  ]
  return [
    {
      code: 'machine-noisy',
      message: `The machine was not steady: the same piece of work ${found.join(', and ')}. Changes of a few percent can't be seen through that.`,
      next: 'End what else runs here, or use a machine of its own; more repetitions help, too: --repetitions 12',
    },
  ]
}
