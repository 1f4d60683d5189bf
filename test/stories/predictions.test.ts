import { expect, test } from 'vitest'
import { filePrediction } from '../../src/stories/predictions.js'
import type { StoryPrediction } from '../../src/stories/schema.js'
import { ANY_STORY } from './eventful-story.js'

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
