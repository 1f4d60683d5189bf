/** What of a prediction is kept in the story: all that it needs to be understood when it stands alone. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describePredicted } from '../../src/reports/prediction-words.js'
import { predictChange } from '../../src/steps/predict-change.js'
import { openStore, type Store } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory } from '../../src/stories/write-story.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { importInto, makeStore } from '../evidence/workbooks.js'

const START = Date.UTC(2026, 9, 5)
const TRACED = 5
const idOf = (i: number, digits: number) => (i + 1).toString(16).padStart(digits, '0')

/** One span of 800 ms with one of 700 ms in it. */
function spansOf(i: number): object[] {
  const start = BigInt(START + i * 1000) * 1_000_000n
  const span = (name: string, number: number, parent: object, ms: number) => ({
    ...{ traceId: idOf(i, 32), spanId: idOf(2 * i + number, 16), name, kind: 1 },
    ...{ startTimeUnixNano: `${start}`, endTimeUnixNano: `${start + BigInt(ms) * 1_000_000n}`, ...parent },
  })
  return [span('page', 0, {}, 800), span('query', 1, { parentSpanId: idOf(2 * i, 16) }, 700)]
}

let workbook: Workbook
let store: Store
beforeAll(async () => {
  // Ten clients with six requests each, of which one in five has a trace; nobody has an account.
  const rows = Array.from({ length: 60 }, (_, i) => ({
    ...{ time: new Date(START + i * 1000).toISOString(), path: '/orders', duration_ms: 800 },
    client: `127.0.0.${i % 10}`,
    ...(i % TRACED === 0 ? { trace_id: idOf(i, 32) } : {}),
  }))
  const made = await makeStore(rows)
  made.store.close()
  workbook = made.workbook
  const file = join(workbook.dir, 'traces.jsonl')
  const spans = rows.flatMap((_, i) => (i % TRACED === 0 ? spansOf(i) : []))
  await writeFile(file, `${JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans }] }] })}\n`)
  await importInto(workbook, [file])
  store = await openStore(workbook.paths.data)
  await createStory(workbook, { id: 'orders', title: 'Orders', route: 'GET /orders' })
})
afterAll(() => store.close())

const ASKED = { subject: 'orders', slice: EVERYTHING, under_ms: null, kind: null, save: true, seed: 1 }
const NOW = new Date('2026-10-19T09:00:00Z')

test('from few traces: no number of customers, and of how many requests it is', async () => {
  const change = { kind: 'span', name: 'query', times: Infinity } as const
  const { result } = await predictChange(workbook, store, { ...ASKED, change, now: NOW })
  expect(result).toMatchObject({
    requests: 12,
    under: { after: 1 },
    customers: null,
    revenue: null,
    who: null,
  })
  const { predictions } = (await readStory(workbook, 'orders')).frontMatter
  expect(predictions[0]).toMatchObject({ customers: null, revenue: null })
  expect(predictions[0]!.assumptions.slice(-2)).toEqual([
    '12 of 60 requests (20.0%) have a trace: this is about those.',
    expect.stringContaining('Only 20.0% of the requests were read'),
  ])
})

test('too few with a trace: they are clients', async () => {
  const change = { kind: 'span', name: 'query', times: Infinity } as const
  const { result } = await predictChange(workbook, store, { ...ASKED, change, save: false, now: NOW })
  expect(result.warnings.map(({ message }) => message)).toContainEqual(expect.stringContaining('2 clients.'))
})

test('without accounts clients cross, in the story too', async () => {
  const change = { kind: 'cap', cap_ms: 400, share: 1 } as const
  await predictChange(workbook, store, { ...ASKED, change, now: NOW })
  const { predictions } = (await readStory(workbook, 'orders')).frontMatter
  expect(predictions.at(-1)!.customers).toMatchObject({ cross: 10, of: 10, unit: 'client' })
  expect(describePredicted(predictions.at(-1)!)).toContain('10 clients cross, of 10')
})
