import { appendFile, copyFile, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { removeImported } from '../../src/steps/remove-sources.js'
import { listSources, readRejects, removeSources } from '../../src/store/catalog.js'
import { withWorkbookLock } from '../../src/workbook/lock.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import {
  countLines,
  importInto,
  importText,
  makeWorkbook,
  nginxLine,
  query,
  rejectsOf,
  writeInto,
} from '../sources/import-into.js'

/** Lines `from` to `to` of a log in which no two are the same. */
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => nginxLine(from + i, `/orders/${from + i}`)).join('')

/** How often each path of the log is there: 1 each, unless lines were lost or came in twice. */
async function expectOnce(workbook: Workbook, count: number) {
  const found = await query<{ path: string; n: number }>(
    workbook,
    'SELECT path, count(*) AS n FROM requests GROUP BY ALL',
  )
  expect(found.filter(({ n }) => n !== 1)).toEqual([])
  expect(found.map(one => one.path).sort()).toEqual(
    Array.from({ length: count }, (_, i) => `/orders/${i}`).sort(),
  )
}

/** As a file of that kind. */
async function feed(workbook: Workbook, as: string, content: string | Buffer) {
  if (as === '-') {
    const stdin = Readable.from([Buffer.from(content)])
    return (await importInto(workbook, '-', { stdin })).sources[0]!
  }
  if (as === 'gzip') return importText(workbook, 'access.log.gz', gzipSync(content))
  return importText(workbook, 'access.log', content)
}

describe('a log that has grown since its import gives its new lines only', () => {
  test.each(['plain', 'gzip', '-'])('ten times, as %s', async as => {
    const workbook = await makeWorkbook()
    for (let i = 1; i <= 11; i += 1) {
      const source = await feed(workbook, as, lines(0, i * 30))
      expect(source).toMatchObject({ rows: 30, rejected: 0, skipped: 0, alreadyImported: false })
    }
    expect(await listSources(workbook.paths.data)).toHaveLength(11)
    await expectOnce(workbook, 330)
    expect(await feed(workbook, as, lines(0, 330))).toMatchObject({ alreadyImported: true })
    expect(await feed(workbook, as, lines(0, 120))).toMatchObject({ alreadyImported: true })
    await expectOnce(workbook, 330)
  })

  test('gzip members that were appended', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'access.log.gz', gzipSync(lines(0, 50)))
    await importInto(workbook, file)
    await appendFile(file, gzipSync(lines(50, 70)))
    expect((await importInto(workbook, file)).sources).toMatchObject([{ rows: 20, alreadyImported: false }])
    await expectOnce(workbook, 70)
  })

  test('cut anywhere: the line that had no end is there once, whole', async () => {
    const whole = lines(0, 12)
    const first = lines(0, 8).length
    for (let cut = first; cut <= lines(0, 9).length; cut += 7) {
      const workbook = await makeWorkbook()
      await importText(workbook, 'access.log', whole.slice(0, cut))
      await importText(workbook, 'access.log', whole.slice(0, cut + 3))
      await importText(workbook, 'access.log', whole)
      await expectOnce(workbook, 12)
      const sources = await listSources(workbook.paths.data)
      expect(sources.reduce((sum, { rows }) => sum + rows, 0)).toBe(12)
      expect(sources.reduce((sum, { rejected }) => sum + rejected, 0)).toBe(0)
      for (const { id, rejected } of sources)
        expect(await readRejects(workbook.paths.data, id, rejected)).toHaveLength(rejected)
    }
  })

  test('cut within its first line', async () => {
    for (const cut of [60, 90, lines(0, 1).length - 1]) {
      const workbook = await makeWorkbook()
      await importInto(workbook, await writeInto(workbook, 'access.log', lines(0, 1).slice(0, cut)), {
        as: 'nginx',
      })
      await importText(workbook, 'access.log', lines(0, 3))
      await expectOnce(workbook, 3)
      expect(await listSources(workbook.paths.data)).toHaveLength(1)
    }
  })

  test('a file whose last line never gets an end has it nevertheless', async () => {
    const workbook = await makeWorkbook()
    expect(await importText(workbook, 'access.log', lines(0, 8).slice(0, -1))).toMatchObject({ rows: 8 })
    await expectOnce(workbook, 8)
  })

  test('rejects keep the line numbers of the file', async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'access.log', `${lines(0, 5)}\ntorn\n${lines(5, 7)}`)
    const source = await importText(
      workbook,
      'access.log',
      `${lines(0, 5)}\ntorn\n${lines(5, 7)}${lines(7, 9)}bad\n\n${lines(9, 11)}worse`,
    )
    expect(source).toMatchObject({ rows: 4, rejected: 2 })
    expect(await rejectsOf(workbook, source)).toMatchObject([
      { line: 12, text: 'bad' },
      { line: 16, text: 'worse' },
    ])
    await expectOnce(workbook, 11)
  })

  test('only with lines that can’t be read: they are counted, and the next lines come in', async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'access.log', lines(0, 5))
    expect(await importText(workbook, 'access.log', `${lines(0, 5)}torn\n`)).toMatchObject({
      rows: 0,
      rejected: 1,
    })
    expect(await importText(workbook, 'access.log', `${lines(0, 5)}torn\n${lines(5, 6)}`)).toMatchObject({
      rows: 1,
      rejected: 0,
    })
    await expectOnce(workbook, 6)
  })

  test('a table needs its header', async () => {
    const workbook = await makeWorkbook()
    const row = (i: number) => `2026-10-05T10:00:0${i}Z,/orders/${i},200,"a\nb"\n`
    const table = `time,path,status,note\n${row(0)}${row(1)}`
    await importText(workbook, 'a.csv', table)
    const rest = await importText(workbook, 'a.csv', `${table}${row(2)}soon,/x,200,\n${row(3)}`)
    expect(rest).toMatchObject({ rows: 2, rejected: 1, kind: 'requests' })
    expect(await rejectsOf(workbook, rest)).toMatchObject([{ line: 8 }])
    await expectOnce(workbook, 4)
  })
})

describe('rotated names', () => {
  test('of content that is there: nothing; with a few more lines: just those', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'access.log', lines(0, 50))
    await importInto(workbook, file)
    await appendFile(file, lines(50, 53))
    await rename(file, `${file}.1`)
    await writeFile(file, lines(53, 60))
    const { sources } = await importInto(workbook, [file, `${file}.1`])
    expect(sources).toMatchObject([{ rows: 7 }, { rows: 3, file: `${file}.1` }])
    await writeFile(`${file}.2.gz`, gzipSync(await readFile(`${file}.1`)))
    expect((await importInto(workbook, `${file}.2.gz`)).sources).toMatchObject([{ alreadyImported: true }])
    await expectOnce(workbook, 60)
  })

  test('copied and truncated: the copy is known, what follows is new', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'access.log', lines(0, 50))
    await importInto(workbook, file)
    await copyFile(file, `${file}.1`)
    await truncate(file, 0)
    await appendFile(file, lines(50, 90))
    await importInto(workbook, [file, `${file}.1`])
    await expectOnce(workbook, 90)
  })

  test('an earlier copy, shorter than what is there', async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'access.log', lines(0, 50))
    const copy = lines(0, 20).slice(0, -30)
    expect(await importText(workbook, 'copy.log', copy)).toMatchObject({ alreadyImported: true })
    const other = lines(0, 3) + lines(60, 61)
    expect(await importText(workbook, 'other.log', other)).toMatchObject({ rows: 4, alreadyImported: false })
  })
})

describe('what was taken out', () => {
  test('comes in again from there on: the last piece of a log, or all of it', async () => {
    const workbook = await makeWorkbook()
    const pieces = []
    for (const end of [20, 30, 40]) pieces.push(await importText(workbook, 'access.log', lines(0, end)))
    const [first, second, third] = pieces.map(({ id }) => id)
    await expect(removeImported(workbook, [second!])).rejects.toMatchObject({
      message: expect.stringContaining('from line 31 on'),
      next: [`Take them out together: whyslow sources remove ${second} ${third}`],
    })
    await expectOnce(workbook, 40)
    await removeImported(workbook, [third!])
    await expectOnce(workbook, 30)
    expect(await importText(workbook, 'access.log', lines(0, 40))).toMatchObject({ rows: 10 })
    expect(await removeImported(workbook, [first!, third!, second!, third!])).toHaveLength(3)
    expect(await listSources(workbook.paths.data)).toEqual([])
    expect(await importText(workbook, 'access.log', lines(0, 40))).toMatchObject({ rows: 40 })
    await expectOnce(workbook, 40)
  })

  test('with a last line that had no end, and that a later piece has read again', async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'access.log', lines(0, 9).slice(0, -1))
    const rest = await importText(workbook, 'access.log', lines(0, 12))
    await removeImported(workbook, [rest.id])
    await expectOnce(workbook, 9)
    await importText(workbook, 'access.log', lines(0, 12))
    await expectOnce(workbook, 12)
  })

  test('does not come back with what a killed process left behind it', async () => {
    const workbook = await makeWorkbook()
    const { data } = workbook.paths
    const tail = await importText(workbook, 'access.log', lines(0, 1).slice(0, -1))
    const whole = await importText(workbook, 'access.log', lines(0, 3))
    expect(await listSources(data)).toMatchObject([{ id: whole.id, replaces: [tail.id] }])
    await removeImported(workbook, [whole.id])
    expect(await listSources(data)).toEqual([])
  })

  test('while an import was reading what goes on from it: that is read again, whole', async () => {
    const workbook = await makeWorkbook()
    const first = await importText(workbook, 'access.log', lines(0, 2000))
    const file = await writeInto(workbook, 'access.log', lines(0, 2500))
    const { data, tmp } = workbook.paths
    const isRead = async () =>
      (await readdir(tmp, { recursive: true }).catch(() => [])).some(name => name.endsWith('source.parquet'))
    let importing: ReturnType<typeof importInto> | undefined
    await withWorkbookLock(workbook, async () => {
      importing = importInto(workbook, file)
      while (!(await isRead())) await sleep(20)
      await removeSources(data, [first])
    })
    expect((await importing!).sources).toMatchObject([{ rows: 2500 }])
    await expectOnce(workbook, 2500)
  })
})

test('imports that run at once see each other’s lines', async () => {
  for (let round = 0; round < 4; round += 1) {
    const workbook = await makeWorkbook()
    const files = await Promise.all(
      [2000, 2500, 1500, 3000].map(n => writeInto(workbook, `${n}.log`, lines(0, n))),
    )
    const results = await Promise.all(files.map(file => importInto(workbook, file)))
    expect(results.flatMap(result => result.failures)).toEqual([])
    await expectOnce(workbook, 3000)
  }
})

test('what an import leaves says where its lines begin', async () => {
  const workbook = await makeWorkbook()
  const first = await importText(workbook, 'access.log', lines(0, 5))
  const rest = await importText(workbook, 'access.log', lines(0, 9))
  expect(rest).toMatchObject({
    after: { hash: first.hash, bytes: first.bytes, newlines: 5 },
    bytes: lines(0, 9).length,
  })
  expect(countLines(lines(0, 9))).toBe(9)
})

test('a W3C log goes on with the last #Fields above', async () => {
  const workbook = await makeWorkbook()
  const head =
    '#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-10-05 10:00:00\n'
  const first = `${head}#Fields: date time cs-method cs-uri-stem sc-status time-taken\n`
  const second = `${head}#Fields: date time cs-uri-stem cs-method sc-status time-taken\n`
  const log = [
    `${first}2026-10-05 10:00:00 GET /orders/0 200 12\n`,
    `${second}2026-10-05 10:00:01 /orders/1 GET 200 13\n`,
    '2026-10-05 10:00:02 /orders/2 GET 200 14\n',
    '2026-10-05 10:00:03 /orders/3 GET 200 15\n',
  ]
  for (let i = 1; i <= log.length; i += 1)
    expect(await importText(workbook, 'u_ex.log', log.slice(0, i).join(''))).toMatchObject({
      rows: 1,
      rejected: 0,
    })
  await expectOnce(workbook, 4)
  expect(await query(workbook, 'SELECT DISTINCT method, status FROM requests')).toEqual([
    { method: 'GET', status: 200 },
  ])
})
