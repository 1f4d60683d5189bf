/** Tables without borders: aligned columns, a dim head, never wider than the terminal. */
import { type Paint, paint, plain, type Style, truncate, widthOf, wrap } from './style.js'

export interface Column {
  /** A `\n` breaks it into lines, which keeps a column of short numbers narrow. */
  header: string
  /** What the note on dropped columns calls it, where that isn't its header. */
  name?: string
  /** Numbers stand to the right. */
  align?: 'left' | 'right'
  /** When the table is too wide, columns go in this order: 1 first. Without: never. */
  drop?: number
  /** May be cut down to this many characters before any column is dropped. */
  shrinkTo?: number
  /** Which end gives way: the start of a path says less than its end. */
  cut?: 'start' | 'end'
}

export interface PaintedCell {
  text: string
  paint: Paint | undefined
}

/** Text is escaped here, so that callers can't forget it. */
export type Cell = string | PaintedCell

const GAP = '  '
const LEAST_WIDTH = 3

/** The table, and under it the columns that didn't fit, if any. Empty text for no columns. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: Style,
): string {
  const { head, line, dropped } = layoutTable(columns, rows, style)
  return [...head, ...rows.map(line), ...(dropped === null ? [] : [dropped])].join('\n')
}

export interface TableLayout {
  head: string[]
  /** A row as a line. */
  line(row: readonly Cell[]): string
  /** The line that names the columns that didn't fit; null when all did. */
  dropped: string | null
}

/** Columns as wide as all of `rows` need, for who shows only some of them at a time. */
export function layoutTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: Style,
): TableLayout {
  const headers = columns.map(column => column.header.split('\n').map(line => plain(style, line)))
  const natural = columns.map((_, i) => {
    const texts = new Set(rows.map(row => textOf(row[i] ?? '')))
    const least = Math.max(0, ...headers[i]!.map(widthOf))
    return [...texts].reduce((widest, text) => Math.max(widest, measure(style, text)), least)
  })
  const { kept, dropped } = chooseColumns(columns, natural, style.width)
  const widths = fitWidths(columns, natural, kept, style.width)
  return {
    head: renderHead(columns, headers, kept, widths, style),
    line: row =>
      join(
        kept.map(i =>
          align(style, plain(style, textOf(row[i] ?? '')), widths[i]!, columns[i]!, paintOf(row[i])),
        ),
      ),
    dropped:
      dropped.length > 0
        ? describeDropped(
            dropped.map(i => columns[i]!),
            style,
          )
        : null,
  }
}

/** Of plain ASCII, which most cells are, it is known without a look at each character: there may be ten thousand of them. */
function measure(style: Style, text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : widthOf(plain(style, text))
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

function chooseColumns(
  columns: readonly Column[],
  natural: number[],
  width: number,
): { kept: number[]; dropped: number[] } {
  let kept = columns.map((_, i) => i)
  const least = (i: number) => Math.min(natural[i]!, columns[i]!.shrinkTo ?? natural[i]!)
  const order = kept
    .filter(i => columns[i]!.drop !== undefined)
    .sort((a, b) => columns[a]!.drop! - columns[b]!.drop!)
  const dropped: number[] = []
  for (const next of order) {
    if (totalOf(kept.map(least)) <= width) break
    kept = kept.filter(i => i !== next)
    dropped.push(next)
  }
  return { kept, dropped: dropped.sort((a, b) => a - b) }
}

/** The shrinking column gives up what is too much; where that isn't enough, the widest columns do. */
function fitWidths(columns: readonly Column[], natural: number[], kept: number[], width: number): number[] {
  const widths = [...natural]
  for (const i of kept) {
    const least = columns[i]!.shrinkTo
    if (least === undefined) continue
    const excess = Math.max(totalOf(kept.map(k => widths[k]!)) - width, 0)
    widths[i] = Math.max(widths[i]! - excess, Math.min(least, widths[i]!))
  }
  while (totalOf(kept.map(k => widths[k]!)) > width) {
    const widest = kept.toSorted((a, b) => widths[b]! - widths[a]!)[0]
    if (widest === undefined || widths[widest]! <= LEAST_WIDTH) break
    widths[widest]! -= 1
  }
  return widths
}

function totalOf(widths: number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(widths.length - 1, 0)
}

function renderHead(
  columns: readonly Column[],
  headers: string[][],
  kept: number[],
  widths: number[],
  style: Style,
): string[] {
  const height = Math.max(0, ...kept.map(i => headers[i]!.length))
  return Array.from({ length: height }, (_, line) => {
    const parts = kept.map(i => {
      const own = headers[i]!
      return align(style, own[line - (height - own.length)] ?? '', widths[i]!, columns[i]!)
    })
    return paint(style, 'dim', join(parts))
  })
}

function align(style: Style, text: string, width: number, column: Column, how?: Paint): string {
  const fitting = truncate(style, text, width, column.cut)
  const padding = ' '.repeat(Math.max(width - widthOf(fitting), 0))
  const painted = how === undefined ? fitting : paint(style, how, fitting)
  return column.align === 'right' ? padding + painted : painted + padding
}

function paintOf(cell: Cell | undefined): Paint | undefined {
  return cell === undefined || typeof cell === 'string' ? undefined : cell.paint
}

function join(parts: string[]): string {
  return parts.join(GAP).trimEnd()
}

function describeDropped(columns: Column[], style: Style): string {
  const names = columns
    .map(column => plain(style, column.name ?? column.header.replaceAll('\n', ' ')))
    .join(', ')
  return paint(style, 'dim', wrap(style, `Too narrow for: ${names}.`))
}
