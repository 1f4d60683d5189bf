import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WhyslowError } from '../../src/errors.js'
import { commitSource, type Source, writeSourceFile } from '../../src/store/catalog.js'
import { openEngine, sqlText } from '../../src/store/engine.js'
import { openStore, type Store } from '../../src/store/open-store.js'
import { COLUMNS } from '../../src/store/schema.js'
import { EVERYTHING, parseTime, parseWindow, routeWhere, slicePredicate } from '../../src/store/slice.js'

let dir: string
let store: Store

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'whyslow-where-'))
  await addSource('one', `{'flag': 'x', 'http_version': '2.0'}`)
  await addSource('two', `{'flag': 'y', 'zone': 'eu'}`)
  store = await openStore(dir)
})
afterAll(async () => {
  store.close()
  await rm(dir, { recursive: true })
})

/** A source of three requests, written as an import writes it. */
async function addSource(id: string, attrs: string) {
  const work = path.join(dir, 'tmp', id)
  await mkdir(work, { recursive: true })
  const engine = await openEngine({ spillDir: work })
  const values: Record<string, string> = {
    time: `TIMESTAMP '2026-10-05 10:00:00' + to_minutes(i)`,
    method: `'GET'`,
    path: `'/orders/' || i`,
    route: `'GET /orders/:id'`,
    status: '200 + 100 * i',
    outcome: `CASE WHEN i = 3 THEN 'server_error' ELSE 'ok' END`,
    duration_ms: '100.0 * i',
    client: `'10.0.0.' || i`,
    weight: '1',
  }
  const columns = Object.entries(COLUMNS.requests).map(
    ([name, type]) => `(${values[name] ?? 'NULL'})::${type} AS "${name}"`,
  )
  const from = path.join(work, 'rows.parquet')
  await engine.run(
    `COPY (SELECT ${columns.join(', ')}, ${attrs} AS attrs FROM range(1, 4) t(i)) TO ${sqlText(from)} (FORMAT parquet)`,
  )
  const source: Source = {
    id,
    file: `${id}.log`,
    kind: 'requests',
    format: 'nginx',
    rows: 3,
    rejected: 0,
    skipped: 0,
    from: null,
    to: null,
    hash: id,
    bytes: 1,
    importedAt: '2026-10-05T10:00:00Z',
    weighted: false,
    files: [`requests/${id}.parquet`],
  }
  await writeSourceFile(engine, source, null, path.join(work, 'source.parquet'))
  engine.close()
  const to = path.join(dir, 'requests', `${id}.parquet`)
  await commitSource(dir, [{ from, to }], { from: path.join(work, 'source.parquet'), id })
}

async function count(where: string): Promise<number> {
  const predicate = await slicePredicate(store, { ...EVERYTHING, where })
  const [row] = await store.all<{ n: number }>(`SELECT count(*) AS n FROM requests WHERE ${predicate}`)
  return row!.n
}

async function refusal(where: string): Promise<WhyslowError> {
  try {
    await count(where)
  } catch (error) {
    if (error instanceof WhyslowError) return error
    throw error
  }
  throw new Error(`was let through: ${where}`)
}

describe('expressions', () => {
  test.each([
    ['status >= 400', 4],
    ['status = 300 -- two', 2],
    ['status = 300 /* two */', 2],
    ['(status = 300) OR (duration_ms > 250)', 4],
    ['status IN (300, 400)', 4],
    ['status BETWEEN 300 AND 400', 4],
    ['NOT status = 300', 4],
    ['account IS NULL', 6],
    ['elapsed_ms IS NOT NULL', 0],
    [`path LIKE '/orders/%'`, 6],
    [`path ILIKE '%ORDERS%1'`, 2],
    [`path LIKE '!%' ESCAPE '!'`, 0],
    [`path SIMILAR TO '/orders/[12]'`, 4],
    [`path ~ '.*2'`, 2],
    [`regexp_matches(path, '[23]$')`, 4],
    [`starts_with(client, '10.')`, 6],
    [`split_part(path, '/', 3)::INTEGER > 1`, 4],
    [`time >= TIMESTAMP '2026-10-05 10:02:00'`, 4],
    [`time >= '2026-10-05 10:02:00'`, 4],
    [`time + INTERVAL 1 HOUR > TIMESTAMP '2026-10-05 11:02:30'`, 2],
    [`date_trunc('hour', time) = TIMESTAMP '2026-10-05 10:00:00' AND minute(time) = 3`, 2],
    [`CASE WHEN status = 300 THEN true ELSE false END`, 2],
    [`attrs.flag = 'x'`, 3],
    [`attrs['flag'] = 'x'`, 3],
    [`attrs.zone = 'eu' OR attrs.http_version = '2.0'`, 6],
    [`coalesce(elapsed_ms, duration_ms) / 2 > 100`, 2],
    [`try_cast(path AS INTEGER) IS NULL`, 6],
    [`outcome = 'it''s'`, 0],
    [`STATUS = 300`, 2],
    ['true', 6],
  ])('%s', async (where, expected) => {
    expect(await count(where)).toBe(expected)
  })

  test('a route, whatever is in its name', async () => {
    expect(await count(routeWhere('GET /orders/:id'))).toBe(6)
    expect(await count(routeWhere(`'; DROP TABLE requests; --`))).toBe(0)
  })
})

describe('hostile and mistaken expressions', () => {
  test.each([
    'status=1) or (1=1',
    'status=1)) or ((1=1',
    'status = 1; SELECT 1',
    'status = 1; DROP VIEW requests',
    'status = 1 GROUP BY 1',
    'status = 1 LIMIT 5',
    'status = 1 UNION SELECT 1',
    'status = 1 ORDER BY 1',
    'status = 1 --\n) OR (1=1',
    'status = 1 /*',
    'status = 1\0) OR (1=1',
    '1=1 WINDOW w AS ()',
    'status IN (SELECT 1)',
    'EXISTS (FROM requests)',
    'status = (SELECT max(status) FROM requests)',
    'status = ANY([200])',
    `read_csv('/etc/passwd') IS NULL`,
    `(SELECT content FROM read_text('/etc/passwd')) = ''`,
    `getenv('HOME') = ''`,
    `current_setting('memory_limit') = ''`,
    'now() > time',
    'random() < 0.5',
    'count(*) > 1',
    'max(status) > 1',
    'row_number() OVER () = 1',
    'COLUMNS(*) = 1',
    `COLUMNS('stat.*') = 1`,
    '* = 1',
    '$1',
    '?',
    '#1 = 1',
    'rowid = 1',
    'filename IS NULL',
    'path COLLATE nocase = 1',
    `list_transform([1], x -> x)[1] = 1`,
    '[x FOR x IN [1]][1] = 1',
    `contains(path ORDER BY (SELECT 1))`,
    `lower(DISTINCT path) = ''`,
    `lower(path) FILTER (true) = ''`,
    `ATTACH '/tmp/x.db'`,
    `COPY requests TO '/tmp/x'`,
    'PRAGMA version',
    'SET threads = 1',
    '',
    '   ',
    ')',
    'DEFAULT',
    '('.repeat(5000),
    `${'NOT '.repeat(20_000)}true`,
  ])('%j is refused', async where => {
    const error = await refusal(where)
    expect(error.message).toMatch(/^The where expression /)
    expect(error.exit).toBe(2)
    expect(error.next[0]).toContain('status')
  })

  test.each([
    ['statsu = 500', '“statsu”, which is no column; did you mean status?'],
    ['durationms > 5', 'did you mean duration_ms?'],
    [`plan = 'pro'`, 'did you mean plan_of(account)?'],
    ['attr.flag = 1', 'did you mean attrs?'],
    ['attrs.falg = 1', 'Could not find key "falg" in struct'],
    ['status = 1 AND', 'syntax error at end of input'],
    ['status == 1 nad path', 'at character 13'],
  ])('%s: %s', async (where, expected) => {
    expect((await refusal(where)).message).toContain(expected)
  })

  test.each(['path = 5', `status = 'abc'`, `split_part(path, '/', 2)::INTEGER = 1`])(
    '%s fits by its form only',
    async where => {
      expect((await refusal(where)).message).toMatch(/^The where expression .*Could not convert string/s)
    },
  )

  test.each([
    ['status', 'a number'],
    ['duration_ms * 2', 'a number'],
    ['1', 'a number'],
    ['path', 'a text'],
    ['"time"', 'of the type TIMESTAMP'],
  ])('%s is no condition', async (where, what) => {
    expect((await refusal(where)).message).toContain(`is ${what}: expected a condition`)
  })
})

describe('the engine is sealed', () => {
  test.each([
    `SELECT * FROM read_csv('/etc/passwd')`,
    `SELECT * FROM read_text('/etc/passwd')`,
    `SELECT * FROM read_blob('/proc/self/environ')`,
    `SELECT * FROM glob('/etc/*')`,
    `SELECT * FROM '/etc/passwd'`,
    `ATTACH '/tmp/whyslow-sealed.db'`,
    `COPY (SELECT 1) TO '/tmp/whyslow-sealed.csv'`,
    `EXPORT DATABASE '/tmp/whyslow-sealed'`,
    `SET enable_external_access = true`,
    `SET allowed_paths = ['/etc/passwd']`,
    `SET temp_directory = '/tmp'`,
    `RESET lock_configuration`,
    `INSTALL httpfs`,
    `LOAD httpfs`,
    `SELECT getenv('HOME')`,
    `SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')`,
  ])('%s', async sql => {
    await expect(store.all(sql)).rejects.toThrow()
  })

  test('a file of the workbook can be read, and not written', async () => {
    const file = path.join(dir, 'requests', 'one.parquet')
    const before = await readFile(file)
    await expect(store.all(`SELECT count(*) AS n FROM read_parquet(${sqlText(file)})`)).resolves.toEqual([
      { n: 3 },
    ])
    await expect(store.all(`COPY (SELECT 1) TO ${sqlText(file)} (FORMAT parquet)`)).rejects.toThrow()
    expect(await readFile(file)).toEqual(before)
    const other = path.join(dir, 'requests', 'uncommitted.parquet')
    await writeFile(other, before)
    await expect(store.all(`SELECT * FROM read_parquet(${sqlText(other)})`)).rejects.toThrow()
  })
})

describe('slices', () => {
  test('a window takes its start and leaves its end; cohort and where are both applied', async () => {
    const slice = {
      where: 'status < 500 -- all',
      from: '2026-10-05T10:01:00Z',
      to: '2026-10-05T10:03:00Z',
      cohort: { name: 'x', where: `attrs.flag = 'x'` },
    }
    const [row] = await store.all<{ n: number }>(
      `SELECT count(*) AS n FROM requests WHERE ${await slicePredicate(store, slice)}`,
    )
    expect(row).toEqual({ n: 2 })
  })

  test('a clock of another time zone, and of one that there isn’t', async () => {
    const count = async (where: string) => {
      const predicate = await slicePredicate(store, { ...EVERYTHING, where })
      return (await store.all<{ n: number }>(`SELECT count(*) AS n FROM requests WHERE ${predicate}`))[0]!.n
    }
    const [all] = await store.all<{ n: number }>('SELECT count(*) AS n FROM requests WHERE hour(time) = 10')
    expect(all!.n).toBeGreaterThan(0)
    expect(await count(`hour(timezone('Europe/Berlin', timezone('UTC', time))) = 12`)).toBe(all!.n)
    expect(await count(`hour(time AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin') = 12`)).toBe(all!.n)
    await expect(count(`timezone('Europe/Berlim', time) > '2026-10-05'`)).rejects.toThrow(WhyslowError)
  })

  test('a mistake in the cohort names the file that it is in', async () => {
    const cohort = { name: 'large', where: 'acount = 1' }
    await expect(slicePredicate(store, { ...EVERYTHING, cohort })).rejects.toMatchObject({
      message: expect.stringMatching(/^whyslow\.yaml, cohort “large”: .*did you mean account\?/),
      place: { file: 'whyslow.yaml' },
    })
  })

  test.each([
    ['2026-10-05', '2026-10-05T00:00:00.000Z'],
    ['2026-10-05T14:00', '2026-10-05T14:00:00.000Z'],
    ['2026-10-05 14:00:30', '2026-10-05T14:00:30.000Z'],
    ['2026-10-05T14:00+02:00', '2026-10-05T12:00:00.000Z'],
    ['2026-10-05T14:00:00.5Z', '2026-10-05T14:00:00.500Z'],
  ])('time %s', (text, expected) => {
    expect(parseTime(text)).toBe(expected)
  })

  test.each(['', 'yesterday', '2026-02-30', '2026-13-01', '05.10.2026', '2026-10-05T25:00', '2026'])(
    '%j is no time',
    text => {
      expect(() => parseTime(text)).toThrow(/Expected a time such as/)
    },
  )

  test('periods', () => {
    expect(parseWindow('2026-10-01..2026-10-08')).toEqual({
      from: '2026-10-01T00:00:00.000Z',
      to: '2026-10-08T00:00:00.000Z',
    })
    expect(parseWindow('2026-10-01..')).toEqual({ from: '2026-10-01T00:00:00.000Z', to: null })
    expect(parseWindow('..2026-10-01')).toEqual({ from: null, to: '2026-10-01T00:00:00.000Z' })
    for (const text of [
      '..',
      '2026-10-01',
      'a..b',
      '2026-10-08..2026-10-01',
      '2026-10-01..2026-10-01',
      '2026-10-01..2026-10-02..',
    ]) {
      expect(() => parseWindow(text)).toThrow(WhyslowError)
    }
  })
})
