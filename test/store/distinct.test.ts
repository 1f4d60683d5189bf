import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { distinctPerGroup } from '../../src/store/dialect.js'
import { openEngine } from '../../src/store/engine.js'

test('distinct values are estimated to a few percent, and few of them exactly', async () => {
  const spillDir = await mkdtemp(join(tmpdir(), 'whyslow-distinct-'))
  const engine = await openEngine({ spillDir })
  try {
    await engine.run(
      `CREATE TABLE requests AS SELECT 'd' || n AS route, 'client ' || (i % n)::VARCHAR AS client, i AS id
       FROM (VALUES (1), (10), (200), (5000), (300000)) AS groups(n), range(300000) AS rows(i)`,
    )
    const rows = await engine.all<{ name: string; distinct: number }>(
      distinctPerGroup('client', 'route', 'id >= 0'),
    )
    const found = Object.fromEntries(rows.map(row => [row.name, row.distinct]))
    expect(found.d1).toBe(1)
    expect(found.d10).toBe(10)
    for (const n of [200, 5000, 300_000]) expect(Math.abs(found[`d${n}`]! / n - 1), `${n}`).toBeLessThan(0.05)
  } finally {
    engine.close()
    await rm(spillDir, { recursive: true, force: true })
  }
})
