/** How steady the machine was, and when that is worth a warning. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { calibrate, describeNoise, summariseNoise } from '../../../src/experiments/benchmarks/noise.js'

const at = (median_ms: number, spread = 0.01) => ({ median_ms, spread, slowest: 1.2 })

test('a calibration times short pieces of work, once they are compiled, and nothing between them', async () => {
  let turn = 0
  let isOver = false
  const count = () => {
    turn += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  // A clock that takes a step whenever it is read: a second in the first turns, later 3 ms, and 6 in one of three.
  let clock_ms = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    clock_ms += turn < 6 ? 1000 : turn % 3 === 0 ? 6 : 3
    return clock_ms
  })
  onTestFinished(() => clock.mockRestore())
  const calibration = await calibrate().finally(() => {
    isOver = true
  })
  expect(calibration).toEqual({ median_ms: 3, spread: 1, slowest: 2 })
  clock.mockRestore()
  // The work itself: far from nothing, and from a second.
  const { median_ms } = await calibrate()
  expect(median_ms).toBeGreaterThan(0.3)
  expect(median_ms).toBeLessThan(100)
})

test('drift is from the first to the last, the range takes in what came and went', () => {
  const noise = summariseNoise([at(3), at(4, 0.08), at(2.9), at(3.03)])
  expect(noise).toEqual({
    before: at(3),
    after: at(3.03),
    worstSpread: 0.08,
    drift: 0.01,
    range: 0.3793,
  })
  expect(summariseNoise([at(3)])).toMatchObject({ drift: 0, range: 0 })
  expect(() => summariseNoise([])).toThrow(RangeError)
})

test.each([
  ['steady', [at(3), at(3.1)], null],
  ['slower at one time', [at(3), at(3.4), at(3)], 'took up to 13.3% longer at one time than at another.'],
  ['shared', [at(3, 0.12), at(3)], 'varied by 12.0% between its quartiles within a moment.'],
  [
    'both',
    [at(3, 0.12), at(3.6)],
    'took up to 20.0% longer at one time than at another, and varied by 12.0%',
  ],
])('%s', (_, calibrations, says) => {
  const warnings = describeNoise(summariseNoise(calibrations))
  expect(warnings).toEqual(
    says === null
      ? []
      : [
          {
            code: 'machine-noisy',
            message: expect.stringContaining(says),
            next: expect.stringMatching(/End what else/),
          },
        ],
  )
})
