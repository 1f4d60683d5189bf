import { describe, expect, it } from 'vitest'
import { measureApart, measurePairs } from '../../src/stats/paired-change.js'
import { createRandom } from '../../src/stats/random.js'

const pair = (base: number, head: number) => ({ base, head })

describe('pairs of runs', () => {
  it('are judged by Student’s t over their differences', () => {
    // R: t.test(c(12, 15, 11, 14, 13), c(10, 11, 10, 12, 12), paired = TRUE)
    const pairs = [pair(10, 12), pair(11, 15), pair(10, 11), pair(12, 14), pair(12, 13)]
    const change = measurePairs(pairs, { kind: 'absolute', smallest: 1 })
    expect(change.value).toBeCloseTo(2, 10)
    expect(change.df).toBe(4)
    expect(change.interval![0]).toBeCloseTo(0.479, 3)
    expect(change.interval![1]).toBeCloseTo(3.521, 3)
    expect(change.p).toBeCloseTo(0.0217, 3)
  })

  it('that change by a part are judged by logarithms, and said as a part of the base', () => {
    const bases = [100, 200, 50, 400, 150, 80]
    const noise = [1.01, 0.99, 1.005, 0.995, 1.01, 0.99]
    const pairs = bases.map((base, i) => pair(base, base * 1.2 * noise[i]!))
    const { value, interval } = measurePairs(pairs, { kind: 'relative', smallest: 0.03 })
    expect(value).toBeCloseTo(0.2, 3)
    expect(interval![0]).toBeGreaterThan(0.18)
    expect(interval![1]).toBeLessThan(0.22)
  })

  it('under five say nothing', () => {
    const change = measurePairs([pair(1, 2), pair(1, 2), pair(1, 2), pair(1, 2)], {
      kind: 'relative',
      smallest: 0.1,
    })
    expect(change).toMatchObject({ interval: null, needs: 5, reason: expect.stringContaining('4 pairs') })
  })

  it('that are all alike have an interval all the same: it shows a shift, and none for the same', () => {
    const shifted = measurePairs(Array(6).fill(pair(303, 310)), { kind: 'relative', smallest: 0.02 })
    expect(shifted.value).toBeCloseTo(7 / 303, 6)
    expect(shifted.interval![0]).toBeGreaterThan(0.02)
    expect(shifted.interval![1]).toBeGreaterThan(shifted.interval![0])
    const same = measurePairs(Array(6).fill(pair(303, 303)), { kind: 'relative', smallest: 0.02 })
    expect(same.value).toBe(0)
    expect(same.interval![0]).toBeLessThan(0)
    expect(same.interval![1]).toBeLessThan(0.002)
  })

  it('of a figure that is 0 at times are a part of the base’s mean; of nothing there is no part', () => {
    const some = measurePairs([pair(0, 1), pair(2, 3), pair(2, 3), pair(1, 2), pair(0, 1), pair(1, 2)], {
      kind: 'relative',
      smallest: 0.1,
    })
    expect(some.value).toBeCloseTo(1, 10)
    const none = measurePairs(Array(6).fill(pair(0, 1)), { kind: 'relative', smallest: 0.1 })
    expect(none).toMatchObject({
      value: null,
      interval: null,
      reason: expect.stringContaining('0 in the base'),
    })
    const still = measurePairs(Array(6).fill(pair(0, 0)), { kind: 'relative', smallest: 0.1 })
    expect(still).toMatchObject({ value: 0, interval: [0, 0] })
  })

  it('need what settles them four times out of five', () => {
    const random = createRandom(4)
    const draw = (n: number) =>
      Array.from({ length: n }, () =>
        pair(Math.exp(0.03 * random.nextNormal()), 1.05 * Math.exp(0.03 * random.nextNormal())),
      )
    let [asked, settled] = [0, 0]
    for (let run = 0; run < 400; run += 1) {
      const pilot = measurePairs(draw(6), { kind: 'relative', smallest: 0.03 })
      if (pilot.interval![0] > 0) continue
      expect(pilot.needs).toBeGreaterThan(6)
      asked += 1
      const whole = measurePairs(draw(pilot.needs!), { kind: 'relative', smallest: 0.03 })
      if (whole.interval![0] > 0) settled += 1
    }
    expect(asked).toBeGreaterThan(80)
    expect(settled / asked).toBeGreaterThan(0.8)
  })
})

describe('runs that weren’t interleaved', () => {
  it('are judged by Welch’s t', () => {
    // R: t.test(c(21, 24, 20, 27, 23, 26), c(18, 19, 20, 18, 19))
    const change = measureApart([18, 19, 20, 18, 19], [21, 24, 20, 27, 23, 26], {
      kind: 'absolute',
      smallest: 1,
    })
    expect(change.value).toBeCloseTo(4.7, 6)
    expect(change.df).toBeCloseTo(6.055, 1)
    expect(change.interval![0]).toBeGreaterThan(1.7)
    expect(change.interval![1]).toBeLessThan(7.7)
  })

  it('may be of several numbers; under five on a side say nothing', () => {
    expect(measureApart([1, 2, 3, 4], [1, 2, 3, 4, 5, 6], { kind: 'absolute', smallest: 1 })).toMatchObject({
      interval: null,
      reason: expect.stringContaining('4 repetitions'),
    })
  })
})
