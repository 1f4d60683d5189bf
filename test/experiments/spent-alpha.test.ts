import { expect, test } from 'vitest'
import { countTests, sumSpentAlpha } from '../../src/experiments/spent-alpha.js'
import type { StoryResult } from '../../src/stories/schema.js'

const ARM = { requests: 100, clusters: 20, share: 0.5, interval: null }
const RESULT: StoryResult = {
  at: '2026-10-06T00:00:00Z',
  verdict: 'better',
  before: ARM,
  after: ARM,
  change: 0.1,
  interval: [0.05, 0.15],
  command: null,
  judged: 'cannot tell yet',
  exploratory: null,
  looks: null,
}
const tested = (...results: Partial<StoryResult>[]) => ({
  results: results.map(result => ({ ...RESULT, ...result })),
  watch: null,
})
const WATCHED = { results: [], watch: { v1: 0.001, looks: 30, day: null, under: null } }

test.each([
  ['never tested', tested(), 0],
  ['each test spends, whatever it said', tested({}, { judged: 'confirmed' }, { judged: 'disproved' }), 3],
  ['exploratory tests cannot confirm', tested({ exploratory: true }, {}), 1],
  ['nor do those without an interval', tested({ interval: null }), 0],
  ['a watch is one, however many looks it took and results it filed', tested({ looks: 4 }, { looks: 9 }), 1],
  ['a watch that goes on', WATCHED, 1],
  [
    'a watch that has seen too little',
    { results: [], watch: { v1: null, looks: 2, day: null, under: null } },
    0,
  ],
  ['a watch and tests beside it', { ...tested({}, { looks: 9 }), watch: WATCHED.watch }, 2],
] as const)('%s', (_, hypothesis, tests) => {
  expect(countTests(hypothesis as never)).toBe(tests)
})

test('the budget is a twentieth of a confirmation for each', () => {
  const { expectedFalse, ...rest } = sumSpentAlpha([tested({}, {}), tested(), WATCHED])
  expect(rest).toEqual({ tests: 3, level: 0.05 })
  expect(expectedFalse).toBeCloseTo(0.15, 12)
})
