/** Many tests at once: some come out "significant" by chance alone. */

export interface Adjusted {
  /** In the order given; compare with the false discovery rate that is wanted. */
  adjusted: number[]
  /** Positions whose adjusted p is at most `rate`, in the order given. */
  selected: number[]
}

/**
 * Benjamini and Hochberg (1995): of what is selected, on average at most `rate` are false. Holds for
 * independent p values and for those that rise and fall together. A p that couldn't be told (null) must be
 * left out before, not passed as 1.
 *
 * Misleads when only the interesting tests of a larger set are passed in: all that were looked at count.
 */
export function adjustForMany(pValues: readonly number[], rate = 0.05): Adjusted {
  for (const p of pValues) {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`Expected a p value from 0 to 1, found ${p}.`)
  }
  const order = pValues.map((_, position) => position).sort((one, other) => pValues[one]! - pValues[other]!)
  const adjusted = new Array<number>(pValues.length)
  let smallest = 1
  for (let rank = order.length; rank >= 1; rank -= 1) {
    const position = order[rank - 1]!
    smallest = Math.min(smallest, pValues[position]! * (pValues.length / rank))
    adjusted[position] = smallest
  }
  return { adjusted, selected: adjusted.flatMap((p, position) => (p <= rate ? [position] : [])) }
}

/**
 * Holm (1979): adjusted p values, in the order given. Of all that are at most α, the chance that even one is false is at most α, however
 * the tests depend on each other.
 */
export function adjustByHolm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, position) => position).sort((one, other) => pValues[one]! - pValues[other]!)
  const adjusted = new Array<number>(pValues.length)
  let largest = 0
  for (const [rank, position] of order.entries()) {
    largest = Math.max(largest, Math.min(1, pValues[position]! * (pValues.length - rank)))
    adjusted[position] = largest
  }
  return adjusted
}
