import { expect, test } from 'vitest'
import {
  addHypothesis,
  addResult,
  findConfirmed,
  findHypothesis,
  type NewHypothesis,
} from '../../src/stories/hypotheses.js'
import { type StoryFrontMatter, type StoryResult, storySchema } from '../../src/stories/schema.js'

const NOW = new Date('2026-10-05T09:00:00.400Z')
const OPEN = { where: null, from: null, to: null }
const WANTED: NewHypothesis = {
  claim: 'N+1',
  direction: 'up',
  smallest: null,
  design: 'canary',
  before: OPEN,
  after: OPEN,
  under: null,
}

const story = (status: StoryFrontMatter['status'] = 'framed') =>
  storySchema.parse({ id: 'orders', title: 'Orders', status })

function result(judged: StoryResult['judged']): StoryResult {
  const arm = { requests: 1, clusters: 1, share: 1, interval: null }
  return {
    at: '2026-10-06T00:00:00Z',
    verdict: 'better',
    before: arm,
    after: arm,
    change: 0,
    interval: null,
    command: null,
    judged,
    exploratory: null,
    looks: null,
  }
}

const file = (start: StoryFrontMatter, ...results: [string, StoryResult['judged']][]) =>
  results.reduce((values, [id, judged]) => addResult(values, id, result(judged)), start)

test('a hypothesis is kept with the moment at which it was written down', () => {
  const one = addHypothesis(story(), WANTED, NOW)
  expect(one).toMatchObject({
    status: 'hypothesised',
    hypotheses: [{ id: 'h1', registered: '2026-10-05T09:00:00Z', metric: 'under', results: [] }],
  })
  expect(addHypothesis(story('fixing'), WANTED, NOW).status).toBe('fixing')
  expect(addHypothesis(one, WANTED, NOW).hypotheses.map(hypothesis => hypothesis.id)).toEqual(['h1', 'h2'])
})

test('the one that is named, else the newest', () => {
  const two = addHypothesis(addHypothesis(story(), WANTED, NOW), { ...WANTED, claim: 'cache' }, NOW)
  expect(findHypothesis(two, undefined).claim).toBe('cache')
  expect(findHypothesis(two, 'h1').claim).toBe('N+1')
  expect(() => findHypothesis(two, 'h9')).toThrow(expect.objectContaining({ next: ['It has: h1, h2'] }))
  expect(() => findHypothesis(story(), undefined)).toThrow(
    expect.objectContaining({
      message: 'The story orders has no hypothesis yet.',
      next: ['whyslow hypothesis new orders --claim "…"'],
    }),
  )
})

test('the status follows what the tests say', () => {
  const two = addHypothesis(addHypothesis(story(), WANTED, NOW), WANTED, NOW)
  expect(file(two, ['h1', 'cannot tell yet']).status).toBe('hypothesised')
  expect(file(two, ['h1', 'disproved']).status).toBe('hypothesised')
  expect(file(two, ['h1', 'disproved'], ['h2', 'disproved']).status).toBe('investigating')
  expect(file(two, ['h1', 'confirmed'], ['h2', 'disproved']).status).toBe('confirmed')
  expect(file(two, ['h1', 'confirmed'], ['h1', 'cannot tell yet']).status).toBe('confirmed')
  expect(file(two, ['h1', 'confirmed'], ['h1', 'disproved'], ['h2', 'disproved']).status).toBe(
    'investigating',
  )
  expect(file({ ...two, status: 'fixing' }, ['h1', 'disproved']).status).toBe('fixing')
  expect(
    file(two, ['h1', 'disproved'], ['h1', 'confirmed']).hypotheses[0]!.results.map(one => one.judged),
  ).toEqual(['disproved', 'confirmed'])
})

test('what was found out of a fix that didn’t last says nothing of the next one', () => {
  const last = { at: '2026-11-02', began: '2026-10-30', before: 0.8, after: 0.6 }
  const old = file(addHypothesis(story(), WANTED, NOW), ['h1', 'confirmed'])
  const reopened = storySchema.parse({ ...old, status: 'framed', reopened: [last] })
  expect(findConfirmed(reopened)).toBeUndefined()
  expect(file(reopened, ['h1', 'confirmed']).status).toBe('framed')
  const anew = addHypothesis(reopened, WANTED, new Date('2026-11-03T09:00:00Z'))
  expect(file(anew, ['h2', 'disproved']).status).toBe('investigating')
  expect(findConfirmed(file(anew, ['h2', 'confirmed']))!.id).toBe('h2')
})

test('the newest that is confirmed, not the newest', () => {
  const three = [1, 2, 3].reduce(values => addHypothesis(values, WANTED, NOW), story())
  expect(findConfirmed(three)).toBeUndefined()
  expect(findConfirmed(file(three, ['h1', 'confirmed'], ['h2', 'confirmed'], ['h3', 'disproved']))!.id).toBe(
    'h2',
  )
  expect(findConfirmed(file(three, ['h1', 'confirmed'], ['h1', 'disproved']))).toBeUndefined()
})
