/** What is known of the impact of one story, from counts that are made up. */
import { expect, test } from 'vitest'
import type { ScopeImpact } from '../../src/evidence/story-impacts.js'
import { type ImpactContext, measureStory } from '../../src/stories/backlog/measure-impact.js'
import { makeStory } from './promises.js'

/** Each customer has one request that wasn’t good, and pays 100; so many more name nobody. */
const measure = (
  customers: number,
  unnamed: number,
  values: Partial<ImpactContext> = {},
  answer?: unknown,
  priced = customers,
) => {
  const impact: ScopeImpact = {
    at: Int32Array.from({ length: customers + 1 }, (_, i) => i),
    bad: Float64Array.from({ length: customers + 1 }, (_, i) => (i < customers ? 1 : unnamed)),
    hit: Float64Array.from({ length: customers + 1 }, (_, i) => (i < customers ? 1 : 0)),
    money: Float64Array.from({ length: customers + 1 }, (_, i) => (i < priced ? 100 : 0)),
    priced,
    unnamed,
    requests: 500,
    counted: 500,
    isUnmeasured: false,
  }
  const context = { impact, under_ms: 500, days: 7, unit: 'customer' as const, currency: 'EUR' }
  const objective = { share: 0.95, of: 'GET /', counted: 500 }
  const story = makeStory(
    answer === undefined ? {} : { questions: { customers: { value: answer as string, source: 'person' } } },
  )
  return measureStory(story, { ...context, objective, hasAccounts: true, hasTickets: false, ...values })
}

test('nobody is named: unknown, and not 0', () => {
  const source = 'none of its requests that were not good names an account'
  expect(measure(0, 300)).toMatchObject({
    customers: { value: null, source },
    money: { value: null, source },
    requests: { value: 300 / 7 },
  })
  expect(measure(0, 0)).toMatchObject({ customers: { value: 0 }, money: { value: 0 } })
  expect(measure(0, 300, { unit: 'client' }).customers).toMatchObject({
    value: null,
    source: 'none of its requests that were not good names a client',
  })
})

test('some are named: as many at least, and wider by the others', () => {
  const [all, some] = [measure(40, 0), measure(40, 120)]
  expect(all.customers).toMatchObject({ value: 40, sd: 0 })
  expect(some.customers).toMatchObject({
    value: 40,
    sd: Math.log(4),
    source:
      'customers with a request that was not good; 75.0% of these requests name no account, so it may be more',
  })
  expect(some.customers.interval![1]).toBeGreaterThan(4 * all.customers.interval![1])
  expect(some.money).toMatchObject({ value: 4000, sd: Math.log(4) })
})

test('an answer in words is not used, and that is said', () => {
  expect(measure(40, 0, {}, 'about 40').customers).toMatchObject({
    from: 'measured',
    source:
      'customers with a request that was not good; a person’s answer, “about 40”, is not used: it is no number from 0 on',
  })
  expect(measure(40, 0, {}, 7).customers).toMatchObject({ value: 7, from: 'person', unit: 'customers' })
})

test('prices are known of some: the others pay as much, which may be off by as much', () => {
  const [all, half] = [measure(40, 0), measure(40, 0, {}, undefined, 20)]
  expect(all.money).toMatchObject({ value: 4000, sd: 0 })
  expect(half.money).toMatchObject({
    value: 4000,
    sd: Math.log(2),
    source: 'what these customers pay; known of 20 of 40, the others taken to pay as much',
  })
  expect(half.money.interval![1]).toBeGreaterThan(2 * all.money.interval![1])
})
