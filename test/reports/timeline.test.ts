import { expect, test } from 'vitest'
import { PLAIN, widthOf } from '../../src/reports/style.js'
import { listEvents, renderTimeline } from '../../src/reports/timeline.js'
import { ANY_STORY, makeEventful } from '../stories/eventful-story.js'

test('everything in the order of time, whatever list it is in; what has no date last', () => {
  expect(listEvents(makeEventful()).map(({ at, kind, id }) => [at, kind, id])).toEqual([
    ['2026-10-05T08:00:00Z', 'story', null],
    ['2026-10-05T09:00:00Z', 'timebox', 't1'],
    ['2026-10-05T09:20:00Z', 'profile', null],
    ['2026-10-05T09:40:00Z', 'hypothesis', 'h1'],
    ['2026-10-05T10:20:00Z', 'timebox', 't1'],
    ['2026-10-05T10:45:00Z', 'timebox', 't1'],
    ['2026-10-06T09:00:00Z', 'note', null],
    ['2026-10-12T09:00:00Z', 'test', 'h1'],
    ['2026-10-12T10:00:00Z', 'hypothesis', 'h2'],
    ['2026-10-12T11:00:00Z', 'prediction', 'p1'],
    ['2026-10-13', 'fix', 'f1'],
    ['2026-10-19T09:00:00Z', 'test', 'h2'],
    ['2026-10-20T09:00:00Z', 'outcome', null],
    [null, 'note', null],
  ])
})

test.for([60, 100])('as text of %i columns', async width => {
  const text = renderTimeline(listEvents(makeEventful()), { ...PLAIN, width })
  for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width)
  await expect(`${text}\n`).toMatchFileSnapshot(`../golden/timeline-${width}.txt`)
})

test('nothing has happened to a story that was only named', () => {
  expect(listEvents(ANY_STORY)).toEqual([])
})
