import { expect, test } from 'vitest'
import type { CountedSlice } from '../../src/evidence/count-clusters.js'
import { type ArmsQuestion, compareArms } from '../../src/experiments/compare-arms.js'

/** 20 customers with 50 requests each, of which `good` are good. */
function arm(good: number, changes: Partial<CountedSlice> = {}): CountedSlice {
  const clusters = Array.from({ length: 20 }, (_, i) => ({
    cluster: `account ${i}`,
    requests: 50,
    good: Math.min(50, good + (i % 3)),
  }))
  return { clusters, requests: 1000, unmeasured: false, errorShare: 0, unfinishedShare: 0, ...changes }
}

const NONE: CountedSlice = { clusters: [], requests: 0, unmeasured: false, errorShare: 0, unfinishedShare: 0 }

function compare(before: CountedSlice, after: CountedSlice, changes: Partial<ArmsQuestion> = {}) {
  return compareArms({
    before,
    after,
    under_ms: 500,
    unit: 'customer',
    smallest: 0.01,
    apartInTime: false,
    times: null,
    seed: 1,
    ...changes,
  })
}

const codes = (result: { warnings: { code: string }[] }) => result.warnings.map(warning => warning.code)

test('better, worse, and no meaningful difference', () => {
  expect(compare(arm(20), arm(45)).verdict).toBe('better')
  expect(compare(arm(45), arm(20)).verdict).toBe('worse')
  expect(compare(arm(45), arm(45), { smallest: 0.05 }).verdict).toBe('no meaningful difference')
})

test('the whole contract is there', () => {
  expect(compare(arm(20), arm(45))).toMatchObject({
    verdict: 'better',
    reason: null,
    metric: 'under',
    under_ms: 500,
    unit: 'customer',
    arms: {
      before: {
        requests: 1000,
        clusters: 20,
        share: expect.closeTo(0.418, 2),
        interval: [expect.any(Number), expect.any(Number)],
      },
      after: { requests: 1000, clusters: 20 },
    },
    change: {
      value: expect.closeTo(0.5, 1),
      interval: [expect.any(Number), expect.any(Number)],
      smallest: 0.01,
    },
    needs: null,
    warnings: [],
  })
})

test('no requests on a side: cannot tell, never a pass, and no warning about errors that were new', () => {
  for (const [before, after] of [
    [NONE, arm(45, { errorShare: 0.1 })],
    [arm(45), NONE],
    [NONE, NONE],
  ] as const) {
    const result = compare(before, after)
    expect(result).toMatchObject({
      verdict: 'cannot tell yet',
      change: { value: null, interval: null },
      reason: expect.stringMatching(/^There are no requests/),
    })
    expect(codes(result)).toEqual([])
    expect(result.needs).not.toBeNull()
  }
})

test('errors where there were none are a warning, whatever the verdict', () => {
  for (const after of [arm(45, { errorShare: 0.002 }), arm(20, { errorShare: 0.002 })]) {
    const result = compare(arm(20), after)
    expect(codes(result)).toEqual(['new-errors'])
    expect(result.warnings[0]!.message).toBe(
      'There were no errors and timeouts before; now 0.2% of requests end in one.',
    )
  }
  expect(codes(compare(arm(20, { errorShare: 0.001 }), arm(45, { errorShare: 0.5 })))).toEqual([])
})

test('many unfinished requests, and a log without durations, are said', () => {
  expect(codes(compare(arm(20, { unfinishedShare: 0.006 }), arm(45)))).toEqual(['unfinished'])
  expect(codes(compare(arm(20, { unfinishedShare: 0.004 }), arm(45)))).toEqual([])
  const unmeasured = { ...NONE, requests: 500, unmeasured: true }
  expect(compare(unmeasured, unmeasured)).toMatchObject({
    verdict: 'cannot tell yet',
    warnings: [{ code: 'no-durations' }],
  })
})

test('one customer that decides alone is named once: in the reason', () => {
  const giant = (good: number) => ({ cluster: 'account giant', requests: 3000, good })
  const before = { ...arm(40), clusters: [...arm(40).clusters, giant(300)] }
  const after = { ...arm(38), clusters: [...arm(38).clusters, giant(2900)] }
  const result = compare(before, after)
  const said = [result.reason, ...result.warnings.map(warning => warning.message)].filter(text =>
    text?.includes('account giant'),
  )
  expect(result.verdict).toBe('cannot tell yet')
  expect(said).toHaveLength(1)
})
