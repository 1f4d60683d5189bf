/** Axes of charts: round ticks in their unit, as many as have room, with grid lines behind the marks. */
import type { Markish } from '@observablehq/plot'
import { formatPromise } from '../../units.js'
import { COARSE_TICKS, FINE_TICKS } from '../log-axis.js'
import { formatRound } from '../times.js'
import { WIDTH } from './draw-chart.js'
import { ruleX, ruleY, text } from './plot.js'

/** Of a letter of a label, on the wide side: nobody can measure text here. */
export const LETTER = 6.8
export const LINE = 16

/** From the edges of the picture to the plot. */
export interface Margins {
  marginLeft: number
  marginRight: number
}

export interface TimeAxis {
  scale: { type: 'log'; domain: [number, number]; axis: null }
  ticks: number[]
  /** Where a time stands, in pixels; within the plot, whatever it is. */
  at(ms: number): number
}

/** On a log scale. `low` is above 0. */
export function timeAxis(low: number, high: number, { marginLeft, marginRight }: Margins): TimeAxis {
  const domain: [number, number] = high > low ? [low, high] : [low / 2, low * 2]
  const length = Math.log(domain[1] / domain[0])
  const room = WIDTH - marginLeft - marginRight
  const at = (ms: number) =>
    marginLeft + (Math.log(Math.min(Math.max(ms, domain[0]), domain[1]) / domain[0]) / length) * room
  return { scale: { type: 'log', domain, axis: null }, ticks: chooseTicks(domain, at), at }
}

function chooseTicks([low, high]: [number, number], at: (ms: number) => number): number[] {
  for (const list of [FINE_TICKS, COARSE_TICKS]) {
    const inside = list.filter(ms => ms >= low && ms <= high)
    const hasRoom = inside.every(
      (ms, i) => i === 0 || at(ms) - at(inside[i - 1]!) > widthOf(formatRound(ms)) + LETTER,
    )
    if (inside.length > 1 && hasRoom) return inside
  }
  return [low, high]
}

export function widthOf(label: string): number {
  return [...label].length * LETTER
}

export function drawTimeAxis({ ticks }: TimeAxis): Markish[] {
  return [
    ruleX(ticks, { className: 'grid' }),
    text(ticks, {
      x: (ms: number) => ms,
      text: (ms: number) => formatRound(ms),
      frameAnchor: 'bottom',
      lineAnchor: 'top',
      dy: 9,
      className: 'quiet',
    }),
  ]
}

/** Round shares from 0 on, at most five of them. */
export function shareTicks(top: number): number[] {
  const step = roundStep(top / 4)
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) =>
    Number((i * step).toPrecision(6)),
  )
}

/** The smallest round step of at least this much. */
export function roundStep(least: number): number {
  const size = 10 ** Math.floor(Math.log10(least))
  return [1, 2, 5, 10].map(factor => factor * size).find(one => one >= least * (1 - 1e-9))!
}

/** Shares upwards, over a line at 0. */
export function drawShareAxis(ticks: readonly number[]): Markish[] {
  return [
    ruleY(
      ticks.filter(tick => tick > 0),
      { className: 'grid' },
    ),
    text(ticks, {
      y: (share: number) => share,
      text: (share: number) => formatPromise(share),
      frameAnchor: 'left',
      textAnchor: 'end',
      dx: -8,
      className: 'quiet',
    }),
  ]
}
