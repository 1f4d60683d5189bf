import { copyFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFolder, ROOT, runCli, runJson, transcribe } from './run-cli.js'

interface Result {
  total: number
  requests: Record<string, unknown>[]
}

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  for (const name of ['alb.log', 'nginx-combined-request-time.log']) {
    await copyFile(path.join(ROOT, 'fixtures/logs', name), path.join(cwd, name))
  }
  await runCli(['import', 'alb.log', 'nginx-combined-request-time.log'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

test.each([60, 80, 120, 200])('rows read well at %i columns', async columns => {
  const text = await transcribe(['requests', '--limit', '8'], { cwd, columns })
  await expect(text).toMatchFileSnapshot(`../golden/requests-${columns}.txt`)
})

test('--columns all shows everything that the log had, by name', async () => {
  const text = await transcribe(['requests', '--columns', 'all', '--limit', '2'], { cwd })
  await expect(text).toMatchFileSnapshot('../golden/requests-all.txt')
})

test('--json has the columns of the contract; the slowest are first', async () => {
  const { total, requests } = await runJson<Result>(['requests', '--limit', '5'], { cwd })
  expect(total).toBe(43)
  expect(requests).toHaveLength(5)
  const columns =
    `time method host path query route status outcome duration_ms queue_ms upstream_ms send_ms bytes_in bytes_out
    client account user_agent referer upstream trace_id weight attrs`.split(/\s+/)
  expect(Object.keys(requests[0]!)).toEqual(expect.arrayContaining(columns))
  const slowness = requests.map(request => Number(request.duration_ms ?? request.elapsed_ms))
  expect(slowness).toEqual(slowness.toSorted((a, b) => b - a))
})

test('--route and --where narrow together, and neither reaches out of its part', async () => {
  const both = await runJson<Result>(
    ['requests', '--route', 'GET /slow', '--where', 'status = 504 OR status = 200'],
    { cwd },
  )
  expect(both.requests.map(request => request.status)).toEqual([504])
  const escaping = await runCli(['requests', '--route', 'GET /slow', '--where', 'status = 504) OR (true'], {
    cwd,
  })
  expect(escaping.code).toBe(2)
})

test('a duration that only bounds from below is shown as one', async () => {
  const { stdout } = await runCli(['requests', '--where', `outcome = 'timeout'`], { cwd, columns: 120 })
  expect(stdout).toMatch(/timeout +≥ 1\.0 min/)
})

test('none: says so', async () => {
  const run = await runCli(['requests', '--where', 'status = 418'], { cwd })
  expect(run).toMatchObject({ code: 0, stdout: 'No requests.\n' })
})
