import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MeasuredSlos } from '../../src/steps/measure-slos.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { makeFolder, ROOT, runCli } from './run-cli.js'
import { HOSTILE, makeShopWorkbook, UNSAFE_OUTPUT } from './shop-workbook.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeShopWorkbook(['access.log.gz'])
  await runCli(['triage'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

async function configure(slo: string, dir = cwd): Promise<void> {
  const file = path.join(dir, 'whyslow.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, `${text.replace(/^slo:[\s\S]*$/m, '')}${slo}`)
}

test('without slo: in whyslow.yaml, the targets are the objectives, over 28 days', async () => {
  await configure('')
  const { json } = await readOneJson<MeasuredSlos>(['slo'], { cwd, alone: false })
  expect(Object.keys(json)).toEqual(['unit', 'slos', 'warnings'])
  expect(Object.keys(json.slos[0]!).sort()).toEqual(
    `name kind route where under_ms objective window covered state reason requests share interval budget burn stories
     overlaps outside`
      .split(/\s+/)
      .sort(),
  )
  const [slo] = json.slos
  expect(slo).toMatchObject({ name: 'all requests', under_ms: 500, objective: 0.95, state: 'missed' })
  expect(Date.parse(slo!.window.to) - Date.parse(slo!.window.from)).toBe(28 * 86_400_000)
})

test('a table, who ate the budget, why, and what next', async () => {
  await configure(`slo:
  window: 13d
  objectives:
    - {route: GET /orders, under: 1s, share: 99.5%, errors: 0.5%}
    - {name: lists, where: "path = '/products'"}
    - {route: GET /reports/monthly, window: 28d}
`)
  const { code, stdout, stderr } = await runCli(['slo'], { cwd, columns: 140 })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^All windows up to 2026-10-18 20:13:13 UTC\n\n/)
  expect(stdout).toMatch(
    /\nGET \/orders +99\.5% under 1 s +13 d +2,\d+ +\d+\.\d\d% +[\d,]+% +[\d,]+% to [\d,]+% .* missed\n/,
  )
  expect(stdout).toMatch(/\nGET \/orders +0\.5% errors +13 d +2,\d+ +100\.00% +0% +0% to \d+% .* met\n/)
  expect(stdout).toMatch(/\nlists +95% under 500 ms +13 d .* met\n/)
  expect(stdout).toMatch(
    /\nWho ate the budget\n.*\nGET \/orders +99\.5% under 1 s +get-orders +[\d,]+ +[\d,]+%\n/,
  )
  expect(stdout).toMatch(/\nmissed: GET \/reports\/monthly .*There is data of 49\.0% of the window\./)
  expect(stdout).toMatch(
    /\n→ whyslow look 'GET \/orders' --under 1000ms --from 2026-10-05T\S+ --to 2026-10-18T\S+\n→ whyslow explain 'GET \/orders'\n/,
  )
  const [, look] = /→ whyslow (look '.*)/.exec(stdout)!
  const words = [...look!.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
  const [found, measured] = [
    await readOneJson<{ underShare: number }>(words, { cwd }),
    await readOneJson<MeasuredSlos>(['slo', 'GET /orders'], { cwd }),
  ]
  expect(found.json.underShare).toBeCloseTo(measured.json.slos[0]!.share!, 9)
})

describe('--check', () => {
  test('0 when all are met, 1 when one is missed, 3 when one can’t be told', async () => {
    await configure(
      'slo: {window: 13d, objectives: [{route: GET /products}, {route: GET /nothing/here, name: new}]}\n',
    )
    const codes = async (...args: string[]) => (await runCli(['slo', ...args, '--check'], { cwd })).code
    expect(await codes('GET /products')).toBe(0)
    expect(await codes('GET /products', '--window', '28d')).toBe(3)
    expect(await codes('NEW')).toBe(3)
    expect(await codes()).toBe(3)
    expect((await runCli(['slo', 'get-orders', '--check'], { cwd, alone: true })).code).toBe(1)
    expect((await runCli(['slo', 'get-orders'], { cwd })).code).toBe(0)
    expect(await codes('GET /products', '--at', '2026-12-24')).toBe(3)
  })

  test('a log without durations is frozen, never met', async () => {
    const dir = await makeFolder()
    await runCli(['import', path.join(ROOT, 'fixtures/logs/nginx-combined.log')], { cwd: dir })
    const run = await runCli(['slo', '--check'], { cwd: dir })
    expect(run.code).toBe(3)
    expect(run.stdout).toMatch(/\nall requests +95% under 500 ms +0 +– +– +– +– +frozen\n/)
    expect(run.stdout).toContain('frozen: all requests (95% under 500 ms). The log has no durations.')
    expect(run.stderr).toContain('nginx needs $request_time')
    await rm(dir, { recursive: true })
  })

  test('thin traffic is unsure', async () => {
    const dir = await makeFolder()
    const lines = Array.from({ length: 21 }, (_, i) => ({
      time: `2026-10-05T09:00:${String(i).padStart(2, '0')}Z`,
      method: 'GET',
      path: '/',
      status: 200,
      duration_ms: 20,
      account: `a${i % 7}`,
    }))
    await writeFile(path.join(dir, 'few.ndjson'), lines.map(line => JSON.stringify(line)).join('\n'))
    await runCli(['import', 'few.ndjson'], { cwd: dir })
    const { code, stdout } = await runCli(['slo', '--check', '--window', '20s'], { cwd: dir })
    expect(code).toBe(3)
    expect(stdout).toMatch(
      /unsure: all requests \(95% under 500 ms\)\. It could be chance: anything from 0% to/,
    )
    await rm(dir, { recursive: true })
  })
})

test('what can’t be used is refused with its place', async () => {
  await configure('slo:\n  objectives:\n    - {share: 99}\n    - {where: "statu = 1"}\n')
  expect(expectRefused(await runCli(['slo'], { cwd }))).toMatch(
    /whyslow\.yaml:\d+:15 {2}expected a share between 0 and 1, such as 99\.5% or 0\.995, found the number 99/,
  )
  await configure('slo:\n  objectives:\n    - {share: 99%}\n    - {where: "statu = 1"}\n')
  const error = await readJsonError(['slo'], { cwd })
  expect(error.message).toContain('names “statu”, which is no column')
  expect(error).toMatchObject({ place: { file: 'whyslow.yaml', column: 15 } })
  await configure('')
  expect(expectRefused(await runCli(['slo', 'GET /ordrs'], { cwd }))).toContain("whyslow slo 'GET /orders'")
  expect(expectRefused(await runCli(['slo', '--window', 'soon'], { cwd }))).toContain('Expected a duration')
  expect(expectRefused(await runCli(['slo', '--at', 'noon'], { cwd }))).toContain('Expected a time')
})

test('text from a log stays text', async () => {
  const dir = await makeFolder()
  await writeFile(path.join(dir, 'hostile.ndjson'), HOSTILE)
  await runCli(['import', 'hostile.ndjson'], { cwd: dir })
  await configure(`slo: {objectives: [{name: "a\\e]0;x\\a", where: "path <> '\\u202e'"}]}\n`, dir)
  const { stdout, stderr } = await runCli(['slo'], { cwd: dir })
  expect(stdout).toContain('\\x1b]0;x\\x07')
  expect(stdout + stderr).not.toMatch(UNSAFE_OUTPUT)
  const json = await runCli(['slo', '--json'], { cwd: dir })
  expect(json.stdout).not.toMatch(UNSAFE_OUTPUT)
  await rm(dir, { recursive: true })
})
