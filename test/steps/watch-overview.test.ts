/** Looks at a workbook in which requests come in. Of the looks themselves only their order counts. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Overview } from '../../src/evidence/overview.js'
import { followLogs } from '../../src/steps/follow-beside.js'
import { type OverviewWatch, watchOverview } from '../../src/steps/watch-overview.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { importInto, makeWorkbook } from '../evidence/workbooks.js'

let files = 0
async function addRequests(workbook: Workbook): Promise<void> {
  files += 1
  const request = { time: `2026-10-05T09:${10 + files}:00Z`, method: 'GET', path: '/', status: 200 }
  const file = path.join(workbook.dir, `log-${files}.ndjson`)
  await writeFile(file, `${JSON.stringify({ ...request, duration_ms: 9 })}\n`)
  await importInto(workbook, [file])
}

interface Watch {
  looks: number
  failures: string[]
  end: () => void
  ended: Promise<Overview>
}

/** `look` is told the number of the look; what it returns is the overview's number of requests. */
function watch(
  workbook: Workbook,
  look: (number: number) => Promise<number>,
  follow: OverviewWatch['follow'] = null,
): Watch {
  const aborter = new AbortController()
  const state = { looks: 0, failures: [] as string[], end: () => aborter.abort(new Error('ended')) }
  const request: OverviewWatch = {
    interval_ms: 20,
    follow,
    signal: aborter.signal,
    look: async () => {
      state.looks += 1
      return { requests: await look(state.looks), warnings: [] as unknown[] } as Overview
    },
    onLook: () => undefined,
    onFailure: (error, of) => state.failures.push(`${of}: ${error.message}`),
  }
  return Object.assign(state, { ended: watchOverview(workbook, request) })
}

async function waitUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10)
}

test('it looks once, and again each time requests have come in, never twice at the same time', async () => {
  const workbook = await makeWorkbook()
  let running = 0
  let most = 0
  const seen = watch(workbook, async number => {
    running += 1
    most = Math.max(most, running)
    await sleep(100)
    running -= 1
    return number
  })
  await waitUntil(() => seen.looks === 1)
  // While it looks.
  await addRequests(workbook)
  await waitUntil(() => seen.looks === 2)
  await sleep(300)
  expect(seen.looks).toBe(2)
  await addRequests(workbook)
  await waitUntil(() => seen.looks === 3 && running === 0)
  seen.end()
  expect(await seen.ended).toMatchObject({ requests: 3 })
  expect(most).toBe(1)
})

test('a look that fails says so once, and is tried again; the first one ends it', async () => {
  const workbook = await makeWorkbook()
  const seen = watch(workbook, async number => {
    if (number > 1 && number < 5) throw new Error('a file is missing')
    return number
  })
  await waitUntil(() => seen.looks === 1)
  await addRequests(workbook)
  await waitUntil(() => seen.looks === 5)
  seen.end()
  expect(await seen.ended).toMatchObject({ requests: 5 })
  expect(seen.failures).toEqual(['look: a file is missing'])
  const first = watch(workbook, async () => Promise.reject(new Error('no such column')))
  await expect(first.ended).rejects.toThrow('no such column')
})

test('interrupted in a look, it ends with the one before; in the first, with the interruption', async () => {
  const workbook = await makeWorkbook()
  const seen = watch(workbook, async number => {
    if (number === 1) return 1
    seen.end()
    throw new Error('the query was interrupted')
  })
  await waitUntil(() => seen.looks === 1)
  await addRequests(workbook)
  expect(await seen.ended).toMatchObject({ requests: 1 })
  expect(seen.failures).toEqual([])
  const first: Watch = watch(workbook, async () => {
    await sleep(1)
    first.end()
    throw new Error('the query was interrupted')
  })
  await expect(first.ended).rejects.toThrow('ended')
})

test('a followed file that could not be imported is told at the end', async () => {
  const workbook = await makeWorkbook()
  const torn = path.join(workbook.dir, 'torn.ndjson.gz')
  await writeFile(torn, Buffer.from('1f8b0800000000000003', 'hex'))
  const growing = path.join(workbook.dir, 'growing.ndjson')
  const notes: string[] = []
  const follow = followLogs([torn, growing], 20, {
    stdin: process.stdin,
    pid: process.pid,
    clock: () => new Date(),
    onNote: message => notes.push(message),
  })
  const seen = watch(workbook, async number => number, follow)
  // It has turned to the next file.
  await waitUntil(() => seen.looks === 1 && notes.length === 1)
  expect(seen.failures).toEqual([])
  seen.end()
  expect(await seen.ended).toMatchObject({ requests: 1 })
  expect(seen.failures).toEqual([expect.stringMatching(/^import: /)])
})
