/**
 * Causes told from chance, on made-up requests whose causes are known. Of 1,000 runs without a cause at most 73 may show one: 5%, and what
 * chance adds to it.
 */
import { expect, test } from 'vitest'
import { findCauses } from '../../src/evidence/find-causes.js'
import { createRandom } from '../../src/stats/random.js'
import { countRequests, type MadeOptions, makeRequests } from './made-causes.js'

const PLANTED = 0
/** Value 0 of the second field. */
const SECOND = 8

async function run(options: MadeOptions, runs: number, seed = 20261005) {
  const random = createRandom(seed)
  const seen = { any: 0, planted: 0, pair: 0, others: 0, mostTested: 0 }
  for (let i = 0; i < runs; i += 1) {
    const { causes } = await findCauses(countRequests(makeRequests(random, options), random))
    const confirmed = causes.filter(cause => cause.confirmed).map(({ pick }) => pick)
    seen.mostTested = Math.max(seen.mostTested, causes.length)
    if (confirmed.length > 0) seen.any += 1
    if (confirmed.some(pick => pick.length === 1 && pick[0] === PLANTED)) seen.planted += 1
    if (confirmed.some(pick => pick.length === 2 && pick.includes(PLANTED) && pick.includes(SECOND)))
      seen.pair += 1
    if (confirmed.some(pick => !pick.includes(PLANTED))) seen.others += 1
  }
  return seen
}

test('noise is not explained: 60 slow of 6,000, 40 fields of 8 values', { timeout: 60_000 }, async () => {
  expect((await run({}, 1000)).any).toBeLessThanOrEqual(73)
})

test.each<[string, MadeOptions]>([
  ['customers who differ', { customerSpread: 1.5, ofCustomer: 20 }],
  ['25 of them', { customers: 25, customerSpread: 1, ofCustomer: 20 }],
  ['one of them with 40% of the requests', { oneLarge: true, customerSpread: 1, ofCustomer: 20 }],
])('nor is it with %s', { timeout: 60_000 }, async (_, options) => {
  expect((await run(options, 200)).any).toBeLessThanOrEqual(18)
})

test('nor by what is known of customers who differ: three fields that are the same for all of their requests', {
  timeout: 60_000,
}, async () => {
  const options = { fields: 3, values: 4, ofCustomer: 0, slow: 300, customerSpread: 1.2 }
  expect((await run(options, 1000)).any).toBeLessThanOrEqual(73)
})

test('a cause of half the slow requests is found, and only that', { timeout: 60_000 }, async () => {
  const seen = await run({ ratio: 7 }, 200)
  expect(seen.planted).toBeGreaterThanOrEqual(160)
  expect(seen.others).toBeLessThanOrEqual(10)
})

test('what two values do together is found as a pair', { timeout: 60_000 }, async () => {
  const seen = await run({ ratio: 60, isPair: true, slow: 120 }, 100)
  expect(seen.pair).toBeGreaterThanOrEqual(80)
})

test('the half that found it can not confirm it: the same half twice sees causes in noise', async () => {
  const random = createRandom(7)
  let any = 0
  for (let i = 0; i < 60; i += 1) {
    const { causes } = await findCauses(countRequests(makeRequests(random), random, 'same half'))
    if (causes.some(cause => cause.confirmed)) any += 1
  }
  expect(any).toBeGreaterThan(15)
})
