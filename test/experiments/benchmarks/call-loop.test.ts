import { expect, test } from 'vitest'
import { repeatCalls } from '../../../src/experiments/benchmarks/call-loop.js'

test('a loop of less than a turn ends by a signal that has aborted before', async () => {
  let calls = 0
  const call = () => {
    calls += 1
  }
  const how = { duration_ms: 5, batch: 1, signal: AbortSignal.abort(new Error('enough')) }
  await expect(repeatCalls(call, how)).rejects.toThrow('enough')
  expect(calls).toBe(0)
})
