/** `explain` as a user runs it: on the recorded shop, whose small cache forgets some products, and on a log that is made here. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeFolder, runCli, runJson } from './run-cli.js'
import { makeShopWorkbook, UNSAFE_OUTPUT } from './shop-workbook.js'

interface Result {
  slowOver_ms: number
  slow: number
  requests: number
  causes: {
    where: string
    covers: number
    riskRatio: number
    interval: [number, number | null]
    q: number
    confirmed: boolean
    sameAs: string[]
    requests: number
  }[]
  tried: number
  tested: number
  seed: number
  warnings: { code: string }[]
}

describe('the recorded shop', () => {
  let cwd: string
  beforeAll(async () => {
    cwd = await makeShopWorkbook()
  })
  afterAll(() => rm(cwd, { recursive: true }))

  const CACHED = `try_cast(split_part(path, '/', 3) AS DOUBLE) >= 100`

  test('the products that the cache has no room for', async () => {
    const result = await runJson<Result>(['explain', 'GET /products/:id'], { cwd })
    expect(result).toMatchObject({ slowOver_ms: 500, seed: 1, warnings: [] })
    expect(result.causes.map(({ where }) => where)).toEqual([CACHED])
    const [cause] = result.causes
    expect(cause!.confirmed).toBe(true)
    expect(cause!.covers).toBeGreaterThan(0.75)
    expect(cause!.interval[0]).toBeGreaterThan(5)
    expect(cause!.q).toBeLessThan(0.001)
    const listed = await runJson<{ total: number }>(
      ['requests', '--route', 'GET /products/:id', '--where', `${cause!.where} AND status = 200`],
      { cwd },
    )
    expect(listed.total).toBeGreaterThan(0)
    expect(listed.total).toBeLessThanOrEqual(cause!.requests)
  })

  test('the commands that it ends with work, and say the same', async () => {
    const { stdout } = await runCli(['explain', 'GET /products/:id'], { cwd })
    const commands = stdout
      .split('\n')
      .flatMap(line => (line.startsWith('  whyslow ') ? [splitWords(line)] : []))
    expect(commands.map(words => words.slice(1, 3).join(' '))).toEqual(['story new', 'hypothesis new'])
    const story = await runJson<{ id: string }>(commands[0]!.slice(1), { cwd })
    const wanted = commands[1]!.slice(1).map(word => (word === 'STORY' ? story.id : word))
    const registered = await runCli(wanted, { cwd })
    expect(registered.stderr).not.toContain('Error')
    expect(registered.code).toBe(0)
    const tested = await runJson<{ judged: string; verdict: string }>(['hypothesis', 'test', story.id], {
      cwd,
    })
    expect(tested.verdict).toBe('worse')
    const again = await runCli(['explain', story.id], { cwd })
    expect(again.stdout).toContain(`hypothesis new ${story.id} `)
    expect(again.stdout).not.toContain('story new')
  })

  test('a healthy route has nothing, and the text says so', async () => {
    const run = await runCli(['explain', 'GET /'], { cwd })
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('Nothing. The')
    expect(run.stdout).not.toContain('hypothesis new')
    expect(run.stderr).toContain('are slow at 500 ms, so slow means here')
    const all = await runJson<Result>(['explain', 'GET /', '--all'], { cwd })
    expect(all.causes.filter(({ confirmed }) => confirmed)).toEqual([])
    expect(all.causes).toHaveLength(all.tested)
  })

  test('a slice narrows it, and a wrong one is an error', async () => {
    const all = await runJson<Result>(['explain', 'GET /products/:id'], { cwd })
    const some = await runJson<Result>(
      ['explain', 'GET /products/:id', '--where', `upstream <> '-'`, '--from', '2026-10-12'],
      { cwd },
    )
    expect(some.requests).toBeGreaterThan(0)
    expect(some.requests).toBeLessThan(all.requests)
    expect(await runCli(['explain', 'GET /products/:id', '--where', 'nope = 1'], { cwd })).toMatchObject({
      code: 2,
    })
    expect(await runCli(['explain', 'GET /nowhere'], { cwd })).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('a log of our own', () => {
  let cwd: string
  beforeAll(async () => {
    cwd = await makeFolder()
    const lines = Array.from({ length: 6000 }, (_, i) => {
      const zone = ['eu-1', 'eu-2', `\u001b]0;x\u0007::error::'b'`][i % 3]
      const isSlow = i % 3 === 2 ? (i * 7919) % 10 < 4 : (i * 7919) % 100 < 2
      return JSON.stringify({
        time: new Date(Date.UTC(2026, 9, 5) + i * 60_000).toISOString(),
        method: 'GET',
        path: '/list',
        status: 200,
        duration_ms: isSlow ? 900 : 80,
        account: `a${(i * 31) % 53}`,
        zone,
      })
    })
    await writeFile(path.join(cwd, 'log.ndjson'), `${lines.join('\n')}\n`)
    await runCli(['import', 'log.ndjson'], { cwd })
  })
  afterAll(() => rm(cwd, { recursive: true }))

  test.each([60, 120])(
    'its zone is found, and nothing of it acts on a terminal of %i columns',
    async columns => {
      const run = await runCli(['explain', 'GET /list'], { cwd, columns })
      expect(run.code).toBe(0)
      expect(run.stdout).toMatch(/1\. attrs\.zone = '\\x1b\]0;x\\x07/)
      expect(run.stdout).not.toMatch(UNSAFE_OUTPUT)
      expect(await runJson<Result>(['explain', 'GET /list'], { cwd })).toMatchObject({
        causes: [{ where: `attrs.zone = '\u001b]0;x\u0007::error::''b'''`, confirmed: true }],
      })
    },
  )
})

/** As a shell does: single quotes only, and `'\''` for one of them. */
function splitWords(line: string): string[] {
  const words = line.trim().match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []
  return words.map(word => word.replace(/'([^']*)'|\\(')/g, (_, quoted, escaped) => quoted ?? escaped))
}
