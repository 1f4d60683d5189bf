import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
