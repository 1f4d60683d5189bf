import { expect, test } from 'vitest'
import { measureSlowTime } from '../../src/evidence/slow-time.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { makeStore } from './workbooks.js'

test('the time beyond the threshold, each row as often as its weight says', async () => {
  const row = (second: number, duration_ms: number | null, upstream: string, weight = 1) => ({
    time: `2026-10-05T10:00:0${second}Z`,
    duration_ms,
    upstream,
    weight,
  })
  const rows = [
    row(1, 900, 'a', 2),
    row(2, 700, 'b'),
    row(3, 500, 'a'),
    row(4, 100, 'b', 9),
    row(5, null, 'a'),
  ]
  const { store } = await makeStore(rows)
  const of = (upstream: string) => ({ ...EVERYTHING, where: `upstream = '${upstream}'` })
  expect(await measureSlowTime(store, of('a'), of('b'), 500)).toEqual({
    share: 0.8,
    part_ms: 800,
    total_ms: 1000,
  })
  expect(await measureSlowTime(store, of('a'), of('b'), 1000)).toEqual({
    share: null,
    part_ms: 0,
    total_ms: 0,
  })
  store.close()
})
