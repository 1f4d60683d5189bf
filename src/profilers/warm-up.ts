/**
 * Where a capture's steady part begins. Attaching makes V8 compile anew, so the first seconds can cost a multiple of the rest; how much of
 * a capture that is depends on its length and on the load, and says nothing about the code.
 *
 * The cut is the one after which the mean is known best (marginal standard error rule: White 1997), if what lies before it was busier, or
 * less busy, by half at least. Never more than half of the capture.
 */

const BUSIER = 1.5

/** `busy`: active time in equal stretches. Returns the share of the capture to leave out; 0 for none. */
export function findWarmUp(busy: Float64Array): number {
  let best = { cut: 0, error: errorOfMean(busy) }
  for (let cut = 1; cut <= busy.length / 2; cut += 1) {
    const error = errorOfMean(busy.subarray(cut))
    if (error < best.error) best = { cut, error }
  }
  const [first, rest] = [meanOf(busy.subarray(0, best.cut)), meanOf(busy.subarray(best.cut))]
  const isApart = first > BUSIER * rest || rest > BUSIER * first
  return best.cut > 0 && isApart ? best.cut / busy.length : 0
}

/** Squared, times a constant. */
function errorOfMean(part: Float64Array): number {
  const mean = meanOf(part)
  return part.reduce((sum, one) => sum + (one - mean) ** 2, 0) / part.length ** 2
}

function meanOf(part: Float64Array): number {
  return part.length === 0 ? 0 : part.reduce((sum, one) => sum + one, 0) / part.length
}
