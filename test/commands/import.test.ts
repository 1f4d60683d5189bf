import { readdirSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeFolder, ROOT, runCli, runJson, transcribe } from './run-cli.js'

const LOGS = path.join(ROOT, 'fixtures/logs')

interface Result {
  sources: {
    id: string
    file: string
    kind: string
    format: string
    rows: number
    alreadyImported: boolean
  }[]
  failures?: { file: string; message: string; place: { file: string; line?: number }; next: string[] }[]
  warnings: { code: string }[]
}

let dir: string

beforeEach(async () => {
  dir = await makeFolder()
  for (const name of ['alb.log', 'nginx-combined-request-time.log']) {
    await copyFile(path.join(LOGS, name), path.join(dir, name))
  }
})
afterEach(() => rm(dir, { recursive: true }))

const torn = 'http 2026-10-05T09:23:00.186641Z app/shop/50dc6c495c0c9188 192.0.2.39:28\n'

describe('text', () => {
  test('what came in, what was rejected, what stayed out', async () => {
    await writeFile(path.join(dir, 'torn.log'), (await readFile(path.join(dir, 'alb.log'), 'utf8')) + torn)
    await writeFile(path.join(dir, 'letter.txt'), 'Dear all,\nthis is no log.\n')
    const text = [
      await transcribe(
        ['import', 'torn.log', 'letter.txt', 'missing.log', 'nginx-combined-request-time.log'],
        { cwd: dir },
      ),
      await transcribe(['import', 'torn.log', 'alb.log'], { cwd: dir, columns: 80 }),
      await transcribe(['import', 'alb.log'], { cwd: dir, columns: 140 }),
    ].join('\n')
    await expect(text).toMatchFileSnapshot('../golden/import.txt')
  })

  test('without a terminal there is no progress', async () => {
    const run = await runCli(['import', 'alb.log'], { cwd: dir })
    expect(run.stderr).toBe('')
  })
})

describe('--json', () => {
  test('has the fields of the contract, in their order', async () => {
    const result = await runJson<Result>(['import', 'alb.log'], { cwd: dir })
    expect(Object.keys(result)).toEqual(['sources', 'warnings'])
    expect(Object.keys(result.sources[0]!)).toEqual([
      'id',
      'file',
      'kind',
      'format',
      'rows',
      'rejected',
      'skipped',
      'from',
      'to',
      'firstLine',
      'withoutAccount',
      'alreadyImported',
    ])
    expect(result.sources[0]).toMatchObject({
      file: 'alb.log',
      kind: 'requests',
      format: 'alb',
      rows: 15,
      rejected: 0,
      alreadyImported: false,
    })
  })

  test('one file of two fails: the other goes in, the failure is located, and the exit code is 2', async () => {
    await writeFile(path.join(dir, 'letter.txt'), 'Dear all,\nthis is no log.\n')
    const run = await runCli(['import', 'letter.txt', 'alb.log', '--json'], { cwd: dir })
    expect(run.code).toBe(2)
    const result = JSON.parse(run.stdout) as Result
    expect(result.sources.map(source => source.file)).toEqual(['alb.log'])
    expect(result.failures).toHaveLength(1)
    expect(result.failures![0]).toMatchObject({ file: 'letter.txt', place: { file: 'letter.txt' } })
    expect(result.failures![0]!.next.join()).toContain('Formats: ')
    expect((await runJson<Result>(['sources'], { cwd: dir })).sources).toHaveLength(1)
  })
})

test('a second import adds nothing, whatever the file is called now', async () => {
  const first = await runJson<Result>(['import', 'alb.log'], { cwd: dir })
  await copyFile(path.join(dir, 'alb.log'), path.join(dir, 'renamed.log'))
  const second = await runJson<Result>(['import', 'alb.log', 'renamed.log'], { cwd: dir })
  expect(second.sources.map(source => source.alreadyImported)).toEqual([true, true])
  expect(new Set(second.sources.map(source => source.id))).toEqual(new Set([first.sources[0]!.id]))
  expect((await runJson<Result>(['sources'], { cwd: dir })).sources).toHaveLength(1)
})

test('plain, gzip and standard input are the same content', async () => {
  const content = await readFile(path.join(dir, 'alb.log'))
  await writeFile(path.join(dir, 'alb.log.gz'), gzipSync(content))
  const [zipped] = (await runJson<Result>(['import', 'alb.log.gz'], { cwd: dir })).sources
  const [piped] = (await runJson<Result>(['import', '-'], { cwd: dir, input: content })).sources
  const [plain] = (await runJson<Result>(['import', 'alb.log'], { cwd: dir })).sources
  expect(zipped).toMatchObject({ rows: 15, alreadyImported: false })
  expect(piped).toMatchObject({ id: zipped!.id, file: '-', alreadyImported: true })
  expect(plain).toMatchObject({ id: zipped!.id, alreadyImported: true })
})

test('a file argument is never taken from standard input by accident', async () => {
  const run = await runCli(['import'], { cwd: dir, input: await readFile(path.join(dir, 'alb.log')) })
  expect(run.code).toBe(2)
  expect(run.stderr).toMatch(/Missing 1 required arg/)
})

describe('patterns that the shell left as they are', () => {
  test('name their files in the order of their numbers', async () => {
    const lines = (await readFile(path.join(dir, 'alb.log'), 'utf8')).split('\n')
    await mkdir(path.join(dir, 'logs'))
    for (const number of [10, 2, 1])
      await writeFile(path.join(dir, `logs/access.${number}.log`), `${lines[number]}\n`)
    const { sources } = await runJson<Result>(['import', 'logs/*.log'], { cwd: dir })
    expect(sources.map(source => source.file)).toEqual([
      'logs/access.1.log',
      'logs/access.2.log',
      'logs/access.10.log',
    ])
  })

  test('that match nothing are an error', async () => {
    const run = await runCli(['import', '*.gz'], { cwd: dir })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('No file matches “*.gz”')
  })

  test('that are the name of a file are that file', async () => {
    await copyFile(path.join(dir, 'alb.log'), path.join(dir, 'a[1].log'))
    const { sources } = await runJson<Result>(['import', 'a[1].log'], { cwd: dir })
    expect(sources[0]).toMatchObject({ file: 'a[1].log', rows: 15 })
  })
})

test.each([
  ['no file', ['import', 'missing.log'], /^Error: missing\.log: There is no such file\./],
  ['a folder', ['import', 'stories'], /^Error: stories: Expected a file, found a folder\./],
  ['an unknown format', ['import', 'alb.log', '--as', 'albb'], /^Error: .*no format “albb”[\s\S]*Formats: /],
  [
    'an unknown unit',
    ['import', 'alb.log', '--unit', 'min'],
    /Expected --unit=min to be one of: s, ms, us, ns/,
  ],
])('%s: exit 2, a reason, and no source', async (_, args, message) => {
  const run = await runCli(args, { cwd: dir })
  expect(run.stderr).toMatch(message)
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect((await runJson<Result>(['sources'], { cwd: dir })).sources).toEqual([])
})

test('a file that failed shows in the exit code though nobody reads the result', async () => {
  const run = await runCli(['import', 'alb.log', 'missing.log'], {
    cwd: dir,
    onStart: child => child.stdout?.destroy(),
  })
  expect(run.code).toBe(2)
})

test('outside of a workbook: exit 2, and how to make one', async () => {
  const elsewhere = await makeFolder(false)
  try {
    const run = await runCli(['import', path.join(dir, 'alb.log')], { cwd: elsewhere })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('whyslow init')
  } finally {
    await rm(elsewhere, { recursive: true })
  }
})

test('Ctrl-C: 130, nothing left behind, and what was there before is still there', async () => {
  await runCli(['import', 'alb.log'], { cwd: dir })
  const before = await runCli(['sources', '--json'], { cwd: dir })
  const run = await runCli(['import', '-'], {
    cwd: dir,
    onStart: child => {
      const more = setInterval(() => child.stdin?.write(torn), 10)
      const wait = setInterval(() => {
        if (readdirSync(path.join(dir, '.whyslow/tmp')).length === 0) return
        clearInterval(wait)
        child.kill('SIGINT')
      }, 100)
      child.on('close', () => {
        clearInterval(more)
        clearInterval(wait)
      })
    },
  })
  expect(run).toMatchObject({ code: 130, stdout: '', stderr: 'Interrupted.\n' })
  expect(await readdir(path.join(dir, '.whyslow/tmp'))).toEqual([])
  expect(await runCli(['sources', '--json'], { cwd: dir })).toEqual(before)
})

test('what accounts pay in another currency is unknown to questions', async () => {
  await writeFile(path.join(dir, 'accounts.csv'), 'id,plan,mrr,currency\na,pro,100,JPY\nb,pro,70,USD\n')
  const request = { time: '2026-11-20T16:00:00Z', method: 'GET', path: '/a', status: 200, duration_ms: 900 }
  const lines = ['a', 'b'].map(account => `${JSON.stringify({ ...request, account })}\n`)
  await writeFile(path.join(dir, 'a.ndjson'), lines.join(''))
  const { warnings } = await runJson<Result>(['import', 'accounts.csv', 'a.ndjson'], { cwd: dir })
  expect(warnings.map(({ code }) => code)).toEqual(['currency-differs'])
  const { who } = await runJson<{ who: { accounts: { name: string; revenue: number | null }[] } }>(
    ['look', 'GET /a'],
    { cwd: dir },
  )
  expect(who.accounts.map(({ name, revenue }) => [name, revenue])).toEqual([
    ['a', null],
    ['b', 70],
  ])
})
