import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeFolder, ROOT, runCli, runJson, transcribe } from './run-cli.js'

interface Result {
  sources: { id: string; file: string; rows: number; rejected: number }[]
  rejects?: { line: number; reason: string; text: string }[]
}

let cwd: string
let torn: string
beforeAll(async () => {
  cwd = await makeFolder()
  const alb = await readFile(path.join(ROOT, 'fixtures/logs/alb.log'), 'utf8')
  const first = alb.split('\n')[0]!
  await writeFile(
    path.join(cwd, 'torn.log'),
    `${first.slice(0, 60)}\n${alb}not a line \u001b[31mat all\n${first.slice(12)}\n`,
  )
  await copyFile(path.join(ROOT, 'fixtures/recordings/shop/accounts.csv'), path.join(cwd, 'accounts.csv'))
  await runCli(['import', 'torn.log', 'accounts.csv'], { cwd })
  torn = (await runJson<Result>(['sources'], { cwd })).sources.find(source => source.file === 'torn.log')!.id
})
afterAll(() => rm(cwd, { recursive: true }))

test('lists what was imported, from when to when, with what rejected', async () => {
  const text = await Promise.all([60, 80, 140].map(columns => transcribe(['sources'], { cwd, columns })))
  await expect(text.join('\n')).toMatchFileSnapshot('../golden/sources.txt')
})

test('one source: its rejected lines, with number, reason and text', async () => {
  const text = await transcribe(['sources', torn], { cwd })
  await expect(text.replace(/^imported .*/m, 'imported  …')).toMatchFileSnapshot('../golden/sources-one.txt')
  const { sources, rejects } = await runJson<Result>(['sources', torn], { cwd })
  expect(sources).toMatchObject([{ id: torn, rows: 15, rejected: 3 }])
  expect(rejects!.map(reject => reject.line)).toEqual([1, 17, 18])
  expect(rejects![1]!.text).toBe('not a line \u001b[31mat all')
})

test('--limit shows fewer and says how many there are more', async () => {
  const { stdout } = await runCli(['sources', torn, '--limit', '1'], { cwd })
  expect(stdout).toMatch(/And 2 more: --limit 3\n$/)
})

test('an id may be shortened', async () => {
  expect((await runJson<Result>(['sources', torn.slice(0, 6)], { cwd })).sources[0]!.id).toBe(torn)
})

test('an unknown id offers the closest ones', async () => {
  const mistyped = `${torn.slice(0, -1)}_`
  const run = await runCli(['sources', mistyped], { cwd })
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect(run.stderr).toMatch(
    new RegExp(`^Error: There is no source “${mistyped}”\\.\n {2}→ whyslow sources ${torn}`),
  )
})

test('an empty workbook has none, and that is no error', async () => {
  const empty = await makeFolder()
  try {
    expect(await runCli(['sources'], { cwd: empty })).toEqual({
      code: 0,
      stdout: 'Nothing was imported yet.\n',
      stderr: '',
    })
    expect(await runJson<Result>(['sources'], { cwd: empty })).toEqual({ sources: [], warnings: [] })
  } finally {
    await rm(empty, { recursive: true })
  }
})

describe('a file that was read in the wrong way', () => {
  const FORMAT =
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time'
  const line = (i: number) =>
    `10.0.0.1 - - [20/Nov/2026:16:59:4${i} +0000] "GET /a HTTP/1.1" 200 16 "-" "curl" rt=0.30${i}\n`

  test('is not said to be there when it is asked for in another one; taken out, it comes in anew', async () => {
    const dir = await makeFolder()
    onTestFinished(() => rm(dir, { recursive: true }))
    const file = path.join(dir, 'access.log')
    await writeFile(file, line(0) + line(1))
    const first = await runJson<Result>(['import', 'access.log'], { cwd: dir })
    const id = first.sources[0]!.id
    const asked = ['import', 'access.log', '--log-format', FORMAT]
    const refused = await runCli(asked, { cwd: dir })
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain(`read as nginx, and not as nginx (${FORMAT}): nothing was done.`)
    expect(refused.stderr).toContain(`whyslow sources remove ${id}`)
    // Nor do its new lines come in beside it.
    await writeFile(file, line(0) + line(1) + line(2))
    expect((await runCli(asked, { cwd: dir })).code).toBe(2)
    const removed = await runCli(['sources', 'remove', id.slice(0, 5)], { cwd: dir })
    expect(removed).toMatchObject({ code: 0, stderr: '' })
    expect(removed.stdout).toMatch(/access\.log .* requests .*\s+Took out 2 requests\.\n$/)
    expect(await runJson<Result>(asked, { cwd: dir })).toMatchObject({ sources: [{ rows: 3 }], warnings: [] })
    const { requests } = await runJson<{ requests: { duration_ms: number }[] }>(['requests'], { cwd: dir })
    expect(requests.map(one => one.duration_ms).sort()).toEqual([300, 301, 302])
    // As it was read, or without saying how, it is there.
    for (const args of [asked, asked.slice(0, 2)])
      expect((await runCli(args, { cwd: dir })).stdout).toContain('imported before')
    expect((await runCli([...asked.slice(0, 2), '--as', 'nginx'], { cwd: dir })).code).toBe(2)
  })

  test('by the workbook’s own log formats, or with another unit', async () => {
    const dir = await makeFolder()
    onTestFinished(() => rm(dir, { recursive: true }))
    await writeFile(path.join(dir, 'access.log'), line(0) + line(1))
    await writeFile(path.join(dir, 'times.csv'), 'time,path,status,duration\n2026-11-20T16:00:00Z,/a,200,3\n')
    await runCli(['import', 'access.log', 'times.csv', '--unit', 's'], { cwd: dir })
    await writeFile(path.join(dir, 'whyslow.yaml'), `logFormats: [{name: ours, nginx: '${FORMAT}'}]\n`)
    expect((await runCli(['import', 'times.csv', '--unit', 's'], { cwd: dir })).code).toBe(0)
    const run = await runCli(['import', 'access.log', 'times.csv', '--unit', 'ms'], { cwd: dir })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain(`read as nginx, and not as ours (${FORMAT})`)
    expect(run.stderr).toContain(
      'times.csv: It was imported before, read with --unit s, and not with --unit ms',
    )
  })

  test('whoever names a source that there isn’t is given the closest, and nothing goes', async () => {
    const { sources } = await runJson<Result>(['sources'], { cwd })
    const mistyped = `${torn.slice(0, -1)}_`
    const run = await runCli(['sources', 'remove', sources[0]!.id, mistyped], { cwd })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain(`→ whyslow sources remove ${torn}`)
    expect((await runJson<Result>(['sources'], { cwd })).sources).toEqual(sources)
    const none = await runJson<{ sources: unknown[] }>(['sources', 'remove', torn], { cwd })
    expect(none.sources).toMatchObject([{ id: torn, kind: 'requests', rows: 15 }])
    expect((await runJson<Result>(['sources'], { cwd })).sources).toHaveLength(sources.length - 1)
  })
})
