import { expect, test } from 'vitest'
import type { ArmsComparison } from '../../src/experiments/compare-arms.js'
import { renderComparison } from '../../src/reports/comparison.js'
import { PLAIN, type Style, widthOf } from '../../src/reports/style.js'

const BETTER: ArmsComparison = {
  verdict: 'better',
  reason: null,
  metric: 'under',
  under_ms: 500,
  unit: 'customer',
  arms: {
    before: { requests: 1234, clusters: 25, days: null, share: 0.4, interval: [0.35, 0.45] },
    after: { requests: 1200, clusters: 24, days: null, share: 0.9, interval: [0.85, 0.95] },
  },
  change: { value: 0.5, interval: [0.45, 0.55], smallest: 0.1, se: 0.02, df: 23, p: 1e-9 },
  weightedEqually: 0.49,
  effectiveClusters: 21.4,
  largestCustomer: { cluster: 'account 1003', share: 0.12, verdictWithout: 'better' },
  unfinished: { before: 0, after: 0 },
  needs: null,
  quantiles: null,
  tests: null,
  hodgesLehmann_ms: null,
  cliffsDelta: null,
  differs: [],
  sameMix: null,
  histograms: null,
  seed: 1,
  warnings: [],
}

const MINUTES: ArmsComparison = {
  ...BETTER,
  verdict: 'cannot tell yet',
  reason: 'One side has 1 day, and how much days differ can be told from 3 a side on.',
  change: { ...BETTER.change, interval: null },
  needs: {
    clusters: null,
    days: 3,
    reachable: true,
    betterDesign: 'canary beside baseline: both arms then have the same days',
  },
}

test('a verdict with all that stands behind it', () => {
  expect(
    renderComparison(
      { ...BETTER, judged: 'confirmed', claim: 'one lookup per order', underSetBy: 'route' },
      PLAIN,
    ),
  ).toBe(`Hypothesis: one lookup per order

confirmed: the share of good requests changed by +50.0 pp (95%: +45.0 pp to +55.0 pp).

        requests  customers  days  under 500 ms    95% interval
before     1,234         25     –         40.0%  35.0% to 45.0%
after      1,200         24     –         90.0%  85.0% to 95.0%

Good: answered without an error in less than 500 ms, the target of its route. Smallest change worth
having: 10.0 pp.
What counts is customers (clients, for requests without an account), not requests: they weigh as 21
equal ones. With each customer weighted equally: +49.0 pp. Without the largest (account 1003, 12.0%
of requests): better.`)
})

test('a disproved prediction is settled, also where the change itself can’t be told', () => {
  const text = renderComparison({ ...MINUTES, judged: 'disproved' }, PLAIN)
  expect(text).toMatch(/^disproved: the share of good requests changed by/)
  expect(text).toContain('that was predicted is ruled out.')
  expect(text).not.toMatch(/cannot tell|What would settle/)
})

test('what can’t be told: each reason a line of its own, whole, with one full stop', () => {
  const text = renderComparison(MINUTES, { ...PLAIN, width: 80 })
  expect(text.split('\n\n')[0]).toBe(`cannot tell yet: the share of good requests changed by +50.0 pp.
One side has 1 day, and how much days differ can be told from 3 a side on.
What would settle it: about 3 days a side; better: canary beside baseline: both
arms then have the same days.`)
  for (const width of [60, 80, 100, 200]) {
    const at = renderComparison(MINUTES, { ...PLAIN, width })
    for (const line of at.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width)
    expect(at.replaceAll(/\s+/g, ' ')).toContain('both arms then have the same days.')
    expect(at).not.toMatch(/\.\.|\. \./)
  }
})

test.each([
  [{ clusters: 60, days: null, reachable: true, betterDesign: null }, 'about 60 customers a side.'],
  [
    { clusters: 6, days: 4, reachable: true, betterDesign: null },
    'about 6 customers a side and about 4 days a side.',
  ],
  [
    { clusters: 9000, days: null, reachable: false, betterDesign: null },
    'about 9,000 customers a side, which is out of reach.',
  ],
  [
    { clusters: null, days: null, reachable: false, betterDesign: 'compare it by itself' },
    'better: compare it by itself.',
  ],
  [{ clusters: null, days: null, reachable: false, betterDesign: null }, 'nothing that is known.'],
])('what would settle it: %o', (needs, wanted) => {
  expect(renderComparison({ ...MINUTES, needs }, { ...PLAIN, width: 200 })).toContain(
    `What would settle it: ${wanted}\n`,
  )
})

test.each([
  ['hypothesis', ', as the hypothesis says.'],
  ['story', ', the target of the story.'],
  ['workbook', ', the target of the workbook.'],
  ['p90 before', ', the 90th percentile of the side before, since no target is set.'],
  ['assumed', ', assumed, since whyslow.yaml names no target.'],
])('the threshold of %s is named', (underSetBy, wanted) => {
  expect(renderComparison({ ...BETTER, underSetBy }, { ...PLAIN, width: 200 })).toContain(
    `less than 500 ms${wanted}`,
  )
})

test('what can’t be told is said once', () => {
  const text = renderComparison({ ...MINUTES, judged: 'cannot tell yet', claim: 'x' }, PLAIN)
  expect(text).toMatch(/^Hypothesis: x\n\ncannot tell yet: the share/)
})

test('a side without requests, and text from strangers', () => {
  const none = { requests: 0, clusters: 0, days: null, share: null, interval: null }
  const text = renderComparison(
    {
      ...MINUTES,
      arms: { ...BETTER.arms, after: none },
      change: { ...BETTER.change, value: null, interval: null },
      weightedEqually: null,
      largestCustomer: { cluster: 'account \u001b[2J', share: 1, verdictWithout: 'worse' },
      claim: 'x\u001b[2J',
    },
    PLAIN,
  )
  expect(text).toContain('cannot tell yet.\n')
  expect(text).toMatch(/after +0 +0 +– +– +–/)
  expect(text).not.toContain('\u001b')
  expect(text.replaceAll(/\s+/g, ' ')).toContain('account \\x1b[2J')
})

test('colours say the same as the words', () => {
  const COLOR: Style = { ...PLAIN, color: true }
  expect(renderComparison({ ...BETTER, judged: 'confirmed' }, COLOR)).toContain(
    '\u001b[32mconfirmed\u001b[39m',
  )
  expect(renderComparison({ ...MINUTES, judged: 'cannot tell yet' }, COLOR)).toContain(
    '\u001b[33mcannot tell yet',
  )
})
