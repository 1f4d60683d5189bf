/** Causes told from chance: on made-up requests whose causes are known. A right method fails at most 131 times in 2,000. */
import { expect, test } from 'vitest'
import { findCauses } from '../../src/evidence/find-causes.js'
import { createRandom } from '../../src/stats/random.js'
import { countRequests, type MadeOptions, makeRequests } from './made-causes.js'

async function run(options: MadeOptions, runs: number) {
  const random = createRandom(20261005)
  const seen = { any: 0, planted: 0, false: 0, first: 0, pair: 0, carried: 0 }
  for (let i = 0; i < runs; i += 1) {
    const { causes } = await findCauses(countRequests(makeRequests(random, options), random))
    const confirmed = causes.filter(cause => cause.confirmed)
    seen.carried += causes.length
    if (confirmed.length > 0) seen.any += 1
    if (confirmed.some(({ pick }) => pick.length === 1 && pick[0] === 0)) seen.planted += 1
    if (confirmed[0]?.pick.includes(0)) seen.first += 1
    if (confirmed.some(({ pick }) => pick.length === 2 && pick.includes(0) && pick.includes(8)))
      seen.pair += 1
    if (confirmed.some(({ pick }) => !pick.includes(0))) seen.false += 1
  }
  return seen
}
for (const [name, o] of Object.entries<MadeOptions>({
  null: {},
  nullSpread: { customerSpread: 1.5 },
  nullOwn: { customerSpread: 1, ofCustomer: 20 },
  nullLarge: { oneLarge: true, customerSpread: 1, ofCustomer: 20 },
  few: { customers: 25, customerSpread: 1, ofCustomer: 20 },
  r4: { ratio: 4 },
  r5: { ratio: 5 },
  r7: { ratio: 7 },
  r7s: { ratio: 7, customerSpread: 1 },
  r10: { ratio: 10 },
  pair: { ratio: 60, isPair: true },
}))
  test.only(name, async () => {
    const t = performance.now()
    console.log(name, JSON.stringify(await run(o, 300)), Math.round(performance.now() - t))
  }, 60_000)
test('x', () => expect(1).toBe(1))
