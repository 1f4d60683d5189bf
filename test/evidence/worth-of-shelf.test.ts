/** Made-up sessions whose truth is known: what a target is worth, and what no data can say. */
import { describe, expect, test } from 'vitest'
import { daysOf, gainAtTarget, valueShelf } from '../../src/evidence/worth-of-shelf.js'
import { judgeTolerance, type Shelf } from '../../src/stats/judge-tolerance.js'
import { createRandom } from '../../src/stats/random.js'
import { FROM_MS, goOnSmoothly, makeVisits, TO_MS } from '../stats/made-visits.js'

const goOnToShelf = (ease: number, ms: number) =>
  ease - 0.2 * Math.min(1, Math.max(0, Math.log(ms / FROM_MS) / Math.log(TO_MS / FROM_MS)))

describe('every slower visit takes as long as the target: the gain holds the truth', () => {
  test.each([
    ['smooth', goOnSmoothly, 500],
    ['smooth', goOnSmoothly, 2000],
    ['with a shelf', goOnToShelf, 500],
    ['with a shelf', goOnToShelf, 2000],
  ] as const)('on a curve that is %s', (_, goesOn, clients) => {
    const random = createRandom(31)
    let [claimed, held] = [0, 0]
    for (let run = 0; run < 250; run += 1) {
      const { visits, each } = makeVisits(random, { cause: 'latency', clients, visits: 8, goesOn })
      const { shelf } = judgeTolerance(visits, { seed: run, draws: 19 })
      if (!shelf) continue
      const under_ms = Number(shelf.from_ms.toPrecision(2))
      const truth = each.reduce(
        (sum, { ease, ms }) =>
          sum + Math.max(0, goesOn(ease, under_ms) - goesOn(ease, Math.max(ms, under_ms))),
        0,
      )
      const [low, high] = gainAtTarget(visits, shelf, under_ms)!.interval
      claimed += 1
      if (low <= truth && truth <= high) held += 1
    }
    expect(claimed).toBeGreaterThan(180)
    // At 5%: fewer in one of a thousand.
    expect(held).toBeGreaterThanOrEqual(0.905 * claimed)
  })
})

test('of less than a day no month is told', () => {
  const { visits } = makeVisits(createRandom(3), { cause: 'latency', clients: 50, visits: 8 })
  const interval: [number, number] = [0.1, 0.3]
  const shelf: Shelf = {
    from_ms: 400,
    to_ms: 1600,
    gain: 0.2,
    interval,
    fromInterval_ms: [400, 400],
    toInterval_ms: [1600, 1600],
    openBelow: false,
    openAbove: false,
    below: { from_ms: 150, gain: 0, interval: [-0.1, 0.1], tells: 'unclear' },
  }
  const worthOf = (hours: number) => {
    const days = daysOf({
      from: '2026-10-05T00:00:00Z',
      to: new Date(Date.UTC(2026, 9, 5, hours)).toISOString(),
    })
    return valueShelf(visits, shelf, { under_ms: 400, days, sampledBy: 2, value: 10 })
  }
  expect(worthOf(1)).toBeNull()
  const [day, ten] = [worthOf(24)!, worthOf(240)!]
  expect(day.sessions).toBeCloseTo(10 * ten.sessions, 6)
  expect(day.money!.monthly).toBeCloseTo(10 * day.sessions, 6)
})
