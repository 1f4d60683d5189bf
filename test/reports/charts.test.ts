import { describe, expect, test } from 'vitest'
import { describeModes, renderHistogram } from '../../src/reports/histogram.js'
import { renderSparkline } from '../../src/reports/sparkline.js'
import { renderDays, renderStrip } from '../../src/reports/strips.js'
import { PLAIN } from '../../src/reports/style.js'

const ASCII = { ...PLAIN, unicode: false }

describe('sparkline', () => {
  test('nothing is a space, anything is a bar, the largest is full', () => {
    expect(renderSparkline([0, 0.001, 4, 8, null], PLAIN)).toBe(' ▁▄█ ')
    expect(renderSparkline([0, 0.001, 4, 8, null], ASCII)).toBe(' .=@ ')
  })
  test('a given top is the full height', () => {
    expect(renderSparkline([1, 2, 9], PLAIN, 4)).toBe('▂▄█')
  })
  test('all zero, or nothing', () => {
    expect(renderSparkline([0, 0], PLAIN)).toBe('  ')
    expect(renderSparkline([], PLAIN)).toBe('')
  })
})

const edges_ms = Array.from({ length: 41 }, (_, i) => 10 ** (i / 10))
const twoPeaks = edges_ms.slice(1).map((_, i) => (i === 12 ? 800 : i === 30 ? 200 : i === 13 ? 100 : 0))

describe('histogram', () => {
  test('a log axis, the target, the peaks', () => {
    const marks = {
      under_ms: 500,
      modes: [
        { ms: 17, share: 0.8 },
        { ms: 1100, share: 0.2 },
      ],
    }
    expect(
      renderHistogram({ edges_ms, counts: twoPeaks }, marks, { ...PLAIN, width: 80 }).split('\n'),
    ).toEqual([
      '                           target 500 ms',
      ' 72.7%             █             ┊',
      '                   █             ┊',
      '                   █             ┊',
      '                   █             ┊',
      '                   █             ┊',
      '                   █             ┊',
      '                   █             ┊   █',
      '                   ██            ┊   █',
      '       ┬─────────┬─▲───────┬─────────▲────────┬',
      '       1 ms      10 ms     100 ms    1 s   10 s',
    ])
  })

  test('twice as wide where there is room', () => {
    const marks = { under_ms: 500, modes: [] }
    const [, first = ''] = renderHistogram({ edges_ms, counts: twoPeaks }, marks, {
      ...PLAIN,
      width: 120,
    }).split('\n')
    expect(first).toContain('██ ')
    expect(first.indexOf('┊')).toBeGreaterThan(50)
  })

  test.each([
    [0.1, /^ +target 0\.1 ms, left of the chart\n/],
    [60_000, /^ +target 1\.0 min →\n/],
  ])('a target of %d ms lies outside, and is named there', (under_ms, expected) => {
    expect(renderHistogram({ edges_ms, counts: twoPeaks }, { under_ms, modes: [] }, PLAIN)).toMatch(expected)
  })

  test('a single value, zeros, and nothing', () => {
    const one = renderHistogram(
      { edges_ms: [10, 20, 40], counts: [0, 5] },
      { under_ms: 15, modes: [] },
      PLAIN,
    )
    expect(one).toContain('100.0%')
    const zeros = renderHistogram({ edges_ms: [0, 1, 10], counts: [5, 5] }, { under_ms: 5, modes: [] }, PLAIN)
    expect(zeros).toContain('50.0%')
    expect(renderHistogram({ edges_ms: [], counts: [] }, { under_ms: 5, modes: [] }, PLAIN)).toBe('')
  })

  test('the smallest count is still seen', () => {
    const chart = renderHistogram(
      { edges_ms: [1, 10, 100], counts: [1_000_000, 1] },
      { under_ms: 1000, modes: [] },
      PLAIN,
    )
    expect(chart).toContain('██▁▁')
  })

  test('ASCII only where Unicode is not to be had', () => {
    const marks = { under_ms: 60_000, modes: [{ ms: 17, share: 1 }] }
    expect(renderHistogram({ edges_ms, counts: twoPeaks }, marks, ASCII)).toMatch(/^[\n -~]*$/)
  })
})

test('modes by name', () => {
  expect(describeModes([])).toBe('')
  expect(describeModes([{ ms: 15, share: 1 }])).toBe('One peak, at 15 ms.')
  expect(
    describeModes([
      { ms: 15, share: 0.7 },
      { ms: 900, share: 0.3 },
    ]),
  ).toBe('Two peaks: 15 ms (70.0% of requests) and 900 ms (30.0% of requests).')
})

describe('strips', () => {
  const cells = [
    { label: 'Mon', requests: 10, underShare: 1 },
    { label: 'Tue', requests: 1000, underShare: 0.999 },
    { label: 'Wed', requests: 10, underShare: 0.5 },
    { label: 'Thu', requests: 10, underShare: 0 },
    { label: 'Fri', requests: 0, underShare: null },
  ]
  test('a bar and a whole percent under each label', () => {
    expect(renderStrip('day', cells, 3, PLAIN)).toBe(
      ['day  Mon Tue Wed Thu Fri', '         ▁▁▁ ▄▄▄ ███', '%      0  <1  50 100   –'].join('\n'),
    )
  })
  test('breaks where the terminal is narrow', () => {
    const lines = renderStrip('day', cells, 3, { ...PLAIN, width: 16 }).split('\n')
    expect(lines).toHaveLength(6)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(16)
  })
  test('no bars where nothing was bad', () => {
    expect(renderStrip('day', cells.slice(0, 1), 3, PLAIN)).toBe('day  Mon\n%      0')
  })
})

describe('days', () => {
  const day = (date: number, underShare: number | null, requests = 100) => ({
    day: `2026-10-${String(date).padStart(2, '0')}`,
    requests,
    underShare,
  })
  test('days without requests are blank, and the worst day is named', () => {
    expect(renderDays([day(5, 0.5), day(6, 1), day(9, 0.9, 50)], PLAIN)).toBe(
      [
        'not good  █   ▂',
        'requests  ██  ▄',
        '2026-10-05 – 2026-10-09, one bar a day · worst 2026-10-05: 50.0% not good of 100 requests',
      ].join('\n'),
    )
  })
  test('more days than columns share a bar', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({
      day: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
      requests: 10,
      underShare: 0.5,
    }))
    const lines = renderDays(many, { ...PLAIN, width: 80 }).split('\n')
    expect(lines[0]!.length).toBeLessThanOrEqual(80)
    expect(lines[2]).toContain('one bar for 5 days')
  })
  test('one day only, and none', () => {
    expect(renderDays([day(5, 0.5)], PLAIN)).toContain('2026-10-05')
    expect(renderDays([], PLAIN)).toBe('')
  })
})
