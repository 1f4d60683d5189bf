/** Labels above a plot that don't overlap each other, in lines. */
import type { Markish } from '@observablehq/plot'
import { LINE, widthOf } from './axes.js'
import { WIDTH } from './draw-chart.js'
import { text } from './plot.js'

export interface Label {
  /** Of the middle, in pixels. */
  x: number
  text: string
  className?: string
}

export interface PlacedLabel extends Label {
  /** The lowest is 0. */
  line: number
}

/** Moved to the right of `left` and into the picture where they would stand out of it. The first ones get the lowest lines. */
export function placeLabels(labels: readonly Label[], left: number): PlacedLabel[] {
  const placed: PlacedLabel[] = []
  for (const label of labels) {
    const half = widthOf(label.text) / 2
    const x = Math.min(Math.max(label.x, left + half), WIDTH - half - 2)
    const overlaps = (line: number) =>
      placed.some(other => other.line === line && Math.abs(other.x - x) < half + widthOf(other.text) / 2 + 10)
    let line = 0
    while (overlaps(line)) line += 1
    placed.push({ ...label, x, line })
  }
  return placed
}

/** The room that they need above the plot. */
export function heightOf(placed: readonly PlacedLabel[]): number {
  return placed.reduce((most, { line }) => Math.max(most, line + 1), 0) * LINE
}

/** `marginLeft` is the chart's. */
export function drawLabels(placed: readonly PlacedLabel[], marginLeft: number): Markish[] {
  return placed.map(({ x, text: label, line, className }) =>
    text([label], {
      frameAnchor: 'top-left',
      textAnchor: 'middle',
      lineAnchor: 'bottom',
      dx: x - marginLeft,
      dy: -5 - line * LINE,
      text: (one: string) => one,
      ...(className === undefined ? {} : { className }),
    }),
  )
}
