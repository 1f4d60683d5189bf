import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { identifyAgain, warnOfAccounts } from '../../src/steps/identify-again.js'
import { listSources } from '../../src/store/catalog.js'
import { openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { importInto, importText, makeWorkbook, nginxLine, query, writeInto } from './import-into.js'

const accountsOf = async (workbook: Workbook) =>
  (await query<{ account: string | null }>(workbook, 'SELECT account FROM requests ORDER BY time, path')).map(
    row => row.account,
  )

const json = (fields: Record<string, unknown>, i = 0) =>
  `${JSON.stringify({ time: `2026-10-05T09:00:0${i}Z`, method: 'GET', path: `/a${i}`, status: 200, duration_ms: 5, client: `10.0.0.${i}`, ...fields })}\n`

describe('where an account stands', () => {
  test.each([
    ['header: X-Account', { http_x_account: 'acme' }],
    ['header: x_account', { 'X-Account': 'acme' }],
    ['header: http_x_account', { 'X-Account': 'acme' }],
    ['header: X-Account', { 'request_X-Account': 'acme' }],
    ['cookie: account', { cookie_account: 'acme' }],
    ['cookie: account', { http_cookie: 'a=1; account=acme; b=2' }],
    ['cookie: account', { 'cs(Cookie)': 'myaccount=no;%20account=acme' }],
    ['cookie: a.c', { Cookie: 'abc=1; a.c="acme"' }],
    ['attribute: tenant', { tenant: 'acme' }],
    ['query: account', { path: '/a?x=1&account=acme' }],
    ['column: client', { client: 'acme' }],
  ])('%s in %j', async (rule, fields) => {
    const workbook = await makeWorkbook(`identify: [{${rule}}]\n`)
    await importText(workbook, 'a.ndjson', json(fields))
    expect(await accountsOf(workbook)).toEqual(['acme'])
  })

  test('a cookie that only ends like it is another', async () => {
    const workbook = await makeWorkbook('identify: [{cookie: account}]\n')
    await importText(workbook, 'a.ndjson', json({ http_cookie: 'myaccount=acme' }))
    expect(await accountsOf(workbook)).toEqual([null])
  })

  test('the first rule that finds one wins, then the log’s own; in a text log, by the engine', async () => {
    const workbook = await makeWorkbook(
      'identify: [{query: t}, {path: "^/t/([^/]+)/"}, {header: X-Nowhere}]\n',
    )
    const lines = [nginxLine(0, '/t/two/?t=one'), nginxLine(1, '/t/two/x'), nginxLine(2, '/x')]
    await importText(workbook, 'a.log', lines.join('').replaceAll(' - - [', ' - own ['))
    expect(await accountsOf(workbook)).toEqual(['one', 'two', 'own'])
  })
})

describe('lookups', () => {
  const rules = 'identify:\n  - column: client\n    lookup: clients.csv\n  - {query: key, lookup: keys.csv}\n'

  async function makeLookup(clients: string, keys = 'key,account\nk1,acme\n') {
    const workbook = await makeWorkbook(rules)
    await writeInto(workbook, 'clients.csv', clients)
    await writeInto(workbook, 'keys.csv', keys)
    return workbook
  }

  test('by a column, then by what another rule reads', async () => {
    const workbook = await makeLookup(
      'note;account;key\r\n"a;b";"o""hara";10.0.0.0\r\n\r\n',
      '\ufeffaccount,key\nacme,k1\n',
    )
    const lines = [
      nginxLine(0),
      nginxLine(1, '/a?key=k1'),
      nginxLine(2, '/a?key=k2'),
      nginxLine(250, '/b?key=k1'),
    ]
    await importText(workbook, 'a.log', lines.join(''))
    const rows = await query(workbook, 'SELECT client, query, account FROM requests ORDER BY ALL')
    expect(rows).toEqual([
      { client: '10.0.0.0', query: 'key=k1', account: 'o"hara' },
      { client: '10.0.0.0', query: null, account: 'o"hara' },
      { client: '10.0.0.1', query: 'key=k1', account: 'acme' },
      { client: '10.0.0.2', query: 'key=k2', account: null },
    ])
  })

  test.each([
    ['key,name\na,b\n', 'clients.csv:1:1  expected the columns key and account, found key, name'],
    ['', 'clients.csv:1:1  expected the columns key and account, found none'],
    ['key,account\na,b\nc\n', 'clients.csv:3:1  expected 2 fields, found 1'],
    ['key,account\n"a,b\n', 'clients.csv:2:1  expected 2 fields, found a quote that is not closed'],
    ['key,account\na,\n', 'clients.csv:2:1  expected a key and an account, found “a” and “”'],
    ['key,account\na,b\na,b\na,c\n', 'clients.csv:4:1  the key “a” is account “c” here, and “b” in line 2'],
  ])('a mistake in the file is located: %j', async (text, message) => {
    const workbook = await makeLookup(text)
    const { dir } = workbook
    const shown = await openWorkbook({ cwd: dir })
    const file = await writeInto(workbook, 'a.log', nginxLine(1))
    await expect(importInto(shown, file)).rejects.toThrow(message)
  })

  test('a file that is not there is located in whyslow.yaml', async () => {
    const workbook = await makeWorkbook(rules)
    const file = await writeInto(workbook, 'a.log', nginxLine(1))
    await expect(importInto(workbook, file)).rejects.toThrow(
      /whyslow\.yaml:3:13 {2}expected a CSV file of the workbook/,
    )
  })
})

test('how many stay without an account is kept, and warned of where rules should tell them', async () => {
  const workbook = await makeWorkbook('identify: [{query: account}]\n')
  const lines = Array.from({ length: 40 }, (_, i) => nginxLine(i, i < 5 ? '/a' : '/a?account=x'))
  const { sources, warnings } = await importInto(workbook, await writeInto(workbook, 'a.log', lines.join('')))
  expect(sources[0]).toMatchObject({ withoutAccount: 5 })
  expect(warnings).toMatchObject([
    {
      code: 'accounts-missing',
      message: expect.stringContaining('5 of 40 requests (12.5%) have no account'),
    },
  ])
  const few = await importInto(
    workbook,
    await writeInto(workbook, 'b.log', nginxLine(50, '/a?account=x').repeat(60)),
  )
  expect(few.warnings).toEqual([])
  expect(await warnOfAccounts(workbook, await listSources(workbook.paths.data))).toEqual([])
})

describe('rules that change after an import', () => {
  const options = { now: new Date('2026-11-20'), pid: process.pid, isAlive: () => true }

  async function change(workbook: Workbook, config: string): Promise<Workbook> {
    await writeFile(workbook.paths.config, config)
    return openWorkbook({ cwd: workbook.dir })
  }

  test('are put on what is stored, as an import would have', async () => {
    const configs = [
      '',
      'identify: [{query: t}]\n',
      'identify: [{attribute: remote_user}]\n',
      'identify: [{header: X-A}, {cookie: c}, {column: account, lookup: l.csv}]\n',
      'identify: [{column: account, lookup: l.csv}, {host: "^(.+)$"}]\n',
      'identify: [{path: "^/(.)"}]\n',
    ]
    const log = [
      nginxLine(0, '/a?t=one'),
      nginxLine(1, '/b').replace(' - - [', ' - own ['),
      nginxLine(2, '/c?t=two').replace(' - - [', ' - own2 ['),
      nginxLine(3, 'http://h.example/d'),
    ].join('')
    const rows =
      json({ http_x_a: 'head', account: 'own', http_cookie: 'c=k' }) +
      json({ http_cookie: 'c=k' }, 1) +
      json({ path: '/x?t=q', account: 'own2' }, 2)
    const importBoth = async (config: string) => {
      const workbook = await makeWorkbook(config)
      await writeInto(workbook, 'l.csv', 'key,account\nown,looked-up\n')
      await importText(workbook, 'a.log', log)
      await importText(workbook, 'a.ndjson', rows)
      return workbook
    }
    let workbook = await importBoth(configs[0]!)
    for (const [i, config] of [...configs, ...configs.toReversed()].entries()) {
      workbook = await change(workbook, config)
      await identifyAgain(workbook, { ...options, now: new Date(1e12 + i) })
      const fresh = await importBoth(config)
      expect([config, await accountsOf(workbook)]).toEqual([config, await accountsOf(fresh)])
      const [stored, wanted] = [await listSources(workbook.paths.data), await listSources(fresh.paths.data)]
      expect(stored.map(one => one.withoutAccount)).toEqual(wanted.map(one => one.withoutAccount))
    }
  })

  test('sources says so, until they are; a lookup that changed counts as well', async () => {
    const rule = 'identify: [{column: client, lookup: l.csv}]\n'
    let workbook = await makeWorkbook()
    await importText(workbook, 'a.log', nginxLine(1))
    const sources = () => listSources(workbook.paths.data)
    expect(await warnOfAccounts(workbook, await sources())).toEqual([])
    await writeInto(workbook, 'l.csv', 'key,account\n10.0.0.1,acme\n')
    workbook = await change(workbook, rule)
    expect(await warnOfAccounts(workbook, await sources())).toMatchObject([
      { code: 'identify-changed', next: expect.stringContaining('whyslow identify') },
      { code: 'accounts-missing' },
    ])
    expect(await identifyAgain(workbook, options)).toMatchObject({
      sources: [{ requests: 1, changed: 1, withoutAccount: 0 }],
      warnings: [],
    })
    expect(await accountsOf(workbook)).toEqual(['acme'])
    expect(await warnOfAccounts(workbook, await sources())).toEqual([])
    await writeInto(workbook, 'l.csv', 'key,account\n10.0.0.1,other\n')
    expect(await warnOfAccounts(workbook, await sources())).toMatchObject([{ code: 'identify-changed' }])
    await identifyAgain(workbook, { ...options, now: new Date('2026-11-21') })
    expect(await accountsOf(workbook)).toEqual(['other'])
  })
})
