import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeFolder, ROOT, runCli, runJson, transcribe } from './run-cli.js'
import { HOSTILE, makeShopWorkbook, UNSAFE_OUTPUT } from './shop-workbook.js'

interface Route {
  route: string
  requests: number
  under_ms: number
  underShare: number
  total_ms: number
}
interface Result {
  window: { from: string; to: string }
  routes: Route[]
  warnings: { code: string }[]
}

describe('on the recorded shop', () => {
  let cwd: string
  beforeAll(async () => {
    cwd = await makeShopWorkbook()
  })
  afterAll(() => rm(cwd, { recursive: true }))

  test.each([60, 80, 120, 160])('reads well at %i columns', async columns => {
    await expect(await transcribe(['overview', '--limit', '12'], { cwd, columns })).toMatchFileSnapshot(
      `../golden/overview-${columns}.txt`,
    )
  })

  test('--json has the fields of the contract', async () => {
    const result = await runJson<Result>(['overview'], { cwd })
    expect(result).toMatchObject({
      window: { from: expect.stringMatching(/^2026-10-05T/), to: expect.any(String) },
      warnings: [],
    })
    expect(Object.keys(result.routes[0]!)).toEqual(
      expect.arrayContaining(
        'route requests under_ms underShare p50_ms p95_ms p99_ms total_ms errorShare unfinishedShare clients accounts'.split(
          ' ',
        ),
      ),
    )
    const totals = result.routes.map(route => route.total_ms)
    expect(totals).toEqual(totals.toSorted((a, b) => b - a))
  })

  test('narrows to a slice', async () => {
    const whole = await runJson<Result>(['overview'], { cwd })
    const part = await runJson<Result>(['overview', '--last', '24h', '--where', `route = 'GET /orders'`], {
      cwd,
    })
    expect(part.routes.map(route => route.route)).toEqual(['GET /orders'])
    expect(part.routes[0]!.requests).toBeLessThan(
      whole.routes.find(route => route.route === 'GET /orders')!.requests,
    )
    expect(Date.parse(part.window.from)).toBeGreaterThan(Date.parse(whole.window.to) - 86_400_000)
  })

  test('routes with targets of their own are judged by them, and the targets shown', async () => {
    const other = await makeShopWorkbook(['access.log.gz'])
    try {
      await writeFile(
        path.join(other, 'whyslow.yaml'),
        'targets:\n  default: 300ms\n  routes:\n    "GET /orders": 2s\n',
      )
      const { stdout } = await runCli(['overview', '--limit', '2'], { cwd: other, columns: 120 })
      expect(stdout).toMatch(/targets by route/)
      expect(stdout).toMatch(/^GET \/orders .*2\.00 s/m)
      const { routes } = await runJson<Result>(['overview'], { cwd: other })
      expect(new Set(routes.map(route => route.under_ms))).toEqual(new Set([300, 2000]))
    } finally {
      await rm(other, { recursive: true })
    }
  })

  test('a reader that has seen enough is no error', () => {
    const bin = path.join(ROOT, 'bin/run.js')
    const { stdout, stderr } = spawnSync(
      'bash',
      [
        '-c',
        `set -o pipefail; '${process.execPath}' '${bin}' requests --limit 5000 --json | head -1; echo "code $?"`,
      ],
      { cwd, encoding: 'utf8' },
    )
    expect(stdout).toBe('{\ncode 0\n')
    expect(stderr).toBe('')
  })

  test.each([
    [['--where', 'stat = 500'], /did you mean status/],
    [['--where', 'status = 1) or (1 = 1'], /where expression/],
    [['--from', 'yesterday'], /Expected a time such as/],
    [['--last', '1 fortnight'], /Expected a duration such as/],
    [['--limit', '0'], /greater than or equal to 1/],
    [['--lst', '1d'], /Nonexistent flag: --lst/],
  ])('%j is wrong use', async (args, message) => {
    const run = await runCli(['overview', ...args], { cwd })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(message)
    const { error } = JSON.parse((await runCli(['overview', ...args, '--json'], { cwd })).stdout)
    expect(error).toMatchObject({ message: expect.stringMatching(message), exit: 2 })
  })
})

test('an empty workbook has no requests, says how to get some, and is no error', async () => {
  const cwd = await makeFolder()
  try {
    const run = await runCli(['overview'], { cwd })
    expect(run).toMatchObject({ code: 0, stdout: 'No requests.\n' })
    expect(run.stderr).toContain('whyslow import access.log')
    expect(await runJson<Result>(['overview'], { cwd })).toMatchObject({
      window: { from: null, to: null },
      routes: [],
      warnings: [{ code: 'no-requests' }],
    })
  } finally {
    await rm(cwd, { recursive: true })
  }
})

test('what strangers wrote into a log is only ever shown as text', async () => {
  const cwd = await makeFolder()
  try {
    await writeFile(path.join(cwd, 'hostile.ndjson'), HOSTILE)
    await runCli(['import', 'hostile.ndjson'], { cwd })
    const commands = [
      ['overview'],
      ['overview', '--json'],
      ['requests'],
      ['requests', '--columns', 'all'],
      ['requests', '--json'],
      ['sources'],
      ['look', `GET /list\u001b]0;`],
      ...(await runJson<Result>(['overview'], { cwd })).routes.map(({ route }) => ['look', route]),
    ]
    let all = ''
    for (const args of commands) {
      const { stdout, stderr } = await runCli(args, { cwd, columns: 160 })
      expect(`${stdout}\n${stderr}`, args.join(' ')).not.toMatch(UNSAFE_OUTPUT)
      all += stdout
    }
    expect(all).toContain('\\x1b]0;pwned\\x07')
    expect(all).toContain('\\u202e')
    expect(all).toContain('<script>alert(1)</script>')
    expect(all).toContain('=cmd()')
    expect(all).toContain('\\x3a:error')
    const parsed = await runJson<{ requests: { user_agent: string }[] }>(['requests'], { cwd })
    expect(parsed.requests.map(request => request.user_agent)).toContain('\u009b31mred')
    expect(parsed.requests.map(request => request.user_agent)).toContain('##[error]boom')
  } finally {
    await rm(cwd, { recursive: true })
  }
})
