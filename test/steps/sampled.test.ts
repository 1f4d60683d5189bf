/** A log of which only one request in ten was kept, with a weight of ten: its figures are those of the whole log, within its intervals. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countClusters } from '../../src/evidence/count-clusters.js'
import { listRequests } from '../../src/evidence/list-requests.js'
import { look } from '../../src/evidence/look.js'
import { overview } from '../../src/evidence/overview.js'
import { estimateShare } from '../../src/stats/clusters.js'
import { compareSlices } from '../../src/steps/compare-slices.js'
import { triage } from '../../src/steps/triage.js'
import { openStore, type Store } from '../../src/store/open-store.js'
import { EVERYTHING, routeWhere } from '../../src/store/slice.js'
import { readStory } from '../../src/stories/read-story.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { importInto, makeWorkbook, openShop, readTruth, type Shop, seeded } from '../evidence/workbooks.js'

const ONE_IN = 10
const NOW = new Date('2026-10-19T08:00:00Z')

let shop: Shop
let workbook: Workbook
let store: Store
beforeAll(async () => {
  shop = await openShop()
  workbook = await makeWorkbook()
  const rows = await shop.store.all(
    `SELECT strftime("time", '%Y-%m-%dT%H:%M:%S.%fZ') AS "time", method, host, path, query, route, status, duration_ms, client, account, upstream
     FROM requests ORDER BY ALL`,
  )
  const random = seeded(17)
  const kept = rows.filter(() => random() < 1 / ONE_IN)
  const file = join(workbook.dir, 'sample.ndjson')
  await writeFile(file, kept.map(row => `${JSON.stringify({ ...row, weight: ONE_IN })}\n`).join(''))
  await importInto(workbook, [file])
  store = await openStore(workbook.paths.data)
})
afterAll(() => {
  store.close()
  shop.store.close()
})

const OPTIONS = { targets: { default: 500, routes: {} }, limit: 100, exact: true }
const COUNT = { under_ms: 500, timezone: 'UTC', perDay: false }
const codesOf = ({ warnings }: { warnings: { code: string }[] }) => warnings.map(({ code }) => code)

/** Standard deviations of a count that is ten times what was kept of it. */
const off = (estimated: number, whole: number) => (estimated - whole) / Math.sqrt(whole * (ONE_IN - 1))

test('overview: requests, time and the share of every route', async () => {
  const whole = await overview(shop.store, EVERYTHING, OPTIONS)
  const part = await overview(store, EVERYTHING, OPTIONS)
  expect(codesOf(part)).toContain('sampled')
  expect(codesOf(whole)).not.toContain('sampled')
  expect(Math.abs(off(part.requests, whole.requests))).toBeLessThan(3)
  expect(part.total_ms / whole.total_ms).toBeCloseTo(1, 0)
  let compared = 0
  for (const route of part.routes) {
    const own = whole.routes.find(other => other.route === route.route)!
    expect(Math.abs(off(route.requests, own.requests)), route.route).toBeLessThan(4)
    const slice = { ...EVERYTHING, where: routeWhere(route.route) }
    const { share, interval } = estimateShare((await countClusters(store, slice, COUNT)).clusters)
    if (route.underShare === null || interval === null || route.requests < 500) continue
    expect(share).toBeCloseTo(route.underShare, 9)
    expect(own.underShare, route.route).toBeGreaterThanOrEqual(interval[0])
    expect(own.underShare, route.route).toBeLessThanOrEqual(interval[1])
    compared += 1
  }
  expect(compared).toBeGreaterThanOrEqual(8)
})

test('look and the list of requests', async () => {
  const options = { under_ms: 500, timezone: 'UTC', limit: 5 }
  const slice = { ...EVERYTHING, where: routeWhere('GET /orders') }
  const [whole, part] = [await look(shop.store, slice, options), await look(store, slice, options)]
  expect(codesOf(part)).toEqual(['sampled'])
  expect(Math.abs(off(part.requests, whole.requests))).toBeLessThan(3)
  for (const [i, { q, ms }] of whole.quantiles.entries())
    if (q <= 0.95) expect(part.quantiles[i]!.ms! / ms!, `q ${q}`).toBeCloseTo(1, 0)
  const sum = (rows: { requests: number }[]) => rows.reduce((total, { requests }) => total + requests, 0)
  for (const rows of [part.hours, part.weekdays, part.days, part.outcomes])
    expect(sum(rows)).toBe(part.requests)
  expect(part.histogram.counts.reduce((total, count) => total + count, 0) % ONE_IN).toBe(0)
  const list = await listRequests(store, slice, { limit: 3 })
  expect(list.total).toBe(part.requests)
  expect(codesOf(list)).toEqual(['sampled'])
})

test('triage proposes what is planted, and its evidence says that the log is sampled', async () => {
  const result = await triage(workbook, store, EVERYTHING, { now: NOW, dryRun: false })
  expect(codesOf(result)).toEqual(['sampled'])
  const { problems } = await readTruth()
  const planted = problems.map(({ route }) => route)
  const stories = await Promise.all(result.stories.map(({ id }) => readStory(workbook, id)))
  expect(stories.map(({ frontMatter }) => frontMatter.route).toSorted()).toEqual(planted.toSorted())
  for (const { frontMatter } of stories) {
    const [share, customers] = ['share', 'customers'].map(
      id => frontMatter.evidence.find(entry => entry.id === id)!.finding,
    )
    expect(share).toMatch(/ of about [\d,]+ requests \(estimated from a sampled log\) are good/)
    expect(customers).toMatch(/^\d+ of \d+ customers had .*, as far as the sampled log shows$/)
  }
})

test('a comparison: the change of the whole log lies in the interval of the sample', async () => {
  const question = {
    before: { ...EVERYTHING, to: '2026-10-12T00:00:00Z' },
    after: { ...EVERYTHING, from: '2026-10-12T00:00:00Z' },
    design: 'before-after' as const,
    under: {},
    smallest: null,
  }
  const whole = await compareSlices(shop.workbook, shop.store, question)
  const part = await compareSlices(workbook, store, question)
  expect(codesOf(part)).toContain('sampled')
  const [low, high] = part.change.interval!
  expect(whole.change.value).toBeGreaterThanOrEqual(low)
  expect(whole.change.value).toBeLessThanOrEqual(high)
  expect(Math.abs(off(part.arms.before.requests, whole.arms.before.requests))).toBeLessThan(3)
  const width = (interval: readonly [number, number] | null) => interval![1] - interval![0]
  expect(width(part.arms.before.interval)).toBeGreaterThan(width(whole.arms.before.interval))
})
