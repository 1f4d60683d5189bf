import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  statfs,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { listSources } from '../../src/store/catalog.js'
import { withWorkbookLock } from '../../src/workbook/lock.js'
import { readRoutes } from '../../src/workbook/routes-file.js'
import { openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { runCli } from '../commands/run-cli.js'
import {
  countLines,
  importInto,
  importText,
  makeWorkbook,
  nginxLine,
  nginxLog,
  query,
  ROOT,
  writeInto,
} from '../sources/import-into.js'

const LOG = path.join(ROOT, 'fixtures/logs/nginx-combined-request-time.log')

/** Everything that an import leaves: the catalogue, its data files, and the templates. */
async function stateOf(workbook: Workbook) {
  const { data, routes } = workbook.paths
  const files = existsSync(data) ? await readdir(data, { recursive: true }) : []
  return {
    files: files.filter(file => /\.parquet$/.test(file)).sort(),
    leftovers: await readdir(workbook.paths.tmp).catch(() => []),
    routes: await readFile(routes, 'utf8').catch(() => null),
    sources: await listSources(data),
  }
}

/** Runs an import that must fail, and checks that nothing came in and nothing is left. */
async function refusalOf(workbook: Workbook, file: string, request = {}) {
  const before = await stateOf(workbook)
  const { sources, failures } = await importInto(workbook, file, request)
  expect(sources).toEqual([])
  expect(await stateOf(workbook)).toEqual({ ...before, leftovers: [] })
  return failures[0]!.error as Error & { next: string[]; place?: object; exit?: number }
}

describe('the same content twice adds nothing', () => {
  const names = ['again.log', 'again.log.gz', 'two-members.gz', '-', 'gzip on -']

  test.each(names)('as %s', async name => {
    const workbook = await makeWorkbook()
    const content = await readFile(LOG)
    const first = await importText(workbook, 'first.log', content)
    const before = await stateOf(workbook)
    const members = Buffer.concat([gzipSync(content.subarray(0, 500)), gzipSync(content.subarray(500))])
    const bytes = name === 'two-members.gz' ? members : /gz/.test(name) ? gzipSync(content) : content
    const isStream = name.endsWith('-')
    const { sources, warnings } = isStream
      ? await importInto(workbook, '-', { stdin: Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]) })
      : await importInto(workbook, await writeInto(workbook, name, bytes))
    expect(sources).toMatchObject([{ id: first.id, rows: 28, alreadyImported: true }])
    expect(warnings).toEqual([])
    expect(await stateOf(workbook)).toEqual(before)
  })

  test('renamed, and named twice in one command', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'a.log', await readFile(LOG))
    const { sources } = await importInto(workbook, [file, file])
    expect(sources.map(source => source.alreadyImported)).toEqual([false, true])
    await rename(file, `${file}.1`)
    expect((await importInto(workbook, `${file}.1`)).sources).toMatchObject([
      { alreadyImported: true, file: `${file}.1` },
    ])
    expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: 28 }])
  })

  test('two imports at once', async () => {
    const workbook = await makeWorkbook()
    const files = await Promise.all(
      ['a.log', 'b.log.gz'].map(name =>
        writeInto(workbook, name, /gz/.test(name) ? gzipSync(nginxLog(3000)) : nginxLog(3000)),
      ),
    )
    const results = await Promise.all(files.map(file => importInto(workbook, file)))
    expect(results.flatMap(result => result.failures)).toEqual([])
    expect(results.flatMap(({ sources }) => sources.map(source => source.alreadyImported)).sort()).toEqual([
      false,
      true,
    ])
    expect(await stateOf(workbook)).toMatchObject({ sources: [{ rows: 3000 }], leftovers: [] })
    expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: 3000 }])
  })

  test('Ctrl-C while another command holds the workbook', async () => {
    const workbook = await makeWorkbook()
    const aborter = new AbortController()
    await withWorkbookLock(workbook, async () => {
      const file = await writeInto(workbook, 'a.log', nginxLog(5))
      const importing = importInto(workbook, file, { signal: aborter.signal })
      setTimeout(() => aborter.abort(new Error('interrupted')), 1000)
      await expect(importing).rejects.toThrow('interrupted')
    })
    expect(await stateOf(workbook)).toMatchObject({ files: [], leftovers: [] })
  })

  test.each([0, 1])('of two account files in one command the last one counts (%i)', async turn => {
    const workbook = await makeWorkbook()
    const files = [
      await writeInto(workbook, 'a.csv', 'account_id,name,plan\n7,Acme,pro\n'),
      await writeInto(workbook, 'b.csv', 'account_id,name,plan\n7,Bolt,pro\n'),
    ]
    const { failures } = await importInto(workbook, turn === 0 ? files : files.toReversed())
    expect(failures).toEqual([])
    expect(await query(workbook, 'SELECT name FROM accounts')).toEqual([{ name: ['Bolt', 'Acme'][turn] }])
  })

  test('two imports of different files at once', async () => {
    const workbook = await makeWorkbook()
    const logs = [nginxLog(3000), nginxLog(2000).replaceAll('orders', 'carts')]
    const files = await Promise.all(logs.map((log, i) => writeInto(workbook, `${i}.log`, log)))
    await Promise.all(files.map(file => importInto(workbook, file)))
    expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: 5000 }])
  })
})

describe('what keeps a file out', () => {
  test.each([
    ['an empty file', '', 'The file is empty.'],
    ['blank lines', '\n\n \n', 'The file is empty.'],
    ['a binary file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1]), 'The file is binary.'],
    [
      'a truncated gzip file',
      gzipSync(nginxLog(3000)).subarray(0, 5000),
      'The gzip data is damaged or ends early (unexpected end of file).',
    ],
    [
      'a damaged gzip file',
      Buffer.concat([gzipSync(nginxLog(3000)).subarray(0, 5000), Buffer.alloc(4000, 7)]),
      'The gzip data is damaged',
    ],
    ['an empty gzip file', gzipSync(''), 'The file is empty.'],
    ['a zstd file', zstdCompressSync(nginxLog(3)), 'The file is compressed with zstd'],
    ['an xz file', Buffer.from('fd377a585a000004e6d6b446', 'hex'), 'The file is compressed with xz'],
    ['a zip file', Buffer.from('504b030414000000', 'hex'), 'The file is compressed with zip'],
    ['half a letter', 'Dear all,\n', 'The format of the file can’t be told'],
  ])('%s', async (_name, content, message) => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'before.log', nginxLog(3))
    const file = await writeInto(workbook, 'odd', content)
    const error = await refusalOf(workbook, file)
    expect(error.message).toContain(message)
    expect(error).toMatchObject({ name: 'WhyslowError', place: { file } })
    if (/compressed with/.test(message))
      expect(error.next[0]).toMatch(/^(?:zstd -dc|xz -dc|unzip -p) '.*odd' \| whyslow import -$/)
  })

  test('a folder, and a file that is not there', async () => {
    const workbook = await makeWorkbook()
    expect(await refusalOf(workbook, workbook.dir)).toMatchObject({
      message: 'Expected a file, found a folder.',
      next: [`whyslow import '${workbook.dir}/*.log'`],
    })
    expect(await refusalOf(workbook, path.join(workbook.dir, 'none.log'))).toMatchObject({
      message: 'There is no such file.',
    })
  })

  test('data that somebody removed: named, with the way out, which works', async () => {
    const workbook = await makeWorkbook()
    const first = await importText(workbook, 'a.log', nginxLog(5))
    await rm(path.join(workbook.paths.data, first.files[0]!))
    const expected = {
      name: 'WhyslowError',
      message: `The data of ${first.file} (source ${first.id}) is missing.`,
      place: { file: path.join(workbook.paths.data, first.files[0]!) },
    }
    await expect(query(workbook, 'SELECT 1')).rejects.toMatchObject(expected)
    const refusal = await refusalOf(workbook, await writeInto(workbook, 'b.log', nginxLine(9)))
    expect(refusal).toMatchObject(expected)
    expect(refusal.next[1]).toBe(`whyslow sources remove ${first.id} && whyslow import '${first.file}'`)
    await runCli(['sources', 'remove', first.id], { cwd: workbook.dir })
    await importInto(workbook, first.file)
    expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: 5 }])
  })

  test('a file that no line can be read of, though its format was said', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'a.csv', 'time,path,status\nsoon,/a,200\n')
    expect((await refusalOf(workbook, file, { as: 'requests' })).message).toBe(
      'None of the 2 lines could be read as requests.',
    )
  })

  test('one file of several: the others come in', async () => {
    const workbook = await makeWorkbook()
    const files = [await writeInto(workbook, 'letter', 'Dear all,\n'), LOG, path.join(workbook.dir, 'none')]
    const { sources, failures } = await importInto(workbook, files)
    expect(sources).toMatchObject([{ file: LOG, rows: 28 }])
    expect(failures.map(({ file }) => file)).toEqual([files[0], files[2]])
  })

  test('Ctrl-C: nothing of the file comes in, and nothing is left', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'a.log', nginxLog(100_000))
    for (const delay_ms of [0, 30, 120]) {
      const abort = new AbortController()
      const importing = importInto(workbook, file, { signal: abort.signal })
      setTimeout(() => abort.abort(), delay_ms)
      await expect(importing).rejects.toMatchObject({ name: 'AbortError' })
      expect(await stateOf(workbook)).toMatchObject({ files: [], sources: [], leftovers: [] })
    }
  })
})

describe('files that are no plain files', () => {
  test('a pipe is read from its first byte', async () => {
    const workbook = await makeWorkbook()
    for (const [name, content] of [
      ['plain', nginxLog(2000)],
      ['packed', gzipSync(nginxLine(7) + nginxLog(2499))],
    ] as const) {
      const pipe = path.join(workbook.dir, name)
      execFileSync('mkfifo', [pipe])
      const writing = new Promise(resolve => createWriteStream(pipe).end(content, () => resolve(null)))
      const { sources, failures } = await importInto(workbook, pipe)
      await writing
      expect(failures).toEqual([])
      expect(sources).toMatchObject([{ file: pipe, rejected: 0 }])
    }
    expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: 4500 }])
  })

  test('a name that is a pattern to the engine', async () => {
    const workbook = await makeWorkbook()
    await mkdir(path.join(workbook.dir, 'logs[1]'))
    await mkdir(path.join(workbook.dir, 'logs1'))
    await writeInto(workbook, 'logs1/a.log', nginxLog(50).replaceAll('orders', 'wrong'))
    await writeInto(workbook, 'ab.log', nginxLog(50).replaceAll('orders', 'wrong'))
    const files = [
      await writeInto(workbook, 'logs[1]/a.log', nginxLog(50)),
      await writeInto(workbook, 'a*.log', nginxLine(100) + nginxLog(50)),
      await writeInto(workbook, "it's ?.log", nginxLine(101) + nginxLog(51)),
    ]
    expect((await importInto(workbook, files)).sources.map(source => source.rows)).toEqual([50, 51, 52])
    expect(await query(workbook, `SELECT count(*) AS n FROM requests WHERE path LIKE '/wrong%'`)).toEqual([
      { n: 0 },
    ])
  })

  test('folders named like columns change nothing', async () => {
    const workbook = await makeWorkbook()
    await mkdir(path.join(workbook.dir, 'time=1/status=500'), { recursive: true })
    await importInto(workbook, await writeInto(workbook, 'time=1/status=500/a.log', nginxLog(50)))
    expect(await query(workbook, 'SELECT status, count("time") AS n FROM requests GROUP BY ALL')).toEqual([
      { status: 200, n: 50 },
    ])
  })

  test('a workbook in a folder whose name is a pattern', async () => {
    const outer = await makeWorkbook()
    const dir = path.join(outer.dir, "it's [1] *")
    await mkdir(dir)
    await copyFile(outer.paths.config, path.join(dir, 'whyslow.yaml'))
    const workbook = await openWorkbook({ cwd: dir })
    await importInto(workbook, LOG)
    expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: 28 }])
  })

  test('a file that grows while it is read: what was there at the start comes in, once', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'a.log', nginxLog(60_000))
    let isDone = false
    const growing = (async () => {
      while (!isDone) await appendFile(file, nginxLine(7).repeat(50))
    })()
    const { sources, failures } = await importInto(workbook, file)
    isDone = true
    await growing
    expect(failures).toEqual([])
    const { rows, rejected, skipped, bytes } = sources[0]!
    const read = (await readFile(file)).subarray(0, bytes)
    // A size is seen in the middle of a write, too: the last line may be torn.
    expect({ skipped, rejected: rejected <= (read.at(-1) === 10 ? 0 : 1) }).toEqual({
      skipped: 0,
      rejected: true,
    })
    expect(rows).toBeGreaterThanOrEqual(60_000)
    expect(rows + rejected).toBe(countLines(read))
    expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: rows }])
  })
})

describe('routes over several files', () => {
  const slugs = Array.from({ length: 600 }, (_, i) => `/articles/on-topic-${i % 300}`)
  const log = [...slugs, ...Array(100).fill('/articles/search'), ...Array(60).fill('/orders/17')].map(
    (target, i) => nginxLine(i, target),
  )
  // As they come in: mixed.
  const lines = log.map((_, i) => log[(i * 263) % log.length]!)

  async function routesOf(pieces: string[][]) {
    const workbook = await makeWorkbook()
    for (const [i, piece] of pieces.entries()) await importText(workbook, `${i}.log`, piece.join(''))
    return {
      workbook,
      templates: (await readRoutes(workbook)).sort(),
      routes: await query(workbook, 'SELECT route, count(*) AS n FROM requests GROUP BY ALL ORDER BY ALL'),
    }
  }

  test('the same file in one, in two and in ten pieces has the same routes', async () => {
    const cut = (n: number) => Array.from({ length: n }, (_, i) => lines.filter((__, j) => j % n === i))
    const whole = await routesOf([lines])
    expect(whole.templates).toEqual(['/articles/:slug', '/articles/search', '/orders/:id'])
    expect(whole.routes).toEqual([
      { route: 'GET /articles/:slug', n: 600 },
      { route: 'GET /articles/search', n: 100 },
      { route: 'GET /orders/:id', n: 60 },
    ])
    for (const n of [2, 10]) {
      const { templates, routes, workbook } = await routesOf(cut(n))
      expect({ templates, routes }).toEqual({ templates: whole.templates, routes: whole.routes })
      expect(await listSources(workbook.paths.data)).toHaveLength(n)
    }
  })

  test('what people wrote in routes.yaml wins, also over what is there', async () => {
    const { workbook } = await routesOf([lines])
    const text = await readFile(workbook.paths.routes, 'utf8')
    const edited = text
      .replace('/articles/:slug', '/articles/:article # renamed')
      .replace('- /orders/:id', '- /orders/:order')
    await writeFile(workbook.paths.routes, edited)
    await importText(workbook, 'more.log', nginxLine(1, '/articles/another') + nginxLine(2, '/orders/99'))
    expect(await readFile(workbook.paths.routes, 'utf8')).toBe(edited)
    expect(
      await query(workbook, 'SELECT route, count(*) AS n FROM requests GROUP BY ALL ORDER BY ALL'),
    ).toEqual([
      { route: 'GET /articles/:article', n: 601 },
      { route: 'GET /articles/search', n: 100 },
      { route: 'GET /orders/:order', n: 61 },
    ])
  })

  test('a rewritten source keeps its rejects, its figures and its place; what it had is swept an hour later', async () => {
    const workbook = await makeWorkbook()
    const early = Array.from({ length: 60 }, (_, i) => nginxLine(i, `/articles/on-topic-${i}`))
    const first = await importText(workbook, 'a.log', `${early.join('')}torn\n`, {
      now: new Date('2026-10-01'),
    })
    const before = await stateOf(workbook)
    const old = path.join(workbook.paths.data, before.sources[0]!.files[0]!)
    await utimes(old, new Date('2026-01-01'), new Date('2026-01-01'))
    await importText(workbook, 'b.log', lines.join(''), { now: new Date('2026-10-02') })
    const [source] = await listSources(workbook.paths.data)
    expect({ ...source, files: [] }).toEqual({
      ...first,
      alreadyImported: undefined,
      file: source!.file,
      files: [],
    })
    expect(source!.files).not.toEqual(before.sources[0]!.files)
    await importText(workbook, 'soon.log', nginxLine(2, '/y'))
    expect(existsSync(old)).toBe(true)
    await utimes(old, new Date('2026-01-01'), new Date('2026-01-01'))
    await importText(workbook, 'c.log', nginxLine(1, '/x'))
    expect(existsSync(old)).toBe(false)
    expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([
      { n: 60 + lines.length + 2 },
    ])
  })

  test('client errors teach no routes', async () => {
    const workbook = await makeWorkbook()
    const probes = Array.from({ length: 200 }, (_, i) => nginxLine(i, `/wp-${i}/setup.php`, 404))
    await importText(workbook, 'a.log', probes.join('') + nginxLine(1, '/about'))
    expect(await readRoutes(workbook)).toEqual([])
    expect(await query(workbook, `SELECT count(DISTINCT route) AS n FROM requests`)).toEqual([{ n: 201 }])
  })
})

describe('killed, and out of room', () => {
  let dir: string
  let log: string
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'whyslow-killed-'))
    log = path.join(dir, 'alb.log')
    execFileSync(process.execPath, [path.join(ROOT, 'test/bench/make-log.js'), 'alb', '100000', log])
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  test('kill -9 at ten moments: the catalogue is as before or complete, and the next import sweeps', {
    timeout: 120_000,
  }, async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'before.log', nginxLog(30))
    let complete = 0
    for (let i = 0; i < 10; i += 1) {
      // The last two die as soon as a data file is in place, which is close to the commit.
      const isLate = i >= 8
      await runCli(['import', log], {
        cwd: workbook.dir,
        onStart: child => {
          child.stdin?.end()
          const kill = async () => {
            const folder = path.join(workbook.paths.data, 'requests')
            if (isLate) while (child.exitCode === null && (await readdir(folder)).length < 2) await sleep(1)
            else await sleep(250 + 900 * ((i + Math.random()) / 8))
            child.kill('SIGKILL')
          }
          void kill()
        },
      })
      const sources = await listSources(workbook.paths.data)
      const [row] = await query<{ n: number }>(workbook, 'SELECT count(*) AS n FROM requests')
      expect([30, 100_030]).toContain(row!.n)
      expect(sources).toHaveLength(row!.n === 30 ? 1 : 2)
      if (row!.n === 30) continue
      complete += 1
      await rm(path.join(workbook.paths.data, 'sources', `${sources[1]!.id}.parquet`))
      await rm(path.join(workbook.paths.data, 'requests', `${sources[1]!.id}.parquet`))
    }
    const { sources } = await importInto(workbook, log, { isAlive })
    expect(sources).toMatchObject([{ rows: 100_000, rejected: 0, alreadyImported: false }])
    expect(await stateOf(workbook)).toMatchObject({
      leftovers: [],
      sources: [{ rows: 30 }, { rows: 100_000 }],
    })
    expect(complete).toBeLessThan(10)
  })

  const isRoot = process.getuid?.() === 0
  const canMount = isRoot && process.platform === 'linux' && tryToMount()

  test.skipIf(!canMount)(
    'a full disk, at any size: said so, nothing came in',
    { timeout: 60_000 },
    async () => {
      const mount = await mkdtemp(path.join(tmpdir(), 'whyslow-full-'))
      onTestFinished(() => {
        execFileSync('umount', ['-l', mount])
      })
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', mount])
      await writeFile(path.join(mount, 'whyslow.yaml'), '')
      const workbook = await openWorkbook({ cwd: mount })
      await importText(workbook, 'before.log', nginxLog(30))
      const before = await stateOf(workbook)
      const rooms = [6000, 1000, 300, 80].map(kilobytes => kilobytes * 1024)
      const gz = path.join(dir, 'alb.log.gz')
      execFileSync('bash', ['-c', `head -n 30000 '${log}' | gzip -1 > '${gz}'`])
      // A carriage return, so that the rows are written out one by one.
      const exact = path.join(dir, 'exact.log')
      execFileSync('bash', ['-c', `head -n 10000 '${log}' | sed '1s/$/\\r/' > '${exact}'`])
      let failed = 0
      for (const room of rooms) {
        const { blocks, bfree, bsize } = await statfs(mount)
        execFileSync('mount', ['-o', `remount,size=${(blocks - bfree) * bsize + room}`, mount])
        for (const file of [log, gz, exact]) {
          const { failures, sources } = await importInto(workbook, file)
          if (sources.length > 0) continue
          failed += 1
          expect(failures[0]!.error.message).toMatch(/disk is full/)
          expect(failures[0]!.error).toMatchObject({ name: 'WhyslowError' })
        }
        const now = await stateOf(workbook)
        expect(now.leftovers).toEqual([])
        if (now.sources.length === 1) expect(now).toEqual(before)
      }
      expect(failed).toBeGreaterThan(rooms.length)
      const [row] = await query<{ n: number }>(workbook, 'SELECT count(*) AS n FROM requests')
      expect(row!.n).toBe(
        (await listSources(workbook.paths.data)).reduce((sum, source) => sum + source.rows, 0),
      )
    },
  )

  test.skipIf(!isRoot)('a file, and a folder, that this user may not read', async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'before.log', nginxLog(3))
    const file = await writeInto(workbook, 'secret.log', nginxLog(3))
    await chmod(file, 0o600)
    await chmod(workbook.dir, 0o777)
    execFileSync('chmod', ['-R', 'a+rwX', workbook.paths.data])
    const runAs = (files: string[]) =>
      promisify(runAsNobody)(workbook.dir, ['import', ...files]) as Promise<{ code: number; stderr: string }>
    const denied = await runAs([file])
    expect(denied).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The file may not be read by this user.'),
    })
    await mkdir(path.join(workbook.dir, 'closed'), { mode: 0o700 })
    const closed = await runAs([path.join(workbook.dir, 'closed', 'a.log')])
    expect(closed).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The file may not be read by this user.'),
    })
    await chmod(path.join(workbook.paths.data, 'sources'), 0o700)
    await chmod(file, 0o644)
    const blind = await runAs([file])
    expect(blind).toMatchObject({ code: 2, stderr: expect.stringContaining("The folder can't be read") })
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function tryToMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function runAsNobody(
  cwd: string,
  args: string[],
  done: (error: Error | null, result?: object) => void,
): void {
  const argv = [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    process.execPath,
    path.join(ROOT, 'bin/run.js'),
    ...args,
  ]
  const child = spawn('setpriv', argv, { cwd, env: { PATH: process.env.PATH, HOME: '/tmp' } })
  let stderr = ''
  child.stderr.on('data', text => {
    stderr += text
  })
  child.on('error', done)
  child.on('close', code => done(null, { code, stderr }))
}
