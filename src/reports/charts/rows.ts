/** Charts of rows: a label each, marks on one axis, and the figures at the right, where no two of them can overlap. */
import type { Markish } from '@observablehq/plot'
import { escapeTerminal } from '../escape.js'
import { LETTER, LINE, widthOf } from './axes.js'
import type { Chart } from './chart.js'
import { type ChartWords, drawChart, WIDTH } from './draw-chart.js'
import { ruleX, text } from './plot.js'
import type { ValueAxis } from './value-axis.js'

export interface ChartRow {
  label: string
  /** In words and numbers, at the right. */
  figures: string
}

export interface RowsLayout {
  marginLeft: number
  marginRight: number
  /** Of the plot, in pixels. */
  room: number
  /** Labels stand above their row, since they are long. */
  isAbove: boolean
  /** Of a row, in pixels. */
  rowHeight: number
}

/** Of a label above its row. */
const LABEL_HEIGHT = LINE + 4
const WIDEST_LABEL = 30
const WIDEST_FIGURES = 34
const EDGE = 14

/** `rowHeight`: of the marks alone. Long labels stand above their row, unless they may be shortened. */
export function layOutRows(
  rows: readonly ChartRow[],
  rowHeight: number,
  long: 'above' | 'shorten' = 'above',
): RowsLayout {
  const widest = (name: keyof ChartRow, most: number) =>
    Math.min(most * LETTER, Math.max(0, ...rows.map(row => widthOf(row[name]))))
  const isAbove = long === 'above' && rows.some(({ label }) => [...label].length > WIDEST_LABEL)
  const marginLeft = isAbove ? EDGE : widest('label', WIDEST_LABEL) + EDGE
  const marginRight = widest('figures', WIDEST_FIGURES) + EDGE + 10
  return {
    marginLeft,
    marginRight,
    room: WIDTH - marginLeft - marginRight,
    isAbove,
    rowHeight: rowHeight + (isAbove ? LABEL_HEIGHT : 0),
  }
}

/** Where the middle of a row's marks lies, and a height in pixels, in the unit of the rows. */
export function rowScale({ isAbove, rowHeight }: RowsLayout): {
  middle(row: number): number
  high(pixels: number): number
} {
  const high = (pixels: number) => pixels / rowHeight
  return {
    middle: row => row + (isAbove ? (LABEL_HEIGHT + (rowHeight - LABEL_HEIGHT) / 2) / rowHeight : 0.5),
    high,
  }
}

/** `marks` have the number of their row as y, from 0 on at the top. `above` is drawn over the plot in `aboveHeight` pixels. */
export function drawRows(
  words: ChartWords,
  {
    rows,
    axis,
    layout,
    marks,
    above = [],
    aboveHeight = 0,
  }: {
    rows: readonly ChartRow[]
    axis: ValueAxis
    layout: RowsLayout
    marks: Markish[]
    above?: Markish[]
    aboveHeight?: number
  },
): Chart {
  const { marginLeft, marginRight, isAbove, rowHeight } = layout
  const { middle } = rowScale(layout)
  const marginTop = 8 + aboveHeight
  const marginBottom = 30
  const most = Math.floor((isAbove ? WIDTH - 2 * EDGE : marginLeft - EDGE) / LETTER + 0.01)
  const places = rows.map((row, i) => ({ ...row, i }))
  return drawChart(words, {
    marginLeft,
    marginRight,
    marginTop,
    marginBottom,
    height: marginTop + rows.length * rowHeight + marginBottom,
    x: { type: axis.type, domain: axis.domain, axis: null },
    y: { type: 'linear', domain: [rows.length, 0], axis: null },
    marks: [
      ruleX(
        axis.ticks.map(({ at }) => at),
        { className: 'grid' },
      ),
      text(axis.ticks, {
        x: 'at',
        text: 'label',
        frameAnchor: 'bottom',
        lineAnchor: 'top',
        dy: 8,
        className: 'quiet',
      }),
      ...marks,
      text(places, {
        y: isAbove
          ? ({ i }: { i: number }) => i + (LABEL_HEIGHT - LINE / 2) / rowHeight
          : ({ i }: { i: number }) => middle(i),
        text: ({ label }: ChartRow) => shorten(label, most),
        title: ({ label }: ChartRow) => (shorten(label, most) === label ? null : label),
        frameAnchor: 'left',
        textAnchor: isAbove ? 'start' : 'end',
        dx: isAbove ? 0 : -8,
        className: isAbove ? 'over-lines' : 'label',
      }),
      text(places, {
        y: ({ i }: { i: number }) => middle(i),
        text: 'figures',
        frameAnchor: 'right',
        textAnchor: 'start',
        dx: 14,
      }),
      ...above,
    ],
  })
}

/** As it will be shown: characters that act are wider by their codes. */
export function shorten(label: string, most: number): string {
  const shown = escapeTerminal(label)
  const letters = [...shown]
  return letters.length <= most ? shown : `${letters.slice(0, most - 1).join('')}…`
}
