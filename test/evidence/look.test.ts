/** What look says beside the distribution, on made-up logs where the right answer can be seen: bands, unfinished requests, hours, changes. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Look, type LookOptions, look } from '../../src/evidence/look.js'
import { openStore } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { importInto, type MadeRequest, makeStore, makeWorkbook, seeded } from './workbooks.js'

const OPTIONS = { under_ms: 500, timezone: 'UTC', limit: 5 }
const HOUR_MS = 3_600_000

const at = (hours: number) => new Date(Date.UTC(2026, 9, 5) + hours * HOUR_MS).toISOString()
const repeat = (count: number, row: MadeRequest) => Array<MadeRequest>(count).fill(row)

async function lookAt(rows: MadeRequest[], options: Partial<LookOptions> = {}): Promise<Look> {
  const { store } = await makeStore(rows)
  const seen = await look(store, EVERYTHING, { ...OPTIONS, ...options })
  store.close()
  return seen
}

describe('bands', () => {
  const band = ({ bands }: Look, under_ms: number) => bands.find(one => one.under_ms === under_ms)!
  const time = at(0)
  const rows: MadeRequest[] = [
    // Three of four under 100 ms: typically under it. Client errors and an answer without a time are outside.
    ...repeat(3, { time, account: 'fast', duration_ms: 99 }),
    ...repeat(1, { time, account: 'fast', duration_ms: 9000 }),
    ...repeat(9, { time, account: 'fast', status: 404, duration_ms: 1 }),
    // Two of four, and fast errors help nobody.
    ...repeat(2, { time, account: 'half', duration_ms: 50 }),
    ...repeat(2, { time, account: 'half', status: 503, duration_ms: 1 }),
    // Watched for 300 ms: missed the thresholds up to that, outside of those above.
    ...repeat(1, { time, account: 'gave up', status: 499, duration_ms: 300 }),
    ...repeat(1, { time, account: 'gave up', duration_ms: 400 }),
    // Nothing of these counts.
    ...repeat(5, { time, account: 'lost', status: 404, duration_ms: 1 }),
  ]

  test('count customers, each once, and agree with the share of good requests', async () => {
    const seen = await lookAt(rows)
    expect(seen.unit).toBe('customer')
    expect(band(seen, 100)).toEqual({ under_ms: 100, share: 5 / 10, customers: 1 / 3 })
    expect(band(seen, 250)).toMatchObject({ share: 5 / 10, customers: 1 / 3 })
    expect(band(seen, 500)).toMatchObject({ share: 6 / 9, customers: 2 / 3 })
    expect(band(seen, 10_000)).toMatchObject({ share: 7 / 9, customers: 2 / 3 })
    for (const { under_ms, share } of seen.bands)
      expect((await lookAt(rows, { under_ms })).underShare).toBeCloseTo(share!, 12)
  })

  test('hold the target, and are the same of a sampled log', async () => {
    const seen = await lookAt(rows, { under_ms: 450 })
    expect(seen.bands.map(({ under_ms }) => under_ms)).toEqual([100, 250, 450, 500, 1000, 2500, 10_000])
    const kinds = [...new Set(rows)]
    const sampled = await lookAt(
      kinds.map(row => ({ ...row, weight: rows.filter(one => one === row).length })),
    )
    expect(sampled.bands).toEqual((await lookAt(rows)).bands)
    expect(sampled.apdex).toBe((await lookAt(rows)).apdex)
  })

  test('count clients where nobody is named, and nobody where there are none', async () => {
    const clients = await lookAt(rows.map(({ account, ...row }) => ({ ...row, client: `client ${account}` })))
    expect(clients).toMatchObject({ unit: 'client' })
    expect(band(clients, 100).customers).toBe(1 / 3)
    const nobody = await lookAt(rows.map(({ account: _, ...row }) => row))
    expect(nobody).toMatchObject({ unit: 'time block' })
    expect(band(nobody, 100)).toMatchObject({ share: 0.5, customers: null })
  })

  test('are none where a tenth of the answers has no time', async () => {
    expect(
      (await lookAt([...rows, ...repeat(5, { time, account: 'fast', duration_ms: null })])).bands,
    ).toEqual([])
  })
})

describe('unfinished requests', () => {
  const route = (path: string) => ({ time: at(0), path, method: 'GET' })

  test('are left alone up to 0.5%', async () => {
    const rows = (timeouts: number) => [
      ...repeat(1000 - timeouts, { ...route('/a'), duration_ms: 100 }),
      ...repeat(timeouts, { ...route('/a'), status: 504, duration_ms: 2000 }),
    ]
    expect((await lookAt(rows(5))).unfinished).toBeNull()
    expect((await lookAt(rows(6))).unfinished).toMatchObject({ requests: 6, share: 0.006, routes: 1 })
  })

  test('count for as long as they were watched, past the last answer nobody knows', async () => {
    const { unfinished, quantiles } = await lookAt([
      ...[100, 200, 300, 400, 500].map(duration_ms => ({ ...route('/a'), duration_ms })),
      ...repeat(3, { ...route('/a'), status: 499, duration_ms: 250 }),
      { ...route('/a'), status: 504, duration_ms: 2000 },
      { ...route('/a'), status: 499, duration_ms: null },
    ])
    const of = (q: number) => unfinished!.quantiles.find(one => one.q === q)!
    // 7/9 are left after 200 ms; then 1 of 4, 1 of 3 and 1 of 2 end: 7/12, 7/18, 7/36.
    expect(of(0.25)).toMatchObject({ ms: 300, bounds_ms: [250, 300] })
    expect(of(0.5)).toMatchObject({ ms: 400, bounds_ms: [250, 500] })
    expect(of(0.75)).toMatchObject({ ms: 500, bounds_ms: [400, null] })
    expect(of(0.9)).toMatchObject({ ms: null, bounds_ms: [2000, null] })
    expect(of(0.5).naive_ms).toBe(quantiles.find(({ q }) => q === 0.5)!.ms)
    expect(unfinished!.unwatched).toBe(1)
  })

  test('are estimated within each route', async () => {
    const { unfinished } = await lookAt([
      ...Array.from({ length: 90 }, (_, i) => ({ ...route('/fast'), duration_ms: 10 + i })),
      ...repeat(9, { ...route('/slow'), status: 499, duration_ms: 50 }),
      { ...route('/slow'), duration_ms: 900 },
    ])
    expect(unfinished).toMatchObject({ routes: 2 })
    expect(unfinished!.quantiles.find(({ q }) => q === 0.95)!.ms).toBe(900)
  })
})

describe('always or sometimes', () => {
  const hour = (hours: number, good: number, bad: number, weight = 1): MadeRequest[] => [
    ...repeat(good, { time: at(hours), duration_ms: 100, weight }),
    ...repeat(bad, { time: at(hours), duration_ms: 900, weight }),
  ]
  const fortnight = (bad: (day: number, hour: number) => number, good = 38) =>
    Array.from({ length: 14 * 6 }, (_, i) => [Math.floor(i / 6), 8 + (i % 6)] as const).flatMap(
      ([day, hours]) => hour(day * 24 + hours, good, bad(day, hours)),
    )

  test('counts the hours that miss, and names the hour that does more often than chance', async () => {
    const { missed } = await lookAt(fortnight((_, hours) => (hours === 10 ? 6 : 1)))
    expect(missed).toMatchObject({ hours: 84, missed: 14, fewest: 20, worstWeekdays: [] })
    expect(missed.worstHours).toEqual([{ hour: 10, missed: 14, of: 14 }])
  })

  test('names no hour where all miss, none do, or some do by chance', async () => {
    expect((await lookAt(fortnight(() => 9))).missed).toMatchObject({ hours: 84, missed: 84, worstHours: [] })
    expect((await lookAt(fortnight(() => 0))).missed).toMatchObject({ hours: 84, missed: 0, worstHours: [] })
    const random = seeded(3)
    const { missed } = await lookAt(fortnight(() => Math.floor(random() * 5)))
    expect(missed.missed).toBeGreaterThan(10)
    expect(missed).toMatchObject({ worstHours: [], worstWeekdays: [] })
  })

  test('judges no hour by fewer requests than one bad one takes, nor by weights', async () => {
    expect((await lookAt(hour(1, 18, 1))).missed).toMatchObject({ hours: 0 })
    expect((await lookAt(hour(1, 19, 1))).missed).toMatchObject({ hours: 1, missed: 0 })
    expect((await lookAt(hour(1, 5, 1, 10))).missed).toMatchObject({ hours: 0 })
    expect((await lookAt(hour(1, 98, 1), { objective: 0.99 })).missed).toMatchObject({
      hours: 0,
      fewest: 100,
    })
    expect((await lookAt(hour(1, 90, 10), { objective: 0.8 })).missed).toMatchObject({
      missed: 0,
      fewest: 20,
    })
  })
})

describe('where it changed', () => {
  const days = (count: number, bad: (day: number) => number) =>
    Array.from({ length: count }, (_, day) => [
      ...repeat(100 - bad(day), { time: at(day * 24 + 9), duration_ms: 100 }),
      ...repeat(bad(day), { time: at(day * 24 + 9), duration_ms: 900 }),
    ]).flat()
  const noise = (day: number) => [2, 0, 3, 1, 4, 2, 1][day % 7]!

  test('names the first day, both levels, and what was deployed then', async () => {
    const workbook = await makeWorkbook()
    const deploys = join(workbook.dir, 'deploys.csv')
    const times = [at(9 * 24 + 8), at(10 * 24 + 1), at(11 * 24 + 23), at(12 * 24 + 1)]
    await writeFile(deploys, `time,version\n${times.map((time, i) => `${time},v${i}`).join('\n')}\n`)
    await importInto(workbook, [deploys])
    const { store } = await makeStore(
      days(20, day => noise(day) + (day >= 11 ? 20 : 0)),
      { workbook },
    )
    const { changes } = await look(await openStore(workbook.paths.data), EVERYTHING, OPTIONS)
    store.close()
    expect(changes!.points).toHaveLength(1)
    const [point] = changes!.points
    expect(point).toMatchObject({
      day: '2026-10-16',
      before: expect.closeTo(0.982, 2),
      after: expect.closeTo(0.78, 2),
    })
    expect(point!.p).toBeLessThan(0.025)
    expect(point!.deploys.map(({ version }) => version)).toEqual(['v2', 'v1'])
  })

  test('warns where days resemble the day before', async () => {
    const runs = (day: number) => (Math.floor(day / 3) % 2 === 0 ? 2 : 8) + (day % 2)
    const { changes, warnings } = await lookAt(days(40, day => runs(day) + (day >= 21 ? 40 : 0)))
    expect(changes!.points.map(({ day }) => day)).toEqual(['2026-10-26'])
    expect(changes!.correlation).toBeGreaterThan(0.2)
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'days-alike', message: expect.stringMatching(/^Days resemble/) }),
    )
    const plain = await lookAt(days(20, day => noise(day) + (day >= 11 ? 20 : 0)))
    expect(plain.warnings).toEqual([])
  })

  test('sees none where days only differ, and doesn’t ask with under ten days', async () => {
    expect((await lookAt(days(20, noise))).changes).toMatchObject({ points: [] })
    expect((await lookAt(days(9, day => (day < 5 ? 0 : 50)))).changes).toBeNull()
    expect((await lookAt(days(10, day => (day < 5 ? 0 : 50)))).changes!.points).toHaveLength(1)
  })
})

test('shape: width, tail, what it means, and how far from one peak', async () => {
  const spread = (count: number, ms: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => ({
      time: at(0),
      client: `c${i % 20}`,
      duration_ms: Math.round(ms(i)),
    }))
  const random = seeded(11)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const kinds: [string, (i: number) => number][] = [
    ['plain', () => 100 * Math.exp(0.4 * normal())],
    ['wide', () => 1000 * 40 ** random()],
    ['tail', i => (i % 20 === 0 ? 3000 : 100) * Math.exp(0.3 * normal())],
    ['peaks', i => (i % 2 === 0 ? 900 : 15) * Math.exp(0.2 * normal())],
  ]
  for (const [kind, ms] of kinds) {
    const { shape } = await lookAt(spread(1500, ms))
    expect(shape).toMatchObject({ kind, means: expect.stringMatching(/\w/) })
    expect(shape!.width! >= 10, kind).toBe(kind === 'wide' || kind === 'peaks')
    expect(shape!.dip!.statistic > 0.05, kind).toBe(kind === 'peaks')
  }
  expect((await lookAt(spread(49, () => 100))).shape).toBeNull()
})
