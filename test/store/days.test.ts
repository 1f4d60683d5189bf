import { expect, test } from 'vitest'
import { dayOf, plusDays, startOfDay } from '../../src/store/days.js'

test.each([
  ['2026-10-05', 'UTC', '2026-10-05T00:00:00Z'],
  ['2026-10-05', 'Europe/Berlin', '2026-10-04T22:00:00Z'],
  ['2026-12-05', 'Europe/Berlin', '2026-12-04T23:00:00Z'],
  ['2026-10-05', 'America/Los_Angeles', '2026-10-05T07:00:00Z'],
  ['2026-10-05', 'Pacific/Kiritimati', '2026-10-04T10:00:00Z'],
  ['2026-10-05', 'Asia/Kathmandu', '2026-10-04T18:15:00Z'],
  // Clocks go from midnight to one o’clock.
  ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00Z'],
])('the first instant of %s in %s', (day, timezone, start) => {
  expect(startOfDay(day, timezone)).toBe(start)
  expect(dayOf(start, timezone)).toBe(day)
  expect(dayOf(Date.parse(start) - 1, timezone)).toBe(plusDays(day, -1))
})
