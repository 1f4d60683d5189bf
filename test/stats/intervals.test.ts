import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newcombeInterval, wilsonInterval } from '../../src/stats/intervals.js'

const rounded = ([low, high]: [number, number]) => [Math.round(low * 1e4) / 1e4, Math.round(high * 1e4) / 1e4]

describe('wilsonInterval', () => {
  it('gives the figures of Newcombe (1998a), table I', () => {
    expect(rounded(wilsonInterval(81, 263))).toEqual([0.2553, 0.3662])
    expect(rounded(wilsonInterval(15, 148))).toEqual([0.0624, 0.1605])
    expect(rounded(wilsonInterval(0, 20))).toEqual([0, 0.1611])
    expect(rounded(wilsonInterval(1, 29))).toEqual([0.0061, 0.1718])
  })

  it('holds the share, and mirrors it', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (good, bad) => {
        fc.pre(good + bad > 0)
        const [low, high] = wilsonInterval(good, good + bad)
        const [mirroredLow, mirroredHigh] = wilsonInterval(bad, good + bad)
        const share = good / (good + bad)
        expect(low).toBeLessThanOrEqual(share)
        expect(high).toBeGreaterThanOrEqual(share)
        expect(low + mirroredHigh).toBeCloseTo(1, 10)
        expect(high + mirroredLow).toBeCloseTo(1, 10)
      }),
    )
  })

  it('refuses what is no share', () => {
    expect(() => wilsonInterval(0, 0)).toThrow(RangeError)
    expect(() => wilsonInterval(5, 4)).toThrow(/5 of 4/)
  })
})

describe('newcombeInterval', () => {
  it('gives the figures of Newcombe (1998b), table II, method 10', () => {
    const change = (a: number, m: number, b: number, n: number) =>
      rounded(newcombeInterval({ good: b, trials: n }, { good: a, trials: m }))
    expect(change(56, 70, 48, 80)).toEqual([0.0524, 0.3339])
    expect(change(9, 10, 3, 10)).toEqual([0.1705, 0.809])
    expect(change(5, 56, 0, 29)).toEqual([-0.0381, 0.1926])
  })
})
