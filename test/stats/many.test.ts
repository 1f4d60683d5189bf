import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adjustByHolm, adjustForMany } from '../../src/stats/many.js'

describe('adjustForMany', () => {
  it('adjusts as Benjamini and Hochberg, in the order given', () => {
    // Worked by hand: 0.04·4/4, 0.03·4/3 → 0.04, 0.01·4/1, 0.02·4/2.
    const { adjusted, selected } = adjustForMany([0.04, 0.03, 0.01, 0.02], 0.04)
    expect(adjusted.map(p => Math.round(p * 1e9) / 1e9)).toEqual([0.04, 0.04, 0.04, 0.04])
    expect(selected).toEqual([0, 1, 2, 3])
    expect(adjustForMany([0.5, 0.001, 0.9, 0.02])).toEqual({
      adjusted: [2 / 3, 0.004, 0.9, 0.04],
      selected: [1, 3],
    })
  })

  it('has nothing to say about nothing, and refuses what is no p value', () => {
    expect(adjustForMany([])).toEqual({ adjusted: [], selected: [] })
    expect(() => adjustForMany([0.5, Number.NaN])).toThrow(/NaN/)
  })

  it('never lowers a p value, and keeps their order', () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.array(p, { minLength: 1, maxLength: 60 }), ps => {
        const { adjusted, selected } = adjustForMany(ps)
        for (let i = 0; i < ps.length; i += 1) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(ps[i]!)
          expect(adjusted[i]).toBeLessThanOrEqual(1)
          for (let j = 0; j < ps.length; j += 1) {
            if (ps[i]! < ps[j]!) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!)
          }
        }
        // The step-up rule in its first form: all up to the largest rank k with p(k) ≤ rate·k/m.
        const sorted = ps.toSorted((a, b) => a - b)
        const rank = sorted.findLastIndex((value, i) => value * (ps.length / (i + 1)) <= 0.05) + 1
        expect(selected.length).toBe(rank)
      }),
    )
  })
})

describe('adjustByHolm', () => {
  it('adjusts step by step, in the order given', () => {
    // Worked by hand: 0.01·4, 0.02·3, 0.03·2, 0.04·1, none under the one before.
    expect(adjustByHolm([0.04, 0.01, 0.03, 0.02]).map(p => Math.round(p * 1e9) / 1e9)).toEqual([
      0.06, 0.04, 0.06, 0.06,
    ])
    expect(adjustByHolm([0.6, 0.7])).toEqual([1, 1])
    expect(adjustByHolm([])).toEqual([])
  })
})
