/** Each fixture's rows, all columns, as a person checked them against its lines: `NAME.expected.ndjson` beside the log. */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { countLines, importInto, makeWorkbook, ROOT, rejectsOf, requestsOf } from './import-into.js'

const LOGS = path.join(ROOT, 'fixtures/logs')
const EXPECTED = '.expected.ndjson'

describe('fixtures give the rows beside them', () => {
  const names = readdirSync(LOGS).filter(name => name.endsWith(EXPECTED))
  test.each(names)('%s', async expected => {
    const log = readdirSync(LOGS).find(
      name => name !== expected && name.startsWith(expected.slice(0, -EXPECTED.length + 1)),
    )!
    const workbook = await makeWorkbook()
    const { sources, failures } = await importInto(workbook, path.join(LOGS, log))
    expect(failures).toEqual([])
    const { rows, rejected, skipped } = sources[0]!
    expect(await rejectsOf(workbook, sources[0]!)).toEqual([])
    expect(rows + rejected + skipped).toBe(countLines(await readFile(path.join(LOGS, log), 'utf8')))
    const byTime = (await requestsOf(workbook))
      .map(({ time, ...row }) => ({ time, ...row }))
      .sort(compareTimes)
    await expect(byTime.map(row => `${JSON.stringify(row)}\n`).join('')).toMatchFileSnapshot(
      path.join(LOGS, expected),
    )
  })
})

function compareTimes(a: { time: unknown }, b: { time: unknown }): number {
  return String(a.time) < String(b.time) ? -1 : Number(String(a.time) > String(b.time))
}
