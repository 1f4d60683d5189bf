/** What commands say on a terminal while they work: the queries are slow by their cohort, not by much data. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeFolder, runCli } from './run-cli.js'
import { HAS_TMUX, typeInto } from './terminal.js'

const REQUESTS = 10_000
const LONG = [1, 2, 3].reduce(
  text => `replace(${text}, '/', '${'/'.repeat(15)}')`,
  'concat(path, epoch_ms("time"))',
)
/** True of every request, after some seconds with all of them. */
const SLOW = Array.from({ length: 30 }, (_, i) => `NOT regexp_matches(${LONG}, '(/|o)*[0-9]{9}x${i}$')`).join(
  ' AND ',
)
const WORKING = 'Reading 10,000 requests: '

let cwd: string
let config: string
let text: string
const narrowTo = (where: string) =>
  writeFile(config, `${text}\ncohort: {name: all, where: ${JSON.stringify(where)}}\n`)

beforeAll(async () => {
  cwd = await makeFolder()
  const requests = Array.from({ length: REQUESTS }, (_, i) => ({
    time: new Date(Date.UTC(2026, 9, 5) + i * 1000).toISOString(),
    method: 'GET',
    path: '/orders',
    status: 200,
    duration_ms: 50 + (i % 900),
  }))
  const log = path.join(cwd, 'log.ndjson')
  await writeFile(log, requests.map(request => `${JSON.stringify(request)}\n`).join(''))
  await runCli(['import', log], { cwd })
  config = path.join(cwd, 'whyslow.yaml')
  text = await readFile(config, 'utf8')
  await narrowTo(SLOW)
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

const pastRuns = () => readdir(path.join(cwd, '.whyslow', 'past-runs')).catch(() => [])

test('without a terminal nothing is drawn, and nothing is kept', async () => {
  const run = await runCli(['overview'], { cwd })
  expect(run.code).toBe(0)
  expect(run.stdout).toContain('GET /orders')
  expect(run.stderr).not.toContain('Reading')
  expect(run.stderr).not.toMatch(/[\r\u001b]/)
  expect(await pastRuns()).toEqual([])
})

describe.runIf(HAS_TMUX)('in a terminal', () => {
  test('--json is data only', async () => {
    const screens: string[] = []
    const screen = await typeInto(['overview', '--json'], cwd, [], seen => screens.push(seen))
    expect(screens.filter(seen => seen.includes('Reading'))).toEqual([])
    expect(screen).toMatch(/^exit 0$/m)
    expect(await pastRuns()).toEqual([])
  })

  test('a line with the time so far, replaced in place and gone before the result; the next time with the time left', async () => {
    const lines = new Set<string>()
    const keep = (screen: string) => {
      const shown = screen.split('\n').filter(line => line.includes('Reading'))
      expect(shown.length).toBeLessThan(2)
      for (const line of shown) lines.add(line)
    }
    const first = await typeInto(['overview'], cwd, [[WORKING]], keep)
    expect(first).toMatch(/^exit 0$/m)
    expect(first).toContain('GET /orders')
    expect(first).not.toContain('Reading')
    for (const line of lines)
      expect(line).toMatch(/^Reading 10,000 requests: \d+ s(?:, query \d+(?: at \d+%)?)?$/)
    expect(await pastRuns()).toEqual(['overview.json'])
    const second = await typeInto(['overview'], cwd, [[WORKING], [' left']])
    expect(second).not.toContain('Reading')
  })

  test('Ctrl-C in the middle of a query leaves a clean line', async () => {
    const screen = await typeInto(['overview'], cwd, [[WORKING, 'C-c']])
    expect(screen).toBe('Interrupted.\nexit 130')
  })

  test('an error takes the place of the line', async () => {
    // It fits every request but the last ones, which are read after a while.
    const late = `${SLOW} AND CAST(CASE WHEN "time" > '2026-10-05 02:46:20' THEN path ELSE '1' END AS INTEGER) = 1`
    await narrowTo(late)
    const screen = await typeInto(['overview'], cwd, [[WORKING]])
    await narrowTo(SLOW)
    expect(screen).toMatch(/^Error: /)
    expect(screen).toMatch(/^exit 2$/m)
    expect(screen).not.toContain('Reading')
  })
})
