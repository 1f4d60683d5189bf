/** Of which requests a change of a re-opened story is thought through. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { predictChange } from '../../src/steps/predict-change.js'
import { resolveChangeSubject } from '../../src/steps/resolve-change.js'
import type { Store } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import type { StoryInput } from '../../src/stories/schema.js'
import { createStory } from '../../src/stories/write-story.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { makeStore } from '../evidence/workbooks.js'

const DAYS = 10

let workbook: Workbook
let store: Store
beforeAll(async () => {
  // Ten requests on each of ten days: 2026-10-01 to 10.
  const rows = Array.from({ length: DAYS * 10 }, (_, i) => ({
    ...{ time: new Date(Date.UTC(2026, 9, 1, 12) + i * 8_640_000).toISOString(), path: '/orders' },
    ...{ account: `a${i % 10}`, duration_ms: i % 2 === 0 ? 100 : 900 },
  }))
  ;({ workbook, store } = await makeStore(rows))
})
afterAll(() => store.close())

const measured = { before: 0.9, after: 0.5 }
let count = 0
async function make(
  { began, ...values }: { began: string; before?: number; after?: number },
  window: { from: string; to: string } | null = null,
): Promise<string> {
  count += 1
  const reopened = [{ at: '2026-10-20T09:00:00Z', began, since: `${began}T00:00:00Z`, ...values }]
  const scope = { where: "route = 'GET /orders'", window }
  const story: StoryInput = { id: `orders-${count}`, title: 'Orders', route: 'GET /orders', scope, reopened }
  await createStory(workbook, story)
  return story.id
}

const resolve = (id: string) => resolveChangeSubject(workbook, store, id, EVERYTHING)
const BEFORE = { from: '2026-10-01T00:00:00.000Z', to: '2026-10-04T00:00:00.000Z' }

test('since it was slower again, also where its window is of the time before its fix', async () => {
  const found = await resolve(await make({ began: '2026-10-06', ...measured }, BEFORE))
  expect(found).toMatchObject({
    subject: { slice: { from: '2026-10-06T00:00:00.000Z', to: null } },
    basis: ['Only requests since 2026-10-06, when the story was slower again.'],
  })
  const wider = { ...BEFORE, to: '2026-10-09T00:00:00.000Z' }
  const { subject } = await resolve(await make({ began: '2026-10-06', ...measured }, wider))
  expect(subject.slice).toMatchObject({ from: '2026-10-06T00:00:00.000Z', to: wider.to })
})

test('one that was opened by hand isn’t said to be slower since that day', async () => {
  expect(await resolve(await make({ began: '2026-10-06' }))).toMatchObject({
    subject: { slice: { from: '2026-10-06T00:00:00.000Z' } },
    basis: [
      'Only requests since 2026-10-06 00:00:00 UTC: the story was re-opened, and nobody measured since when it is slower again.',
    ],
  })
})

test('without data since then: of the requests there are', async () => {
  const id = await make({ began: '2026-10-15' }, BEFORE)
  const { subject, basis } = await resolve(id)
  expect(subject.slice).toMatchObject(BEFORE)
  expect(basis).toEqual([
    'These requests are from before. The data has none since 2026-10-15 00:00:00 UTC: the story was re-opened, and nobody measured since when it is slower again.',
  ])
  const { result } = await predictChange(workbook, store, {
    ...{ subject: id, slice: EVERYTHING, under_ms: 500, change: { kind: 'cap', cap_ms: 400, share: 1 } },
    ...{ kind: null, save: false, seed: 1, now: new Date('2026-10-20T09:00:00Z') },
  })
  expect(result.assumptions[0]).toBe(basis[0])
})
