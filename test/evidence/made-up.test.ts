/** Small made-up logs, where the right answer can be seen: what counts, sampled rows, cohorts, zones, and nothing at all. */
import { describe, expect, test } from 'vitest'
import { countClusters, findP90 } from '../../src/evidence/count-clusters.js'
import { describeShape } from '../../src/evidence/describe-shape.js'
import { listRequests } from '../../src/evidence/list-requests.js'
import { look } from '../../src/evidence/look.js'
import { measureImpact } from '../../src/evidence/measure-impact.js'
import { overview } from '../../src/evidence/overview.js'
import type { Store } from '../../src/store/open-store.js'
import { EVERYTHING, type Slice } from '../../src/store/slice.js'
import { type MadeRequest, makeStore, makeWorkbook, seeded } from './workbooks.js'

const OPTIONS = { targets: { default: 500, routes: {} }, limit: 10, exact: true }
const LOOK = { under_ms: 500, timezone: 'UTC', limit: 5 }

const at = (minute: number) => new Date(Date.UTC(2026, 9, 5, 0, minute)).toISOString()

async function underShare(rows: MadeRequest[], under = 500): Promise<number | null> {
  const { store } = await makeStore(rows)
  const seen = await look(store, EVERYTHING, { ...LOOK, under_ms: under })
  const [route] = (await overview(store, EVERYTHING, { ...OPTIONS, targets: { default: under, routes: {} } }))
    .routes
  const { clusters } = await countClusters(store, EVERYTHING, {
    under_ms: under,
    timezone: 'UTC',
    perDay: false,
  })
  store.close()
  const sum = (key: 'good' | 'requests') => clusters.reduce((total, cluster) => total + cluster[key], 0)
  const shares = [
    seen.underShare,
    route?.underShare ?? null,
    sum('requests') === 0 ? null : sum('good') / sum('requests'),
  ]
  expect(new Set(shares).size).toBe(1)
  return seen.underShare
}

describe('the share of good requests, the same from every question', () => {
  const good: MadeRequest = { time: at(0), duration_ms: 100 }
  const cases: [string, MadeRequest[], number | null][] = [
    ['exactly at the target is not good', [good, { ...good, duration_ms: 500 }], 0.5],
    ['just under it is', [good, { ...good, duration_ms: 499.999 }], 1],
    [
      'client errors are outside, fast or slow',
      [good, { ...good, status: 404 }, { ...good, status: 400, duration_ms: 9000 }],
      1,
    ],
    ['fast server errors are not good', [good, { ...good, status: 503, duration_ms: 1 }], 0.5],
    ['timeouts are not good', [good, { ...good, status: 504, duration_ms: 60_000 }], 0.5],
    ['aborted after the target: not good', [good, { ...good, status: 499, duration_ms: 500 }], 0.5],
    ['aborted before it: outside', [good, { ...good, status: 499, duration_ms: 499 }], 1],
    [
      'aborted, and nobody knows after how long: outside',
      [good, { ...good, status: 460, duration_ms: null }],
      1,
    ],
    ['few answers without a time are outside', [...Array(19).fill(good), { ...good, duration_ms: null }], 1],
    [
      'half of the answers without a time, beside an error: unknown',
      [good, { ...good, duration_ms: null }, { ...good, status: 500 }],
      null,
    ],
    ['errors without a time are not good', [good, { ...good, status: 502, duration_ms: null }], 0.5],
    ['nothing but client errors: unknown', [{ ...good, status: 404 }], null],
    [
      'answers, none of which was measured, and an error: unknown, not 0',
      [
        { ...good, duration_ms: null },
        { ...good, status: 500 },
      ],
      null,
    ],
    ['nothing but errors: 0', [{ ...good, status: 500, duration_ms: null }], 0],
  ]
  test.each(cases)('%s', async (_, rows, share) => expect(await underShare(rows)).toBe(share))
})

/** Slow requests are all kept, of fast ones each tenth. */
function sample(rows: MadeRequest[]): MadeRequest[] {
  const fast = rows.filter(row => row.duration_ms! < 300).toSorted((a, b) => a.duration_ms! - b.duration_ms!)
  const kept = fast.filter((_, i) => i % 10 === 5)
  const slow = rows.filter(row => row.duration_ms! >= 300)
  return [...slow.map(row => ({ ...row, weight: 1 })), ...kept.map(row => ({ ...row, weight: 10 }))]
}

test('a sampled log gives the figures of the whole one', async () => {
  const random = seeded(7)
  const rows = Array.from({ length: 3000 }, (_, i): MadeRequest => {
    const slow = random() < 0.3
    return {
      time: at(i % 1200),
      account: `c${i % 30}`,
      client: `192.0.2.${i % 30}`,
      duration_ms: slow ? 600 + Math.round(random() * 400) : 20 + Math.round(random() * 200),
      status: slow && random() < 0.1 ? 504 : 200,
    }
  })
  const figures = async (store: Store) => {
    const [route] = (await overview(store, EVERYTHING, OPTIONS)).routes
    const seen = await look(store, EVERYTHING, LOOK)
    const impact = await measureImpact(store, EVERYTHING, 500)
    const shape = await describeShape(store, EVERYTHING)
    const { clusters, errorShare } = await countClusters(store, EVERYTHING, {
      under_ms: 500,
      timezone: 'UTC',
      perDay: false,
    })
    const p90 = await findP90(store, EVERYTHING)
    store.close()
    return { route: route!, seen, impact, shape: shape!, clusters, errorShare, p90: p90! }
  }
  const whole = await figures((await makeStore(rows)).store)
  const part = await figures((await makeStore(sample(rows))).store)
  const near = (found: number, wanted: number, within = 0.02) =>
    expect(Math.abs(found / wanted - 1)).toBeLessThan(within)
  near(part.route.requests, whole.route.requests)
  near(part.route.underShare!, whole.route.underShare!)
  near(part.route.p50_ms!, whole.route.p50_ms!, 0.05)
  near(part.route.p95_ms!, whole.route.p95_ms!, 0.05)
  near(part.route.total_ms, whole.route.total_ms)
  near(part.seen.quantiles[2]!.ms!, whole.seen.quantiles[2]!.ms!, 0.05)
  near(part.impact.p50_ms!, whole.impact.p50_ms!, 0.05)
  near(part.impact.slow_p50_ms!, whole.impact.slow_p50_ms!, 0.05)
  near(part.impact.notGood, whole.impact.notGood)
  near(part.errorShare, whole.errorShare)
  near(part.p90, whole.p90, 0.05)
  near(part.shape.modes[1]!.share, whole.shape.modes[1]!.share, 0.05)
  const seen = part.seen.who.accounts[0]!
  const own = whole.seen.who.accounts.find(account => account.name === seen.name)!
  near(seen.p95_ms!, own.p95_ms!, 0.1)
  const sum = (clusters: { requests: number }[]) =>
    clusters.reduce((total, { requests }) => total + requests, 0)
  near(sum(part.clusters), sum(whole.clusters))
  const observed = part.clusters.reduce((total, cluster) => total + cluster.observed!, 0)
  expect(observed).toBe(sample(rows).filter(row => row.status === 200 || row.status === 504).length)
  expect(part.seen.warnings.map(warning => warning.code)).toContain('sampled')
  expect(whole.seen.warnings).toEqual([])
})

test('the cohort narrows every question, and every answer names it', async () => {
  const { store } = await makeStore([
    { time: at(0), duration_ms: 100, account: 'big' },
    { time: at(1), duration_ms: 900, account: 'small' },
  ])
  const slice: Slice = {
    ...EVERYTHING,
    cohort: { name: 'big ones', where: "account = 'big' OR account = 'huge'" },
  }
  const answers = [
    await overview(store, slice, OPTIONS),
    await look(store, slice, LOOK),
    await listRequests(store, slice, { limit: 5 }),
  ]
  for (const { warnings } of answers) {
    expect(warnings).toEqual([
      {
        code: 'cohort-applied',
        message: "Only the target cohort “big ones” is counted: account = 'big' OR account = 'huge'",
        next: '--all-traffic counts everything',
      },
    ])
  }
  expect(answers[0]).toMatchObject({ requests: 1 })
  expect(answers[1]).toMatchObject({ requests: 1, underShare: 1 })
  expect(answers[2]).toMatchObject({ total: 1 })
  const narrowed = await listRequests(store, { ...slice, where: "account = 'small'" }, { limit: 5 })
  expect(narrowed.total).toBe(0)
  store.close()
})

test('hours and days are those of the zone, also when its clocks change', async () => {
  // Berlin: 03:00 became 02:00 again on 25 October 2026 at 01:00 UTC.
  const { store } = await makeStore(
    ['2026-10-24T22:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T23:30:00Z'].map(
      time => ({ time, duration_ms: 10 }),
    ),
  )
  const seen = await look(store, EVERYTHING, { ...LOOK, timezone: 'Europe/Berlin' })
  expect(seen.hours.map(({ hour, requests }) => [hour, requests])).toEqual([
    [0, 2],
    [2, 2],
  ])
  expect(seen.days.map(({ day, requests }) => [day, requests])).toEqual([
    ['2026-10-25', 3],
    ['2026-10-26', 1],
  ])
  expect(seen.weekdays.map(({ weekday }) => weekday)).toEqual([1, 7])
  const { clusters } = await countClusters(store, EVERYTHING, {
    under_ms: 500,
    timezone: 'Europe/Berlin',
    perDay: true,
  })
  expect([...new Set(clusters.map(cluster => cluster.day))].sort()).toEqual(['2026-10-25', '2026-10-26'])
  store.close()
})

test('an empty workbook answers, and says what to do', async () => {
  const { store } = await makeStore([], { workbook: await makeWorkbook() })
  const answers = [
    await overview(store, EVERYTHING, OPTIONS),
    await look(store, EVERYTHING, LOOK),
    await listRequests(store, EVERYTHING, { limit: 5 }),
  ]
  for (const { warnings } of answers)
    expect(warnings).toEqual([
      { code: 'no-requests', message: 'No requests were imported yet.', next: 'whyslow import access.log' },
    ])
  expect(answers[0]).toMatchObject({ requests: 0, routes: [], window: { from: null, to: null } })
  expect(answers[1]).toMatchObject({ requests: 0, underShare: null, modes: [], bands: [], outcomes: [] })
  expect(answers[2]).toMatchObject({ total: 0, requests: [] })
  expect(await describeShape(store, EVERYTHING)).toBeNull()
  expect(await findP90(store, EVERYTHING)).toBeNull()
  store.close()
})

test('a slice without requests, and a log without durations', async () => {
  const { store } = await makeStore([{ time: at(0), duration_ms: null }])
  const later = await look(store, { ...EVERYTHING, from: '2027-01-01T00:00:00Z' }, LOOK)
  expect(later.warnings[0]).toMatchObject({ code: 'no-requests', message: 'No request is in this slice.' })
  const seen = await look(store, EVERYTHING, LOOK)
  expect(seen).toMatchObject({
    requests: 1,
    underShare: null,
    quantiles: expect.arrayContaining([{ q: 0.5, ms: null }]),
  })
  expect(seen.warnings[0]).toMatchObject({ code: 'no-durations' })
  const [route] = (await overview(store, EVERYTHING, OPTIONS)).routes
  expect(route).toMatchObject({ underShare: null, p50_ms: null, p99_ms: null, total_ms: 0 })
  store.close()
})

test('where nobody says who it was, blocks of ten minutes are what is independent', async () => {
  const { store } = await makeStore([0, 5, 9, 10, 31].map(minute => ({ time: at(minute), duration_ms: 10 })))
  const { clusters } = await countClusters(store, EVERYTHING, {
    under_ms: 500,
    timezone: 'UTC',
    perDay: false,
  })
  expect(clusters.map(({ cluster, requests }) => [cluster, requests])).toEqual([
    ['time 2026-10-05T00:00', 3],
    ['time 2026-10-05T00:10', 1],
    ['time 2026-10-05T00:30', 1],
  ])
  store.close()
})
