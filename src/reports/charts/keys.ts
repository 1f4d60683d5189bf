/** What the looks of a chart mean, in a line above it. */
import type { Markish } from '@observablehq/plot'
import { LINE, widthOf } from './axes.js'
import { dot, text } from './plot.js'

export interface Key {
  /** Of the mark. */
  className: string
  symbol: 'square' | 'circle' | 'triangle'
  rotate?: number
  text: string
}

export const KEYS_HEIGHT = LINE + 8

/** `line` counts from the plot up; it is as high as `KEYS_HEIGHT`. */
export function drawKeys(keys: readonly Key[], above = 0): Markish[] {
  let x = 0
  return keys.flatMap(({ className, symbol, rotate = 0, text: label }) => {
    const start = x
    x += 18 + widthOf(label) + 18
    const place = { frameAnchor: 'top-left' as const, dy: -above - 14 }
    return [
      dot([label], { ...place, dx: start + 6, r: 5, symbol, rotate, fill: 'currentColor', className }),
      text([label], {
        ...place,
        dx: start + 16,
        textAnchor: 'start',
        lineAnchor: 'middle',
        text: (one: string) => one,
        className: 'quiet',
      }),
    ]
  })
}
