import { expect, test } from 'vitest'
import { addHypothesis } from '../../src/stories/hypotheses.js'
import { hashPrediction, isEdited, keepRegistration, registerAnew } from '../../src/stories/registration.js'
import { type StoryHypothesis, storySchema } from '../../src/stories/schema.js'

const OPEN = { where: null, from: null, to: null }
const NOW = new Date('2026-10-05T09:00:00Z')
const STORY = addHypothesis(
  storySchema.parse({ id: 'orders', title: 'Orders' }),
  {
    claim: 'N+1',
    direction: 'up',
    smallest: 0.05,
    design: 'canary',
    before: { ...OPEN, where: "upstream = 'old'" },
    after: { ...OPEN, where: "upstream = 'new'" },
    under: '500ms',
  },
  NOW,
)
const HYPOTHESIS = STORY.hypotheses[0]!

test.each<[string, Partial<StoryHypothesis>]>([
  ['the metric', { metric: 'median' }],
  ['the direction', { direction: 'down' }],
  ['the smallest change', { smallest: 0.04 }],
  ['the threshold', { under: '400ms' }],
  ['the design', { design: 'before-after' }],
  ['the side before', { before: { ...OPEN, where: "upstream = 'older'" } }],
  ['the side after', { after: { ...OPEN, where: null } }],
])('an edit of %s is noticed', (_, edit) => {
  expect(isEdited({ ...HYPOTHESIS, ...edit })).toBe(true)
})

test.each<[string, Partial<StoryHypothesis>]>([
  ['its words', { claim: 'one query per order' }],
  ['how long a side goes on', { after: { ...HYPOTHESIS.after, to: '2026-11-01' } }],
  ['its results', { results: [] }],
])('%s are no part of the prediction', (_, edit) => {
  expect(isEdited({ ...HYPOTHESIS, ...edit })).toBe(false)
})

test('one that was written before there were hashes is as it was registered', () => {
  expect(isEdited({ ...HYPOTHESIS, hash: null, smallest: 0.2 })).toBe(false)
})

test('registered anew with its results, and once only', () => {
  const watch = { v1: 0.1, looks: 3, day: null, under: null }
  const edited = { ...STORY, hypotheses: [{ ...HYPOTHESIS, smallest: 0.2, watch }] }
  const later = new Date('2026-10-09T00:00:00Z')
  const anew = registerAnew(edited, 'h1', later)
  expect(anew.hypotheses[0]).toMatchObject({ registered: '2026-10-09T00:00:00Z', smallest: 0.2, watch: null })
  expect(isEdited(anew.hypotheses[0]!)).toBe(false)
  expect(registerAnew(anew, 'h1', new Date('2026-10-10'))).toEqual(anew)
  expect(registerAnew(STORY, 'h1', later)).toEqual(STORY)
})

test('a route that got another name is no edit; what was edited before stays so', () => {
  const renamed = { ...HYPOTHESIS, before: { ...OPEN, where: "route = 'GET /a/:id'" } }
  expect(keepRegistration(HYPOTHESIS, renamed).hash).toBe(hashPrediction(renamed))
  const edited = { ...HYPOTHESIS, smallest: 0.2 }
  expect(isEdited(keepRegistration(edited, { ...renamed, smallest: 0.2 }))).toBe(true)
})
