import { expect, test } from 'vitest'
import { filePrediction } from '../../src/stories/predictions.js'
import { type StoryPrediction, storySchema } from '../../src/stories/schema.js'
import { ANY_STORY } from './eventful-story.js'
import { makeOutcome } from './promises.js'

const NOW = new Date('2026-10-19T09:00:00.123Z')
const LATER = new Date('2026-10-20T09:00:00Z')

const wanted: Omit<StoryPrediction, 'id' | 'at'> = {
  what: 'no answer over 400 ms',
  kind: 'cache',
  under: '500ms',
  share: { before: 0.4, after: 0.9, interval: [0.88, 0.92] },
  change: { value: 0.5, interval: [0.47, 0.53] },
  customers: null,
  revenue: null,
  assumptions: [],
  command: 'whyslow whatif any --cap 400ms',
}

test('the same command is the same prediction: kept as it is, or replaced under its id', () => {
  const first = filePrediction(ANY_STORY, wanted, NOW)
  expect(first.predictions).toEqual([{ id: 'p1', at: '2026-10-19T09:00:00Z', ...wanted }])
  expect(filePrediction(first, wanted, LATER)).toBe(first)
  // A kind that isn't said again is kept.
  expect(filePrediction(first, { ...wanted, kind: null }, LATER)).toBe(first)
  const share = { ...wanted.share, after: 0.8 }
  const changed = filePrediction(first, { ...wanted, kind: null, share }, LATER)
  expect(changed.predictions).toEqual([{ ...wanted, id: 'p1', at: '2026-10-20T09:00:00Z', share }])
  const other = filePrediction(changed, { ...wanted, command: 'whyslow whatif any --cap 300ms' }, LATER)
  expect(other.predictions.map(({ id }) => id)).toEqual(['p1', 'p2'])
})

const share = { ...wanted.share, after: 0.8 }
const first = filePrediction(ANY_STORY, wanted, NOW)
const fixed = (deployed: string | null) => ({
  ...first,
  fixes: storySchema.shape.fixes.parse([{ id: 'f1', text: 'a cache', deployed }]),
})

test.each([
  ['is deployed since', '2026-10-19T12:00:00Z', ['p1', 'p2']],
  ['was deployed before', '2026-10-18', ['p1']],
  ['will be deployed', '2026-10-21', ['p1']],
  ['isn’t deployed', null, ['p1']],
])('what was said stands where a fix %s', (_, deployed, ids) => {
  const again = filePrediction(fixed(deployed), { ...wanted, kind: null, share }, LATER)
  expect(again.predictions.map(({ id }) => id)).toEqual(ids)
  expect(again.predictions.at(-1)).toMatchObject({ at: '2026-10-20T09:00:00Z', share, kind: 'cache' })
  if (ids.length > 1) expect(again.predictions[0]).toEqual(first.predictions[0])
  expect(filePrediction(again, { ...wanted, share }, LATER)).toBe(again)
})

test('what was said before a story was reopened isn’t said of the next fix, however alike', () => {
  const reopening = { at: '2026-10-19T20:00:00Z', began: '2026-10-19', before: 0.8, after: 0.6 }
  const outcome = { ...makeOutcome(0.8), at: '2026-10-19T18:00:00Z' }
  const reopened = storySchema.shape.reopened.parse([{ ...reopening, outcome }])
  const story = { ...first, reopened }
  const again = filePrediction(story, wanted, LATER)
  expect(again.predictions).toEqual([
    first.predictions[0],
    { ...wanted, id: 'p2', at: '2026-10-20T09:00:00Z' },
  ])
  expect(filePrediction(again, wanted, LATER)).toBe(again)
})
