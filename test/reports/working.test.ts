import { expect, test } from 'vitest'
import { renderWorking, type Working } from '../../src/reports/working.js'

const working: Working = { what: 'Reading', part: null, elapsed_ms: 3200, left_ms: null, query: null }
const query = { query: 3, done: 0.459, elapsed_ms: 900 }
const part = { index: 3, count: 12, before_ms: 20_000, now_ms: 4000 }

test.for<[string, Partial<Working>]>([
  ['Reading: 4 s', {}],
  ['Reading: 4 s, query 3 at 45%', { query }],
  ['Reading: 4 s, query 3', { query: { ...query, done: null } }],
  ['Reading: 4 s, about 10 s left, query 3 at 45%', { query, left_ms: 9100 }],
  ['Reading: 4 s, longer than the last time', { left_ms: -1 }],
  ['Reading (3 of 12): 4 s, about 1.6 min left', { part }],
  ['Reading (1 of 12): 4 s, about 9 s left', { part: { ...part, index: 1, before_ms: 0 }, left_ms: 9000 }],
  ['Reading: 4 s', { part: { ...part, index: 1, count: 1 } }],
  // It takes longer than those before it.
  ['Reading (3 of 3): 4 s, about 1 s left', { part: { ...part, count: 3, now_ms: 90_000 } }],
])('%s', ([line, state]) => {
  expect(renderWorking({ ...working, ...state })).toBe(line)
})
