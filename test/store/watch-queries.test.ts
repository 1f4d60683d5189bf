import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openEngine } from '../../src/store/engine.js'
import { watchQueries } from '../../src/store/watch-queries.js'
import { makeTemporaryFolder } from '../evidence/workbooks.js'

test('of a query that runs: which one it is, how much is done, and for how long; short ones do not count', async () => {
  const engine = await openEngine({ spillDir: await makeTemporaryFolder() })
  try {
    await engine.run('CREATE TABLE numbers AS SELECT range AS n FROM range(1_000_000)')
    const queries = watchQueries(engine)
    expect(queries.progress()).toEqual({ query: 0, done: null, elapsed_ms: 0 })
    await queries.count(engine.all('SELECT 1'))
    for (const number of [1, 2]) {
      const query = queries.count(
        engine.all(`SELECT n % 7, count(*) FROM numbers
          WHERE NOT regexp_matches(repeat(n::VARCHAR, 200), '(1|2)*[3-9]{9}x$') GROUP BY 1`),
      )
      const seen: ReturnType<typeof queries.progress>[] = []
      let isOver = false
      void query.finally(() => (isOver = true))
      while (!isOver) {
        seen.push(queries.progress())
        await sleep(10)
      }
      expect(new Set(seen.map(one => one.query))).toEqual(new Set([number]))
      expect(seen.map(one => one.elapsed_ms)).toEqual(
        seen.map(one => one.elapsed_ms).toSorted((a, b) => a - b),
      )
      const shares = seen.flatMap(({ done }) => done ?? [])
      expect(shares).toEqual(shares.toSorted((a, b) => a - b))
      expect(new Set(shares).size).toBeGreaterThan(2)
      expect(shares.at(-1)).toBeLessThanOrEqual(1)
      expect(queries.progress()).toEqual({ query: number, done: null, elapsed_ms: 0 })
    }
  } finally {
    engine.close()
  }
})

test('a query that fails is over', async () => {
  const queries = watchQueries({ progress: () => -1 })
  const failing = Promise.withResolvers<void>()
  const query = queries.count(failing.promise)
  expect(queries.progress()).toMatchObject({ query: 1, done: null })
  failing.reject(new Error('no'))
  await expect(query).rejects.toThrow('no')
  expect(queries.progress()).toEqual({ query: 0, done: null, elapsed_ms: 0 })
})
