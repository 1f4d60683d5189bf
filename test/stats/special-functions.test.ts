import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  binomialCdf,
  binomialQuantile,
  normalCdf,
  normalQuantile,
  tCdf,
  tQuantile,
} from '../../src/stats/special-functions.js'

describe('special functions', () => {
  it('give the figures of printed tables', () => {
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 12)
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12)
    expect(tQuantile(0.975, 1)).toBeCloseTo(12.706204736432095, 9)
    expect(tQuantile(0.975, 4)).toBeCloseTo(2.7764451051977987, 10)
    expect(tQuantile(0.975, 120)).toBeCloseTo(1.979930405052777, 10)
    expect(tCdf(2.228138851964939, 10)).toBeCloseTo(0.975, 11)
    expect(binomialCdf(10, 20, 0.5)).toBeCloseTo(0.5880985260009766, 12)
    expect(binomialQuantile(0.025, 20, 0.5)).toBe(6)
    expect(binomialQuantile(0.975, 20, 0.5)).toBe(14)
  })

  it('take fractional degrees of freedom, between those of whole ones', () => {
    expect(tQuantile(0.975, 4.5)).toBeLessThan(tQuantile(0.975, 4))
    expect(tQuantile(0.975, 4.5)).toBeGreaterThan(tQuantile(0.975, 5))
    // df = 1 is Cauchy's distribution and df = 2 has a closed form.
    expect(tQuantile(0.9, 1)).toBeCloseTo(Math.tan(Math.PI * 0.4), 10)
    expect(tQuantile(0.9, 2)).toBeCloseTo(0.8 * Math.sqrt(2 / (1 - 0.64)), 10)
  })

  it('reach the normal distribution without a step', () => {
    expect(tQuantile(0.975, 9.9e6)).toBeCloseTo(normalQuantile(0.975), 6)
    expect(tQuantile(0.975, Infinity)).toBe(normalQuantile(0.975))
    expect(tCdf(1.5, 1e12)).toBe(normalCdf(1.5))
  })

  it('end where probability ends', () => {
    expect(normalQuantile(0)).toBe(-Infinity)
    expect(tQuantile(1, 5)).toBe(Infinity)
    expect(tCdf(-Infinity, 5)).toBe(0)
    expect(tCdf(Infinity, 5)).toBe(1)
    expect(binomialCdf(-1, 5, 0.5)).toBe(0)
    expect(binomialCdf(5, 5, 0.5)).toBe(1)
    expect(() => tQuantile(1.1, 5)).toThrow(/probability/)
    expect(() => tCdf(1, 0)).toThrow(/degrees of freedom/)
  })

  it('are each other’s inverse', () => {
    const inside = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true })
    fc.assert(
      fc.property(inside, fc.double({ min: 0.5, max: 1e6, noNaN: true }), (p, df) => {
        expect(tCdf(tQuantile(p, df), df)).toBeCloseTo(p, 8)
        expect(tQuantile(1 - p, df) / tQuantile(p, df)).toBeCloseTo(-1, 4)
      }),
    )
    fc.assert(
      fc.property(inside, fc.integer({ min: 1, max: 100_000 }), inside, (probability, n, p) => {
        const k = binomialQuantile(probability, n, p)
        expect(binomialCdf(k, n, p)).toBeGreaterThanOrEqual(probability)
        expect(binomialCdf(k - 1, n, p)).toBeLessThan(probability)
      }),
    )
  })
})
