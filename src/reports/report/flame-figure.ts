/**
 * A flame graph on a page: boxes that are there without script, and beside them the same calls as data, from which the page’s own script draws
 * what is zoomed into. Of a difference both directions, so that what vanished can be seen.
 */
import type { FlameGraph, FlameNode } from '../../profilers/flame.js'
import { formatCount } from '../../units.js'
import { escapeMarkup, escapeScript, escapeTerminal } from '../escape.js'
import { foldRows, layRows, nameFrame } from '../flame-rows.js'
import { fit } from '../flame-svg.js'
import { PLAIN, truncate } from '../style.js'
import { html, Markup } from './markup.js'

/** One picture of a flame figure. */
export interface FlameSide {
  /** Above the picture; null where there is one only. */
  title: string | null
  /** What it shows in words. */
  description: string
  /** All sides of a figure have the same calls in the same order; one that took nothing on this side has the width 0. */
  flame: FlameGraph
}

export interface FlameCall {
  /** Its class. */
  look: string
  /** What is written before its name. */
  mark: string
  /** What it is, and how much it took: both are said of a call that is pointed at. */
  place: string
  amounts: string
}

export interface FlameFigure {
  /** Kebab-case; each once in a page. */
  id: string
  /** What its colours mean: a class and a word each. */
  legend: readonly (readonly [look: string, name: string])[]
  describe: (node: FlameNode, index: number) => FlameCall
  sides: readonly FlameSide[]
}

const WIDTH = 976
const ROW = 18
const MOST_ROWS = 60
const MOST_BYTES = 110_000
/** Of a monospace font of 11.5 px. */
const LETTER = 7
const LONGEST_NAME = 100

export function renderFlame({ id, legend, describe, sides }: FlameFigure): Markup {
  const whole = sides[0]!.flame
  if (whole.nodes.length === 0) return html`<p>There is nothing to draw.</p>`
  const indexOf = new Map(
    sides.flatMap(({ flame }) => flame.nodes.map((node, index) => [node, index] as const)),
  )
  const pictures = sides.map(({ title, description, flame }, side) => {
    const text = { id: `${id}-${side}`, description }
    const svg = new Markup(drawSmall(flame, text, node => describe(node, indexOf.get(node)!)))
    return title === null
      ? svg
      : html`<p class="side">${title}</p>
${svg}`
  })
  const keys = legend.map(([look, name]) => html`<li><span class="key ${look}"></span> ${name}</li>`)
  return html`<div class="flame" id="${id}">
<ul class="legend">${keys}</ul>
<div class="tools" hidden><label>Search <input type="search" autocomplete="off"></label>
<button type="button" disabled>Whole graph</button><output></output></div>
<p class="detail" hidden>Click or Enter zooms in, arrows move, Esc shows the whole.</p>
${pictures}
<script type="application/json">${new Markup(escapeScript(JSON.stringify(packFlame(sides, describe))))}</script>
</div>`
}

type DrawnCall = (node: FlameNode) => FlameCall

/** Narrow calls, then deep ones, give way until it is small enough; the picture says how many are missing. */
function drawSmall(flame: FlameGraph, text: { id: string; description: string }, call: DrawnCall): string {
  const { rows } = layRows(flame, WIDTH)
  for (let narrowest = 1; ; narrowest *= 2) {
    const wide = rows
      .map(row => row.filter(box => box.end - box.start >= narrowest))
      .filter(row => row.length > 0)
    const svg = drawFlame(foldRows(wide, WIDTH, MOST_ROWS), flame, text, call)
    if (Buffer.byteLength(svg) <= MOST_BYTES || narrowest > WIDTH) return svg
  }
}

function drawFlame(
  rows: ReturnType<typeof foldRows>,
  flame: FlameGraph,
  { id, description }: { id: string; description: string },
  call: DrawnCall,
): string {
  const drawn = rows.reduce((sum, row) => sum + ('boxes' in row ? row.boxes.length : 0), 0)
  const missing = flame.nodes.filter(({ total }) => total > 0).length + flame.narrow - drawn
  const left =
    missing > 0
      ? ` ${formatCount(missing)} calls are not drawn: too narrow, or on levels that are folded.`
      : ''
  const lines = rows.map((row, index) => {
    const y = index * ROW
    if (!('boxes' in row)) {
      const what = row.deepest ? 'deeper levels' : 'levels like the one above'
      const names = `${nameFrame(row.first.frame)} … ${nameFrame(row.last.frame)}`
      return `<text class="folded" x="3" y="${y + 13}">${escapeMarkup(fit(`⋮ ${formatCount(row.levels)} ${what}: ${names}`, WIDTH, LETTER))}</text>`
    }
    return row.boxes
      .map(({ node, start, end }) => {
        const { look, mark, place, amounts } = call(node)
        const label = fit(`${mark}${nameFrame(node.frame)}`, end - start - 6, LETTER)
        const name =
          label.length < 2 ? '' : `<text x="${start + 3}" y="${y + 13}">${escapeMarkup(label)}</text>`
        return `<g class="${look}"><title>${escapeMarkup(`${place}: ${amounts}`)}</title><rect x="${start}" y="${y}" width="${end - start}" height="${ROW}"/>${name}</g>`
      })
      .join('\n')
  })
  const height = Math.max(1, rows.length) * ROW
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}">
<desc id="${id}">${escapeMarkup(`${description}${left}`)}</desc>
${lines.join('\n')}
</svg>`
}

/** What is narrower on all sides couldn’t be clicked, even zoomed into what is around it. */
const MOST_CALLS = 1_500

/** Columns of numbers, and each text once. Parents come first. */
function packFlame(sides: readonly FlameSide[], describe: FlameFigure['describe']) {
  const { nodes } = sides[0]!.flame
  const widest = nodes.map((_, index) => Math.max(...sides.map(({ flame }) => flame.nodes[index]!.width)))
  const least = widest.toSorted((a, b) => b - a)[MOST_CALLS - 1] ?? 0
  const kept = nodes.flatMap((_, index) => (widest[index]! >= least && widest[index]! > 0 ? [index] : []))
  const positionOf = new Map(kept.map((index, position) => [index, position]))
  const texts = new Map<string, number>()
  const intern = (text: string) => {
    const known = texts.get(text) ?? texts.size
    texts.set(text, known)
    return known
  }
  const calls = kept.map(index => ({ ...nodes[index]!, ...describe(nodes[index]!, index) }))
  const columns = {
    parents: calls.map(({ parent }) => positionOf.get(parent) ?? -1),
    names: calls.map(({ mark, frame }) =>
      intern(escapeTerminal(mark + truncate(PLAIN, nameFrame(frame), LONGEST_NAME))),
    ),
    looks: calls.map(({ look }) => intern(look)),
    places: calls.map(({ place }) => intern(escapeTerminal(place))),
    amounts: calls.map(({ amounts }) => intern(amounts)),
  }
  const widths = sides.map(({ flame }) => kept.map(index => Number(flame.nodes[index]!.width.toPrecision(5))))
  return { texts: [...texts.keys()], ...columns, widths }
}
