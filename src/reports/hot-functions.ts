/** Functions by what they took, in the one table that all reports of profiles have. */
import { formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import type { Style } from './style.js'
import { type Column, renderTable } from './table.js'

export type Unit = 'ms' | 'bytes' | 'samples'

interface Place {
  function: string
  file: string | null
  line: number | null
  group: string
}

export interface ShownFunction extends Place {
  self: number
  total: number
}

/** As results have it: the unit stands in the names. */
export type NamedAmounts = Place & { [name in `self_${Unit}` | `total_${Unit}`]?: number }

export function readAmounts<T extends NamedAmounts>(one: T, unit: Unit): T & ShownFunction {
  return { ...one, self: one[`self_${unit}`] ?? 0, total: one[`total_${unit}`] ?? 0 }
}

/** A line a file. */
export function describeFlameGraphs(
  { flameGraphs }: { flameGraphs: string[] },
  show: (file: string) => string,
): string[] {
  return flameGraphs.map(file => `Flame graph: ${escapeTerminal(show(file))}`)
}

export interface HotTable {
  /** What shares are of; null or 0: unknown. */
  whole: number | null
  /** The header of the shares. */
  share: string
  /** Amounts in the profile's unit. */
  format: (amount: number) => string
  /** Which end of a place gives way. */
  cut?: Column['cut']
  /** Behind the others, one cell a function. */
  last?: { column: Column; cell: (one: ShownFunction) => string }
}

/** `show` shortens a path for this terminal. */
export function renderHotFunctions(
  functions: readonly ShownFunction[],
  { whole, share, format, cut = 'start', last }: HotTable,
  show: (file: string) => string,
  style: Style,
): string {
  return renderTable(
    [
      { header: 'function', shrinkTo: 16 },
      { header: 'where', shrinkTo: 14, drop: 2, cut },
      { header: 'group', drop: 1 },
      { header: 'self', align: 'right' },
      { header: share, align: 'right' },
      { header: 'total', align: 'right' },
      ...(last ? [last.column] : []),
    ],
    functions.map(one => [
      one.function || '(anonymous)',
      showPlace(one, show),
      one.group,
      format(one.self),
      formatShare(whole ? one.self / whole : null),
      format(one.total),
      ...(last ? [last.cell(one)] : []),
    ]),
    style,
  )
}

export function showPlace(
  { file, line }: Pick<ShownFunction, 'file' | 'line'>,
  show: (file: string) => string,
): string {
  return file ? `${show(file)}${line ? `:${line}` : ''}` : '–'
}
