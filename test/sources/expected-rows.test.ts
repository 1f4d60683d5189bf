/**
 * Each fixture's rows, all columns, as a person checked them against its lines: `NAME.expected.ndjson` beside the log.
 * `NAME.whyslow.yaml` is the workbook's configuration, where the log needs one.
 */
import { existsSync, readdirSync } from 'node:fs'
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
    const config = path.join(LOGS, expected.replace(EXPECTED, '.whyslow.yaml'))
    const workbook = await makeWorkbook(existsSync(config) ? await readFile(config, 'utf8') : '')
    const { sources, failures } = await importInto(workbook, path.join(LOGS, log))
    expect(failures).toEqual([])
    const { rows, rejected, skipped } = sources[0]!
    expect(await rejectsOf(workbook, sources[0]!)).toEqual([])
    const text = await readFile(path.join(LOGS, log), 'utf8')
    expect(rows + rejected + skipped).toBe(log.startsWith('otlp') ? countSpans(text) : countLines(text))
    const byTime = (await requestsOf(workbook))
      .map(({ time, ...row }) => ({ time, ...row }))
      .sort(compareTimes)
    await expect(byTime.map(row => `${JSON.stringify(row)}\n`).join('')).toMatchFileSnapshot(
      path.join(LOGS, expected),
    )
  })
})

/** A line of OTLP holds many. */
function countSpans(text: string): number {
  return text.split('"startTimeUnixNano"').length - 1
}

function compareTimes(a: { time: unknown }, b: { time: unknown }): number {
  return String(a.time) < String(b.time) ? -1 : Number(String(a.time) > String(b.time))
}
