import { expect, test } from 'vitest'
import { readInterval } from '../../src/steps/read-interval.js'

test('how often a watch looks', () => {
  expect(['1s', '1m30s', '24d'].map(text => readInterval(text))).toEqual([1000, 90_000, 24 * 86_400_000])
})

test.each([
  ['0s', '1s'],
  ['999ms', '1s'],
  ['25d', '1h'],
])('not every %s, which would never wait', (text, next) => {
  expect(() => readInterval(text)).toThrow(
    expect.objectContaining({
      message: `Expected an interval of 1 s to 24 d, found “${text}”.`,
      next: [`--interval ${next}`],
    }),
  )
})

test('where a look costs little, it may come more often, but not without a pause', () => {
  expect(readInterval('100ms', 100)).toBe(100)
  expect(() => readInterval('0s', 100)).toThrow('Expected an interval of 100 ms to 24 d, found “0s”.')
})
