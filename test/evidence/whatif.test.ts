/** What a change does to each customer, against counts by hand on logs that are made here. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PredictedCluster } from '../../src/evidence/whatif/change.js'
import { CrossingTally, type DescribedCrossing } from '../../src/evidence/whatif/describe-crossing.js'
import { predictOnRequests } from '../../src/evidence/whatif/predict-on-requests.js'
import { predictShare } from '../../src/stats/predicted-share.js'
import type { Store } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { importInto, type MadeRequest, makeStore, makeWorkbook } from './workbooks.js'

const T = { under_ms: 500 }

type Row = Partial<MadeRequest> & Record<string, unknown>

function logOf(...rows: Row[]): MadeRequest[] {
  return rows.map((row, i) => ({
    time: new Date(Date.UTC(2026, 9, 5) + i * 1000).toISOString(),
    ...(row.client === undefined ? { account: 'a' } : {}),
    ...row,
  }))
}

const short = (clusters: readonly PredictedCluster[]) =>
  clusters.map(({ cluster, requests, good, goodAfter }) => [cluster, requests, good, goodAfter])

const MIXED = logOf(
  { duration_ms: 700, queue_ms: 300, upstream_ms: 390 },
  { duration_ms: 700, queue_ms: 100, upstream_ms: 600 },
  { duration_ms: 700 },
  { duration_ms: 200, queue_ms: 300, upstream_ms: 10 },
  { duration_ms: 100, queue_ms: 90, status: 500 },
  { duration_ms: 900, queue_ms: 880, status: 499 },
  { duration_ms: 100, queue_ms: 50, status: 499 },
  { duration_ms: 700, queue_ms: 600, status: 404 },
  { duration_ms: null, queue_ms: 600 },
  { duration_ms: 600, queue_ms: 150, account: 'b', weight: 10 },
  { duration_ms: 600, queue_ms: 150, client: '127.0.0.9' },
)

let store: Store
beforeAll(async () => {
  store = (await makeStore(MIXED)).store
})
afterAll(() => store.close())

describe('a part of the time', () => {
  test('gets faster where the log knows it; errors, and those given up, stay', async () => {
    const free = await predictOnRequests(
      store,
      EVERYTHING,
      { kind: 'part', part: 'queue', times: Infinity },
      T,
    )
    expect(short(free.clusters)).toEqual([
      ['account a', 6, 1, 2],
      ['account b', 10, 0, 10],
      ['client 127.0.0.9', 1, 0, 1],
    ])
    expect(free.clusters[1]).toMatchObject({ account: 'b', observed: 1 })
    expect(free).toMatchObject({ requests: 17, unchanged: 1, slack: [] })
    expect(free.assumptions[0]).toContain('1 requests whose log doesn’t say how long it took')
    expect(free.warnings.map(({ code }) => code)).toEqual(['sampled'])
    const third = await predictOnRequests(store, EVERYTHING, { kind: 'part', part: 'queue', times: 3 }, T)
    expect(short(third.clusters)).toEqual([
      ['account a', 6, 1, 1],
      // 600 − 150·⅔ is 500, which isn’t under 500.
      ['account b', 10, 0, 0],
      ['client 127.0.0.9', 1, 0, 0],
    ])
  })

  test('that no log has is refused, with those that there are', async () => {
    const asked = predictOnRequests(store, EVERYTHING, { kind: 'part', part: 'send', times: 2 }, T)
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining('It has only: upstream, queue.'),
      next: ['--part upstream', '--part queue'],
    })
  })
})

test('a cap, for all of the slow requests or for some', async () => {
  const all = await predictOnRequests(store, EVERYTHING, { kind: 'cap', cap_ms: 400, share: 1 }, T)
  expect(short(all.clusters)[0]).toEqual(['account a', 6, 1, 4])
  const some = await predictOnRequests(store, EVERYTHING, { kind: 'cap', cap_ms: 400, share: 0.8 }, T)
  expect(some.clusters[0]).toMatchObject({
    goodAfter: 1 + 0.8 * 3,
    drawn: { requests: 3, chance: 0.8, sure: 1 },
  })
  const { before, after } = some.histogram!
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  expect(sum(before)).toBeCloseTo(15, 9)
  expect(sum(after)).toBeCloseTo(15, 9)
  const none = await predictOnRequests(store, EVERYTHING, { kind: 'cap', cap_ms: 500, share: 1 }, T)
  expect(short(none.clusters)[0]).toEqual(['account a', 6, 1, 1])
  expect(none.warnings[0]).toMatchObject({
    code: 'nothing-changes',
    next: expect.stringContaining('--cap 400ms,'),
  })
  const fast = { kind: 'cap', cap_ms: 1, share: 1 } as const
  const { warnings } = await predictOnRequests(store, EVERYTHING, fast, { under_ms: 1 })
  expect(warnings[0]!.next).toContain('--cap 0.8ms,')
})

const byName = (clusters: readonly PredictedCluster[]) =>
  clusters.toSorted((one, other) => (one.cluster < other.cluster ? -1 : 1))

/** Customer a0 has nothing but the slow peak; the others a tenth of it. All have errors. */
function cacheLog(): MadeRequest[] {
  const rows: Row[] = []
  for (let customer = 0; customer < 10; customer += 1) {
    for (let i = 0; i < 40; i += 1) {
      const isSlow = customer === 0 || i % 10 === 0
      const noise = 1 + ((i * 7 + customer) % 20) / 50
      // A twentieth of the fast answers is over the target all the same, and none of it in a peak of its own.
      rows.push({ account: `a${customer}`, duration_ms: Math.round((isSlow ? 2000 : 20) * noise) })
    }
    rows.push({ account: `a${customer}`, duration_ms: 30, status: 503 })
  }
  return logOf(...rows)
}

test('a peak: like the other answers of the same customer, else of all; errors stay', async () => {
  const { store } = await makeStore(cacheLog())
  const change = { kind: 'without-mode', near_ms: 2500 } as const
  const found = await predictOnRequests(store, EVERYTHING, change, { under_ms: 25 })
  const fast = (customer: number) =>
    Array.from({ length: 40 }, (_, i) => i)
      .filter(i => i % 10 !== 0)
      .map(i => Math.round(20 * (1 + ((i * 7 + customer) % 20) / 50)) < 25)
  const shareOf = (answers: readonly boolean[]) => answers.filter(Boolean).length / answers.length
  const others = Array.from({ length: 9 }, (_, i) => fast(i + 1))
  expect(found.clusters[0]!.goodAfter).toBeCloseTo(40 * shareOf(others.flat()), 9)
  for (const [i, answers] of others.entries())
    expect(found.clusters[i + 1]!.goodAfter).toBeCloseTo(40 * shareOf(answers), 9)
  expect(found).toMatchObject({ requests: 410, unchanged: 0 })
  expect(found.assumptions[0]).toContain('40 are of customers who have no other answer there')
  const { edges_ms, before, after } = found.histogram!
  const over = (counts: readonly number[]) =>
    counts.reduce((sum, n, i) => sum + (edges_ms[i]! > 1000 ? n : 0), 0)
  expect(over(before)).toBeCloseTo(76, 9)
  expect(over(after)).toBe(0)
  expect(after.reduce((sum, n) => sum + n, 0)).toBeCloseTo(400, 9)
  // Read a few customers at a time, and with most of them put together, it is the same.
  const again = await predictOnRequests(store, EVERYTHING, change, { under_ms: 25, mostRows: 3 })
  expect(again.clusters).toHaveLength(10)
  expect(again.clusters).not.toEqual(found.clusters)
  expect({ ...again, clusters: byName(again.clusters) }).toEqual(found)
  const crowd = { apart: ['account a0'], groups: 4 }
  for (const countsOnly of [false, true]) {
    const together = await predictOnRequests(store, EVERYTHING, change, { under_ms: 25, crowd, countsOnly })
    expect(together.clusters).toHaveLength(5)
    expect(together.clusters.find(({ cluster }) => cluster === 'account a0')!.goodAfter).toBeCloseTo(
      found.clusters[0]!.goodAfter,
      9,
    )
    const [all, some] = [predictShare(found.clusters), predictShare(together.clusters)]
    expect([some.before, some.after]).toEqual([expect.closeTo(all.before!, 9), expect.closeTo(all.after!, 9)])
    expect(together.crossing).toEqual(countsOnly ? null : found.crossing)
    const capped = { kind: 'cap', cap_ms: 20, share: 0.5 } as const
    const options = { under_ms: 25, countsOnly, crowd, mostRows: 2 }
    const { clusters } = await predictOnRequests(store, EVERYTHING, capped, options)
    expect(clusters).toHaveLength(5)
    expect(clusters.reduce((sum, { requests }) => sum + requests, 0)).toBe(410)
  }
  await expect(
    predictOnRequests(store, EVERYTHING, { kind: 'without-mode', near_ms: 60_000 }, T),
  ).rejects.toMatchObject({ message: 'There is no peak near 1.0 min.', next: { length: 2 } })
  store.close()
})

test('a log without times can’t tell', async () => {
  const { store } = await makeStore(logOf({ duration_ms: null }, { duration_ms: null }, { status: 500 }))
  await expect(
    predictOnRequests(store, EVERYTHING, { kind: 'cap', cap_ms: 100, share: 1 }, T),
  ).rejects.toMatchObject({ exit: 3, message: expect.stringContaining('no durations') })
  store.close()
})

function describeCrossing(
  store: Store,
  clusters: readonly PredictedCluster[],
  read?: number,
): Promise<DescribedCrossing> {
  const tally = new CrossingTally()
  tally.add(clusters)
  return tally.describe(store, read)
}

describe('who crosses', () => {
  const cluster = (account: string, goodAfter: number, good = 0): PredictedCluster => ({
    cluster: `account ${account}`,
    account,
    requests: 100,
    good,
    goodAfter,
  })

  test('is named and priced; what isn’t known is no zero', async () => {
    const workbook = await makeWorkbook()
    const file = join(workbook.dir, 'accounts.csv')
    await writeFile(file, 'id,name,plan,monthly_revenue\na,Ant,team,100\nb,Bee,free,\nc,Cow,team,50\n')
    await importInto(workbook, [file])
    const { store } = await makeStore(logOf({ duration_ms: 1 }), { workbook })
    const rows = [
      { ...cluster('a', 90, 10), monthly: 100 },
      { ...cluster('b', 80), monthly: null },
      { ...cluster('c', 50), monthly: 50 },
      cluster('x', 76),
      cluster('y', 90, 90),
    ]
    const found = await describeCrossing(store, rows)
    expect(found.customers).toEqual({
      cross: 3,
      interval: null,
      of: 5,
      unit: 'customer',
      before: 1,
      after: 4,
    })
    expect(found.revenue).toEqual({ monthly: 100, customers: 1 })
    expect(found.who).toMatchObject({ gain: 4, half: 2, halfOfAll: 3, spread: 'many' })
    expect(found.who!.largest[0]).toEqual({
      name: 'a',
      title: 'Ant',
      plan: 'team',
      becomeGood: 80,
      share: 80 / 286,
    })
    expect((await describeCrossing(store, [cluster('b', 90)])).revenue).toBeNull()
    expect((await describeCrossing(store, [cluster('c', 10)])).revenue).toEqual({ monthly: 0, customers: 0 })
    const few = Array.from({ length: 40 }, (_, i) => cluster(`n${i}`, i === 0 ? 100 : 1))
    expect((await describeCrossing(store, few)).who).toMatchObject({ half: 1, halfOfAll: 20, spread: 'few' })
    store.close()
  })

  test('isn’t told where few of each one’s requests were read', async () => {
    const rows = [cluster('a', 90), cluster('b', 10)]
    expect(await describeCrossing(store, rows, 0.5)).toMatchObject({ customers: { cross: 1 }, untold: null })
    expect(await describeCrossing(store, rows, 0.01)).toEqual({
      customers: null,
      revenue: null,
      who: null,
      untold: expect.stringContaining('Only 1.0% of the requests were read'),
    })
  })

  test('is clients where there are no accounts, and nobody where there is neither', async () => {
    const client = { ...cluster('', 80), cluster: 'client 127.0.0.1', account: null }
    expect(await describeCrossing(store, [client])).toMatchObject({
      customers: { cross: 1, of: 1, unit: 'client' },
      revenue: null,
      who: { largest: [{ name: '127.0.0.1', title: null }] },
    })
    const beside = { ...client, cluster: 'client 127.0.0.2' }
    expect((await describeCrossing(store, [client, beside, cluster('a', 80)])).customers).toMatchObject({
      cross: 3,
      of: 3,
      unit: 'client',
    })
    const time = { ...client, cluster: 'time 2026-10-05T00:00' }
    expect(await describeCrossing(store, [time])).toMatchObject({
      customers: null,
      untold: expect.stringContaining('neither accounts nor clients'),
    })
    expect(await describeCrossing(store, [cluster('a', 80)])).toMatchObject({ revenue: null })
  })
})
