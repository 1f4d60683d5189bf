/** A flame graph as a picture for tickets and pages: SVG 1.1 in one file, without scripts, that says what it shows also when it is read out. */
import type { FlameGraph, FlameNode } from '../profilers/flame.js'
import { formatAmount, formatCount, formatShare } from '../units.js'
import { escapeMarkup } from './escape.js'
import { colourOfGroup, coloursIn, GROUP_NAMES, type GroupColour } from './flame-groups.js'
import { type FlameBox, type FlameRow, foldRows, layRows, nameFrame } from './flame-rows.js'
import { PLAIN, truncate, widthOf } from './style.js'

export interface PictureText {
  /** One line: what it is a profile of. */
  title: string
  /** When, for how long, with what. */
  subtitle: string
}

const WIDTH = 1200
const MARGIN = 12
const COLUMNS = WIDTH - 2 * MARGIN
const ROW = 18
const HEAD = 76
const MOST_ROWS = 60
/** What trackers and reviews still show, and a repository can hold one of for each capture. */
const MOST_BYTES = 190_000
/** Of a monospace font of 12 px. */
const LETTER = 7.3
const LONGEST_PLACE = 120

/** Dark letters on each of them, on a light page and on a dark one: contrast 7:1 or more. */
export const FLAME_FILLS: Record<GroupColour, string> = {
  own: '#ffb454',
  dependency: '#8fc7f2',
  node: '#a2d9a0',
  gc: '#f79b92',
  native: '#cdced6',
  whyslow: '#dcb4ee',
}

/** Narrow calls, then deep ones, give way until it is small enough; the picture says how many are missing. */
export function renderFlameSvg(flame: FlameGraph, text: PictureText): string {
  const { rows } = layRows(flame, COLUMNS)
  for (let narrowest = 1; ; narrowest *= 2) {
    const wide = rows
      .map(row => row.filter(box => box.end - box.start >= narrowest))
      .filter(row => row.length > 0)
    const svg = drawPicture(foldRows(wide, COLUMNS, MOST_ROWS), flame, text)
    if (Buffer.byteLength(svg) <= MOST_BYTES || narrowest > COLUMNS) return svg
  }
}

function drawPicture(rows: FlameRow[], flame: FlameGraph, { title, subtitle }: PictureText): string {
  const drawn = rows.reduce((sum, row) => sum + ('boxes' in row ? row.boxes.length : 0), 0)
  const missing = flame.nodes.length + flame.narrow - drawn
  const height = HEAD + (rows.length + 1) * ROW + 30
  const foot =
    missing === 0
      ? ''
      : `${formatCount(missing)} calls are not drawn: too narrow, or on levels that are folded.`
  const whole = `all ${formatAmount(flame.total, flame.unit)}`
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escapeMarkup(`Flame graph: ${title}`)}</title>`,
    `<desc id="description">${escapeMarkup(describeGraph(flame, subtitle))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text class="title" x="${MARGIN}" y="24">${escapeMarkup(fit(title, COLUMNS, 9))}</text>`,
    `<text class="quiet" x="${MARGIN}" y="44">${escapeMarkup(fit(subtitle, COLUMNS, LETTER))}</text>`,
    ...drawLegend(flame),
    flame.nodes.length === 0
      ? ''
      : drawBox(whole, { x: MARGIN, y: HEAD, width: COLUMNS, colour: 'all', hint: whole }),
    ...rows.map((row, index) => drawRow(row, HEAD + (index + 1) * ROW, flame)),
    `<text class="quiet" x="${MARGIN}" y="${height - 12}">${foot}</text>`,
    '</svg>',
  ]
  return `${lines.filter(line => line !== '').join('\n')}\n`
}

function drawRow(row: FlameRow, y: number, flame: FlameGraph): string {
  if ('boxes' in row) return row.boxes.map(box => drawCall(box, y, flame)).join('\n')
  const what = row.deepest ? 'deeper levels' : 'levels like the one above'
  const names = `${nameFrame(row.first.frame)} … ${nameFrame(row.last.frame)}`
  const text = fit(`⋮ ${formatCount(row.levels)} ${what}: ${names}`, COLUMNS, LETTER)
  return `<text class="quiet" x="${MARGIN + 3}" y="${y + 13}">${escapeMarkup(text)}</text>`
}

function drawCall({ node, start, end }: FlameBox, y: number, flame: FlameGraph): string {
  const name = nameFrame(node.frame)
  return drawBox(name, {
    x: MARGIN + start,
    y,
    width: end - start,
    colour: colourOfGroup(node.group),
    hint: `${describePlace(node)}: ${describeAmounts(node, flame)}`,
  })
}

function drawBox(
  name: string,
  { x, y, width, colour, hint }: { x: number; y: number; width: number; colour: string; hint: string },
): string {
  const label = fit(name, width - 6, LETTER)
  const text = label.length < 2 ? '' : `<text x="${x + 3}" y="${y + 13}">${escapeMarkup(label)}</text>`
  return `<g><title>${escapeMarkup(hint)}</title><rect class="${colour}" x="${x}" y="${y}" width="${width}" height="${ROW}"/>${text}</g>`
}

/** `layoutPages, layout.js:12 (own code)`. */
export function describePlace({ frame, group }: Pick<FlameNode, 'frame' | 'group'>): string {
  const line = frame.line === null ? '' : `:${frame.line}`
  const place = frame.file === null ? '' : `, ${truncate(PLAIN, frame.file, LONGEST_PLACE, 'start')}${line}`
  return `${truncate(PLAIN, frame.function, LONGEST_PLACE)}${place} (${group})`
}

/** `1.39 s, 94.5%; itself 1.2 s`. */
export function describeAmounts({ self, total }: FlameNode, flame: FlameGraph): string {
  const amount = (value: number): string => formatAmount(value, flame.unit)
  return `${amount(total)}, ${formatShare(total / flame.total)}; itself ${amount(self)}`
}

export function describeGraph(flame: FlameGraph, subtitle: string): string {
  if (flame.nodes.length === 0) return `${subtitle}. There is nothing to show.`
  const top = flame.nodes.filter(node => node.self > 0).sort((a, b) => b.self - a.self)
  const hottest = top
    .slice(0, 3)
    .map(
      node =>
        `${truncate(PLAIN, nameFrame(node.frame), LONGEST_PLACE)} ${formatShare(node.self / flame.total)}`,
    )
  return `${subtitle}. Each box is a call, under its caller, as wide as its share. Most was spent in: ${hottest.join(', ')}.`
}

function drawLegend({ nodes }: FlameGraph): string[] {
  let x = MARGIN
  return coloursIn(nodes.map(node => node.group)).map(colour => {
    const name = GROUP_NAMES[colour]
    const mark = `<rect class="${colour}" x="${x}" y="54" width="14" height="14"/>`
    const text = `<text class="quiet" x="${x + 20}" y="65">${name}</text>`
    x += 36 + Math.ceil(name.length * LETTER)
    return mark + text
  })
}

/** Cut so that it is no wider than `pixels`; empty where not even a letter fits. */
export function fit(text: string, pixels: number, letter: number): string {
  const letters = Math.floor(pixels / letter)
  return letters < 1 ? '' : widthOf(text) <= letters ? text : truncate(PLAIN, text, letters)
}

const STYLE = [
  'text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1b1b1f}',
  '.title{font-size:15px;font-weight:600}',
  '.page,rect{stroke:#fff;stroke-width:.6}',
  '.page{fill:#fff}.quiet{fill:#55555e}.all{fill:#e6e6ea}',
  ...Object.entries(FLAME_FILLS).map(([name, fill]) => `.${name}{fill:${fill}}`),
  '@media(prefers-color-scheme:dark){',
  '.page{fill:#17171a}.page,rect{stroke:#17171a}.title{fill:#f0f0f4}.quiet{fill:#a9a9b4}',
  '}',
].join('')
