/** Numbers as a row of small bars. */
import type { Style } from './style.js'

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII = ['.', ':', '-', '=', '+', '*', '#', '@']

/** One character a value, the largest (or `max`) full height. Nothing is a space; anything more than nothing is at least the lowest bar. */
export function renderSparkline(values: readonly (number | null)[], style: Style, max?: number): string {
  const top = max ?? Math.max(0, ...values.map(value => value ?? 0))
  return values.map(value => bar(value, top, style)).join('')
}

function bar(value: number | null, top: number, style: Style): string {
  if (value === null || !(value > 0) || !(top > 0)) return ' '
  const ramp = style.unicode ? BLOCKS : ASCII
  const step = Math.ceil((Math.min(value, top) / top) * ramp.length)
  return ramp[Math.min(Math.max(step, 1), ramp.length) - 1]!
}
