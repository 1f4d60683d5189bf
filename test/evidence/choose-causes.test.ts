import { describe, expect, test } from 'vitest'
import { chooseEdges } from '../../src/evidence/cause-candidates.js'
import { saysHowItEnded } from '../../src/evidence/cause-columns.js'
import { chooseCauses, foldSame, type MaskCount, type Ranked } from '../../src/evidence/choose-causes.js'
import { carryForward } from '../../src/evidence/find-causes.js'
import { newTally, screenExcess } from '../../src/stats/screen-excess.js'

const ranked = (candidate: number, z: number): Ranked => ({ pick: [candidate], z, sameAs: [] })

/** The same in each of twenty clusters. */
const everywhere = (masks: [mask: number, requests: number, slow: number][]): MaskCount[] =>
  Array.from({ length: 20 }, (_, cluster) =>
    masks.map(([mask, requests, slow]) => ({ mask, cluster, requests, slow })),
  ).flat()

describe('candidates that hold for nearly the same requests', () => {
  test('are one, under the clearest of them', () => {
    const counts = everywhere([
      [0b011, 95, 40],
      [0b010, 5, 0],
      [0b100, 100, 5],
      [0b000, 300, 5],
    ])
    expect(foldSame([ranked(7, 9), ranked(3, 8), ranked(5, 2)], counts)).toEqual([
      { pick: [7], z: 9, sameAs: [3] },
      { pick: [5], z: 2, sameAs: [] },
    ])
  })
})

describe('what is chosen', () => {
  /** Of two candidates: bit 0 and bit 1. */
  const choose = (masks: Parameters<typeof everywhere>[0]) => {
    const counts = everywhere(masks)
    const tally = (holds: (mask: number) => boolean) => {
      const found = newTally(20)
      for (const { mask, cluster, requests, slow } of counts) {
        found.requests[cluster]! += holds(mask) ? requests : 0
        found.slow[cluster]! += holds(mask) ? slow : 0
      }
      return found
    }
    const all = tally(() => true)
    const z = (bit: number) =>
      screenExcess(
        tally(mask => (mask & bit) > 0),
        all,
      ).z
    const singles = [ranked(0, z(1)), ranked(1, z(2))]
    return chooseCauses(singles, counts, 20, () => true)
  }

  test('a zone that is slow only for its one slow instance is left out', () => {
    // Bit 0: the instance, bit 1: its zone, which holds as many requests again.
    const { chosen } = choose([
      [0b11, 50, 25],
      [0b10, 50, 1],
      [0b00, 200, 4],
    ])
    expect(chosen.map(({ pick }) => pick)).toEqual([[0]])
  })

  test('two causes that have nothing to do with each other both stay', () => {
    const { chosen, pairs } = choose([
      [0b01, 50, 25],
      [0b10, 50, 20],
      [0b11, 5, 4],
      [0b00, 200, 4],
    ])
    expect(chosen.map(({ pick }) => pick)).toEqual([[0], [1]])
    expect(pairs).toBe(1)
  })

  test('what only two together do is their pair, and neither alone', () => {
    const { chosen } = choose([
      [0b11, 50, 30],
      [0b01, 50, 1],
      [0b10, 50, 1],
      [0b00, 200, 4],
    ])
    expect(chosen.map(({ pick }) => pick)).toEqual([[0, 1]])
  })
})

describe('what is carried to the other half', () => {
  test('the best however unlikely, the others only if they may be no chance, and ten at most', () => {
    expect(carryForward([ranked(0, 2.5), ranked(1, 2.4)], 320)).toHaveLength(1)
    expect(carryForward([ranked(0, 6), ranked(1, 5), ranked(2, 2)], 320)).toHaveLength(2)
    expect(
      carryForward(
        Array.from({ length: 15 }, (_, i) => ranked(i, 9 - i / 10)),
        320,
      ),
    ).toHaveLength(10)
    expect(carryForward([], 320)).toEqual([])
  })
})

test('edges are round numbers among the values', () => {
  expect(chooseEdges([120, 300, 700, 1500, 4100, 12_345, 30_000, 100_000])).toEqual([
    200, 300, 500, 700, 1000, 1500, 2000, 4100, 5000, 10_000, 12_000, 20_000, 30_000, 50_000, 100_000,
  ])
  expect(chooseEdges([0, 0, 0, 0, 1, 2, 3, 4])).toEqual([1, 2, 3, 4])
  expect(chooseEdges([5, 5, 5, 5, 5, 5, 5, 5])).toEqual([])
  expect(chooseEdges([])).toEqual([])
})

test.each([
  ['request_time', true],
  ['upstreamResponseTime', true],
  ['total-duration', true],
  ['target_status_code', true],
  ['response_flags', true],
  ['error_reason', true],
  ['x_edge_result_type', false],
  ['items', false],
  ['runtime', false],
  ['zone', false],
  ['msisdn', false],
])('%s says how long it took or how it ended: %s', (name, ended) => {
  expect(saysHowItEnded(name)).toBe(ended)
})
