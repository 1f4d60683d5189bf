import { describe, expect, it } from 'vitest'
import { createRandom, drawPoisson } from '../../src/stats/random.js'

const draw = (seed: number, count: number) => {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

describe('createRandom', () => {
  it('gives the same numbers for the same seed, in this release and in later ones', () => {
    expect(draw(1, 5)).toEqual(draw(1, 5))
    expect(draw(1, 3)).toEqual([0.5636717735324055, 0.5851113414391875, 0.8959073920268565])
  })

  it('gives unrelated numbers for neighbouring seeds', () => {
    const one = draw(1, 10_000)
    const next = draw(2, 10_000)
    const together = one.reduce((sum, value, i) => sum + (value - 0.5) * (next[i]! - 0.5), 0) / 10_000
    expect(Math.abs(together * 12)).toBeLessThan(0.04)
  })

  it('spreads evenly, and normally', () => {
    const random = createRandom(7)
    const tens = new Array<number>(10).fill(0)
    for (let i = 0; i < 100_000; i += 1) tens[random.nextInteger(10)]! += 1
    const chiSquared = tens.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
    expect(chiSquared).toBeLessThan(27.9)

    const normal = Array.from({ length: 100_000 }, () => random.nextNormal())
    const moment = (power: number) => normal.reduce((sum, value) => sum + value ** power, 0) / normal.length
    expect(moment(1)).toBeCloseTo(0, 1)
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.02)
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.15)
  })
})

it('draws Poisson numbers with mean 1', () => {
  const random = createRandom(3)
  const counts = new Array<number>(9).fill(0)
  for (let i = 0; i < 100_000; i += 1) counts[drawPoisson(random)]! += 1
  let likely = 1 / Math.E
  const chiSquared = counts.slice(0, 6).reduce((sum, count, k) => {
    likely /= Math.max(1, k)
    return sum + (count - 100_000 * likely) ** 2 / (100_000 * likely)
  }, 0)
  // Five degrees of freedom, once in a thousand.
  expect(chiSquared).toBeLessThan(20.5)
})
