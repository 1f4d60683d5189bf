/** Days on an axis: days, weeks, months or years, whichever have room. */
import type { Markish } from '@observablehq/plot'
import { DAY_MS } from '../../units.js'
import { widthOf } from './axes.js'
import { text } from './plot.js'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `2026-10-05` as a number of days. */
export function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS
}

export interface DayTick {
  day: number
  label: string
}

/** Below the axis. */
export function drawDayTicks(ticks: DayTick[]): Markish {
  return text(ticks, {
    x: 'day',
    text: 'label',
    frameAnchor: 'bottom',
    lineAnchor: 'top',
    dy: 9,
    className: 'quiet',
  })
}

/** `room`: pixels from the first to the last day. */
export function chooseDayTicks(first: number, last: number, room: number): DayTick[] {
  const each = room / (last - first + 1)
  const daily = [1, 2, 7, 14].map(step => ({ step, list: () => listSteps(first, last, step) }))
  const monthly = [1, 3, 6, 12, 60, 120].map(months => ({
    step: months * 30,
    list: () => listMonths(first, last, months),
  }))
  for (const { step, list } of [...daily, ...monthly]) {
    if (step * each < widthOf('Mar 2026')) continue
    const ticks = list()
    if (ticks.length > 0) return ticks
  }
  return [{ day: first, label: nameDay(first) }]
}

function listSteps(first: number, last: number, step: number): DayTick[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step).map(
    day => ({
      day,
      label: nameDay(day),
    }),
  )
}

function listMonths(first: number, last: number, months: number): DayTick[] {
  const ticks: DayTick[] = []
  const date = new Date(first * DAY_MS)
  for (let month = date.getUTCFullYear() * 12 + date.getUTCMonth(); ; month += 1) {
    const day = Date.UTC(Math.floor(month / 12), month % 12, 1) / DAY_MS
    if (day > last) return ticks
    if (day >= first && month % months === 0)
      ticks.push({ day, label: `${MONTHS[month % 12]} ${Math.floor(month / 12)}` })
  }
}

function nameDay(day: number): string {
  const date = new Date(day * DAY_MS)
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`
}
