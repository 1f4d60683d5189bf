import { expect, it } from 'vitest'
import { scoreApdex } from '../../src/stats/apdex.js'
import { distributionFromPairs, distributionFromValues } from '../../src/stats/distribution.js'

it('is the example of the specification: 60 satisfied, 30 tolerating, 10 frustrated', () => {
  const answers = distributionFromPairs([
    [100, 60],
    [1500, 30],
    [9000, 10],
  ])
  expect(scoreApdex(answers, 500)).toBe(0.75)
})

it('both zones hold their upper ends, and failures are frustrated', () => {
  expect(scoreApdex(distributionFromValues([500]), 500)).toBe(1)
  expect(scoreApdex(distributionFromValues([2000]), 500)).toBe(0.5)
  expect(scoreApdex(distributionFromValues([2000.1]), 500)).toBe(0)
  expect(scoreApdex(distributionFromValues([100]), 500, 1)).toBe(0.5)
  expect(scoreApdex(distributionFromValues([]), 500)).toBeNull()
})
