import { describe, expect, test } from 'vitest'
import { PLAIN, widthOf } from '../../src/reports/style.js'
import { renderWeek, type WeekHour } from '../../src/reports/week-map.js'

const WIDTH = { ...PLAIN, width: 60 }

function hour(weekday: number, at: number, share: number | null, requests = 100): WeekHour {
  return { weekday, hour: at, requests, underShare: share === null ? null : 1 - share }
}

describe('the hours of the week', () => {
  const week = [
    hour(1, 0, 0),
    hour(1, 9, 0.04),
    hour(2, 9, 0.08),
    hour(3, 9, 0.12),
    hour(4, 9, 0.16),
    hour(5, 23, null),
    hour(7, 3, 1, 2),
  ]

  test('each in its place, the darker the worse; a lone slow request at night sets no scale', () => {
    expect(renderWeek(week, WIDTH)).toBe(
      [
        '    0     3     6     9     12    15    18    21',
        `Mon ··${' '.repeat(16)}░░`,
        `Tue ${' '.repeat(18)}▒▒`,
        `Wed ${' '.repeat(18)}▓▓`,
        `Thu ${' '.repeat(18)}██`,
        `Fri ${' '.repeat(46)}??`,
        'Sat',
        'Sun       ██',
        '· 0%  ░ to 4.0%  ▒ to 8.0%  ▓ to 12.0%  █ more  ? not known',
        'blank: no requests',
        'worst Thu 9:00–10:00: 16.0% not good of 100 requests',
      ].join('\n'),
    )
  })

  test('in plain ASCII, too', () => {
    const text = renderWeek(week, { ...WIDTH, unicode: false })
    expect(text).toMatch(/^[\n -~]*$/)
    expect(text).toContain(`Wed ${' '.repeat(18)}xx`)
    expect(text).toContain('. 0%  - to 4.0%  + to 8.0%  x to 12.0%  # more')
  })

  test('in colour the same marks', () => {
    const text = renderWeek(week, { ...WIDTH, color: true })
    expect(text).toContain('\u001b[33m▒▒')
    expect(text.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderWeek(week, WIDTH))
  })

  test('a whole week is at most 60 columns wide', () => {
    const whole = Array.from({ length: 168 }, (_, i) => hour(Math.floor(i / 24) + 1, i % 24, i / 167))
    for (const line of renderWeek(whole, WIDTH).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(60)
  })

  test('where all was good, there is no scale and no worst hour', () => {
    expect(
      renderWeek([hour(1, 0, 0)], WIDTH)
        .split('\n')
        .slice(-1),
    ).toEqual(['· 0%  blank: no requests'])
    expect(renderWeek([], WIDTH)).toBe('')
  })
})
