import { describe, expect, it } from 'vitest'
import { type Corners, dipOfLogs, measureDip } from '../../src/stats/dip.js'
import { distributionFromPairs, distributionFromValues } from '../../src/stats/distribution.js'
import { createRandom } from '../../src/stats/random.js'

function cornersOf(values: readonly number[], counts: readonly number[] = values.map(() => 1)): Corners {
  const d = distributionFromPairs(values.map((value, i) => [value, counts[i]!] as const))
  const passed = (to: number) => d.counts.slice(0, to).reduce((sum, count) => sum + count, 0)
  return {
    at: d.values,
    below: d.values.map((_, i) => passed(i) / d.total),
    upTo: d.values.map((_, i) => passed(i + 1) / d.total),
  }
}

/**
 * By the definition: the smallest d for which, with the peak at some value, a convex function fits into the band of ± d before it, a concave
 * one after it, and the first ends no higher than the second starts. All triples of points, and all lines through two, by halving d.
 */
function dipByDefinition({ at, below, upTo }: Corners): number {
  const n = at.length
  const lineAt = (i: number, from: number, j: number, to: number, x: number) =>
    from + ((to - from) * (at[x]! - at[i]!)) / (at[j]! - at[i]!)
  const fits = (peak: number, d: number) => {
    let endsAt = below[peak]! - d
    let startsAt = upTo[peak]! + d
    for (let j = 0; j < peak; j += 1) {
      if (upTo[j]! - below[j]! > 2 * d) return false
      for (let i = 0; i < j; i += 1) {
        endsAt = Math.max(endsAt, lineAt(i, below[i]! + d, j, upTo[j]! - d, peak))
        for (let l = j + 1; l <= peak; l += 1) {
          if (upTo[j]! - d > lineAt(i, below[i]!, l, below[l]!, j) + d) return false
        }
      }
    }
    for (let j = peak + 1; j < n; j += 1) {
      if (upTo[j]! - below[j]! > 2 * d) return false
      for (let l = j + 1; l < n; l += 1) {
        startsAt = Math.min(startsAt, lineAt(j, below[j]! + d, l, upTo[l]! - d, peak))
        for (let i = peak; i < j; i += 1) {
          if (below[j]! + d < lineAt(i, upTo[i]!, l, upTo[l]!, j) - d) return false
        }
      }
    }
    return endsAt <= startsAt
  }
  let low = 0
  let high = 0.5
  for (let step = 0; step < 45; step += 1) {
    const middle = (low + high) / 2
    if (Array.from(at).some((_, peak) => fits(peak, middle))) high = middle
    else low = middle
  }
  return high
}

describe('the dip', () => {
  it.each<[string, Corners, number]>([
    ['of evenly spaced numbers is 1/(2n), the least there is', cornersOf([1, 2, 3, 4, 5]), 1 / 10],
    ['of two numbers is a quarter', cornersOf([1, 2]), 1 / 4],
    ['of one value is nothing', cornersOf([3]), 0],
    ['of two clusters far apart is nearly a quarter', cornersOf([0, 1e-9, 1, 1 + 1e-9]), 1 / 4],
    ['of a large and a small atom is half of the small one', cornersOf([1, 2], [7, 3]), 0.15],
    // By hand: the line under 0, 1 and 2 fits all but the gap; three clusters of a third cost a sixth.
    ['of three equal atoms is a sixth', cornersOf([0, 1, 2], [2, 2, 2]), 1 / 6],
  ])('%s', (_, corners, dip) => {
    expect(measureDip(corners)).toBeCloseTo(dip, 8)
    expect(dipByDefinition(corners)).toBeCloseTo(dip, 8)
  })

  it('is what the definition says, for numbers and for values with counts', () => {
    const random = createRandom(85)
    for (let run = 0; run < 1500; run += 1) {
      const n = 2 + random.nextInteger(8)
      const values = Array.from({ length: n }, () =>
        random.next() < 0.5 ? random.next() : 2 + random.next() ** 3,
      )
      const counts = values.map(() => (run % 2 === 0 ? 1 : 1 + random.nextInteger(9)))
      const corners = cornersOf(values, counts)
      expect(measureDip(corners), `${values} × ${counts}`).toBeCloseTo(dipByDefinition(corners), 9)
    }
  })
})

describe('the dip of logarithms', () => {
  const random = createRandom(7)
  const around = (ms: number) => ms * Math.exp(0.5 * random.nextNormal())

  it('is next to nothing for one peak in whole milliseconds, and large for two', () => {
    const one = distributionFromValues(Array.from({ length: 20_000 }, () => Math.round(around(6))))
    const two = distributionFromValues(
      Array.from({ length: 20_000 }, (_, i) => Math.round(around(i % 2 === 0 ? 20 : 900))),
    )
    expect(dipOfLogs(one, 1)!.statistic).toBeLessThan(0.01)
    expect(dipOfLogs(two, 1)!.statistic).toBeGreaterThan(0.08)
    expect(dipOfLogs(two, 1)!.p).toBeNull()
  })

  it('of a small sample comes with a p that is seeded, and small for two peaks only', () => {
    const small = (far: number) =>
      distributionFromValues(Array.from({ length: 60 }, (_, i) => around(i % 2 === 0 ? 20 : far)))
    const [one, two] = [small(20), small(900)]
    expect(dipOfLogs(one, 3)!.p).toBeGreaterThan(0.1)
    expect(dipOfLogs(two, 3)!.p).toBeLessThan(0.01)
    expect(dipOfLogs(two, 3)).toEqual(dipOfLogs(two, 3))
  })

  it('takes zeros, and has none without data', () => {
    expect(
      dipOfLogs(
        distributionFromPairs([
          [0, 3],
          [1, 4],
        ]),
        1,
      )!.statistic,
    ).toBeLessThan(0.25)
    expect(dipOfLogs(distributionFromValues([]), 1)).toBeNull()
  })

  it('keeps up with a hundred thousand distinct values', () => {
    const many = distributionFromValues(Array.from({ length: 100_000 }, () => around(100)))
    const started = performance.now()
    expect(dipOfLogs(many, 1)!.statistic).toBeLessThan(0.01)
    expect(performance.now() - started).toBeLessThan(3000)
  })
})
