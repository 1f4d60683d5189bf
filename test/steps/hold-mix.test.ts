import { afterAll, expect, test } from 'vitest'
import { countClusters } from '../../src/evidence/count-clusters.js'
import { findStrata, MOST_STRATA, weightSides } from '../../src/evidence/strata.js'
import { weighStrata } from '../../src/stats/same-mix.js'
import { holdMix } from '../../src/steps/hold-mix.js'
import { oneText } from '../../src/store/dialect.js'
import type { Store } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { type MadeRequest, makeStore } from '../evidence/workbooks.js'

const open: Store[] = []
afterAll(() => {
  for (const store of open) store.close()
})

const OPTIONS = { under_ms: 500, timezone: 'UTC' }
const [before, after] = ['old', 'new'].map(path => ({ ...EVERYTHING, where: `path = '/${path}'` })) as [
  typeof EVERYTHING,
  typeof EVERYTHING,
]

/** Of each path and instance so many requests; the instance `none` isn't named. */
async function prepare(counts: [path: string, upstream: string, requests: number][]) {
  const rows = counts.flatMap(([path, upstream, requests]) =>
    Array.from(
      { length: requests },
      (_, i): MadeRequest => ({
        time: `2026-10-05T10:00:${String(i % 60).padStart(2, '0')}Z`,
        path,
        duration_ms: 100,
        account: `c${i % 7}`,
        ...(upstream === 'none' ? {} : { upstream }),
      }),
    ),
  )
  const { store } = await makeStore(rows)
  open.push(store)
  const strata = await findStrata(store, { before, after }, { columns: ['upstream'], ...OPTIONS })
  const count = (slice: typeof EVERYTHING) =>
    countClusters(store, slice, { ...OPTIONS, perDay: false, stratum: strata.stratum })
  return { store, strata, counted: [await count(before), await count(after)] as const }
}

test('weights in SQL put both sides at the mix of both together', async () => {
  const { store, strata, counted } = await prepare([
    ['/old', 'a', 30],
    ['/old', 'none', 10],
    ['/old', 'only', 10],
    ['/new', 'a', 20],
    ['/new', 'none', 60],
  ])
  const { sameMix, weights } = holdMix(strata, counted)
  expect(sameMix).toEqual({ columns: ['upstream'], leftOut: { before: 0.2, after: 0 } })
  const sum = (side: 'before' | 'after', path: string) =>
    store.all(
      `SELECT upstream, round(sum(${weights[side]}), 6) AS "sum" FROM requests WHERE path = '/${path}' GROUP BY 1 ORDER BY 1 NULLS LAST`,
    )
  // 50 of 120 from a, 70 from nobody knows where.
  expect(await sum('before', 'old')).toEqual([
    { upstream: 'a', sum: 16.666667 },
    { upstream: 'only', sum: 0 },
    { upstream: null, sum: 23.333333 },
  ])
  expect(await sum('after', 'new')).toEqual([
    { upstream: 'a', sum: 33.333333 },
    { upstream: null, sum: 46.666667 },
  ])
})

test('of very many kinds the rare ones are taken as one, and that is said', async () => {
  const many = Array.from({ length: MOST_STRATA + 50 }, (_, i) => `u${i}`)
  const { strata, counted } = await prepare(
    many.flatMap(name => [
      ['/old', name, name === 'u7' ? 9 : 1] as [string, string, number],
      ['/new', name, 1] as [string, string, number],
    ]),
  )
  const { warnings, sameMix } = holdMix(strata, counted)
  expect(sameMix.leftOut).toEqual({ before: 0, after: 0 })
  expect(warnings).toEqual([
    {
      code: 'same-mix',
      message: expect.stringMatching(
        /^There are 250 combinations of upstream: all but the 200 most frequent, 19\.\d% of requests/,
      ),
    },
  ])
  const mix = weighStrata({ before: counted[0].clusters, after: counted[1].clusters })
  expect(mix.factors.before.size).toBe(MOST_STRATA + 1)
  expect(weightSides(strata, mix).before).toContain('::DOUBLE[]')
})

test('texts as one: the same for the same ones alone', async () => {
  const { store } = await prepare([['/old', 'a', 1]])
  const pairs = [
    ["'a'", "'b'"],
    ["'a1:b'", "''"],
    ["'a'", 'NULL'],
    ['NULL', "'a'"],
    ["''", "'a'"],
    ["'-'", "'a'"],
  ]
  const keys = await store.all<{ key: string }>(
    pairs.map(pair => `SELECT ${oneText(pair.map(text => `(${text})`))} AS key`).join(' UNION ALL '),
  )
  expect(new Set(keys.map(({ key }) => key)).size).toBe(pairs.length)
})
