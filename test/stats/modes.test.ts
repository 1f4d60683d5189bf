import { describe, expect, it } from 'vitest'
import {
  type Distribution,
  distributionFromPairs,
  distributionFromValues,
} from '../../src/stats/distribution.js'
import { estimateLogDensity } from '../../src/stats/log-density.js'
import { findModes } from '../../src/stats/modes.js'
import { createRandom } from '../../src/stats/random.js'

const random = createRandom(2)
const around = (ms: number, spread: number) => ms * Math.exp(spread * random.nextNormal())
const cache = (hits: number, spread: number) => () =>
  random.next() < hits ? around(15, spread) : around(900, spread)

/** In whole milliseconds, as most logs have it; the halves are customers, here at random. */
function drawSample(size: number, draw: () => number): [Distribution, [Distribution, Distribution]] {
  const values = Array.from({ length: size }, () => Math.round(draw()))
  const half = Math.floor(size / 2)
  return [
    distributionFromValues(values),
    [distributionFromValues(values.slice(0, half)), distributionFromValues(values.slice(half))],
  ]
}

function countRight(size: number, draw: () => number, wanted: number, runs: number): number {
  let right = 0
  for (let run = 0; run < runs; run += 1) {
    const [all, halves] = drawSample(size, draw)
    if (findModes(all).length === wanted && findModes(all, halves).length === wanted) right += 1
  }
  return right / runs
}

describe('findModes', () => {
  it.each([
    [200, 300],
    [2000, 100],
    [20_000, 20],
  ])('finds one mode in log-normal samples of %i', (size, runs) => {
    expect(countRight(size, () => around(50, 0.6), 1, runs)).toBeGreaterThanOrEqual(0.98)
    expect(countRight(size, () => around(3, 0.8), 1, runs)).toBeGreaterThanOrEqual(0.98)
    expect(countRight(size, () => 20 - 30 * Math.log(1 - random.next()), 1, runs)).toBeGreaterThanOrEqual(
      0.98,
    )
  })

  it.each([
    [200, 150],
    [2000, 60],
    [20_000, 10],
  ])('finds both modes of a cache that hits and misses, in samples of %i', (size, runs) => {
    expect(countRight(size, cache(0.7, 0.3), 2, runs)).toBeGreaterThanOrEqual(0.98)
    expect(countRight(size, cache(0.85, 0.4), 2, runs)).toBeGreaterThanOrEqual(0.98)
  })

  it('says where they are and how much they hold', () => {
    const [all] = drawSample(20_000, cache(0.7, 0.3))
    const [hits, misses] = findModes(all)
    expect(hits!.value).toBeGreaterThan(12)
    expect(hits!.value).toBeLessThan(16)
    expect(hits!.share).toBeCloseTo(0.7, 1)
    expect(misses!.value).toBeGreaterThan(750)
    expect(misses!.value).toBeLessThan(950)
    expect(hits!.share + misses!.share).toBeCloseTo(1, 2)
  })

  it('needs 5% of the numbers for a mode', () => {
    const [all] = drawSample(20_000, cache(0.97, 0.3))
    expect(findModes(all).length).toBe(1)
    const [enough] = drawSample(20_000, cache(0.93, 0.3))
    expect(findModes(enough).length).toBe(2)
  })

  it('leaves out a mode that only one half of the customers has', () => {
    const values = (draw: () => number) => Array.from({ length: 3000 }, () => Math.round(draw()))
    const plain = values(() => around(15, 0.3))
    const slow = values(() => (random.next() < 0.5 ? around(15, 0.3) : around(900, 0.3)))
    const all = distributionFromValues([...plain, ...slow])
    expect(findModes(all).length).toBe(2)
    const [mode, ...others] = findModes(all, [distributionFromValues(plain), distributionFromValues(slow)])
    expect(others).toEqual([])
    expect(mode!.value).toBeLessThan(20)
    expect(mode!.share).toBeCloseTo(1, 2)
  })

  it('keeps the higher of two modes when each half has one', () => {
    const values = (ms: number, size: number) =>
      distributionFromValues(Array.from({ length: size }, () => Math.round(around(ms, 0.3))))
    const fast = values(15, 1000)
    const slow = values(900, 3000)
    const all = distributionFromPairs(
      [fast, slow].flatMap(d => Array.from(d.values, (value, i) => [value, d.counts[i]!] as const)),
    )
    const modes = findModes(all, [fast, slow])
    expect(modes.length).toBe(1)
    expect(modes[0]!.value).toBeGreaterThan(750)
  })

  it('takes constants, zeros, and single numbers for what they are', () => {
    expect(findModes(distributionFromValues([]))).toEqual([])
    for (const [values, at] of [
      [[303, 303, 303], 303],
      [[7], 7],
    ] as const) {
      const modes = findModes(distributionFromValues(values))
      expect(modes.length).toBe(1)
      expect(modes[0]!.value / at).toBeCloseTo(1, 1)
      expect(modes[0]!.share).toBeCloseTo(1, 3)
    }
    expect(findModes(distributionFromValues([0, 0])).length).toBe(1)
    const cached = distributionFromPairs([
      [0, 7000],
      [1, 2000],
      [400, 500],
      [401, 600],
      [402, 500],
    ])
    expect(findModes(cached).length).toBe(2)
  })

  it('has a density that integrates to one', () => {
    const [all] = drawSample(500, () => around(50, 0.6))
    const { density, step } = estimateLogDensity(all)
    expect(density.reduce((sum, height) => sum + height * step, 0)).toBeCloseTo(1, 6)
  })
})
