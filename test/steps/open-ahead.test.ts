import { readdir } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { importInto, makeWorkbook, nginxLog, query, writeInto } from '../sources/import-into.js'

test('of packed account files in one command the last one counts, and a damaged one stays out alone', async () => {
  const workbook = await makeWorkbook()
  const table = (name: string) => gzipSync(`account_id,name,plan\n7,${name},pro\n`)
  const files = [
    await writeInto(workbook, 'a.csv.gz', table('Acme')),
    await writeInto(workbook, 'damaged.gz', gzipSync(nginxLog(3000)).subarray(0, 900)),
    await writeInto(workbook, 'b.csv.gz', table('Bolt')),
    await writeInto(workbook, 'access.log.gz', gzipSync(nginxLog(2000))),
    // It begins with the file before it, which isn't in yet when it is unpacked.
    await writeInto(workbook, 'access.log.1.gz', gzipSync(nginxLog(2500).trimEnd())),
  ]
  const { sources, failures } = await importInto(workbook, files)
  expect(failures.map(({ file }) => file)).toEqual([files[1]])
  expect(sources.map(source => source.rows)).toEqual([1, 1, 2000, 500])
  expect(await query(workbook, 'SELECT name FROM accounts')).toEqual([{ name: 'Bolt' }])
  expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: 2500 }])
  expect(await readdir(workbook.paths.tmp)).toEqual([])
})

test('stopped while the next file is unpacked: nothing is left', async () => {
  const workbook = await makeWorkbook()
  const packed = gzipSync(nginxLog(200_000))
  const files = await Promise.all(['a.gz', 'b.gz'].map(name => writeInto(workbook, name, packed)))
  for (const delay_ms of [100, 300, 600]) {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), delay_ms)
    await expect(importInto(workbook, files, { signal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(await readdir(workbook.paths.tmp)).toEqual([])
  }
})
