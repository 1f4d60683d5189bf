/**
 * The difference of two profiles as one page with two flame graphs: widths by the side after, and by the side before, where what vanished
 * can still be seen. It asks the network for nothing, and may not: its policy forbids every connection.
 */
import type { GraphNode } from '../profilers/diff-profiles.js'
import { escapeMarkup, escapeScript, escapeTerminal } from './escape.js'
import { renderPageHead, renderScript } from './page-head.js'

export interface DiffPage {
  /** Of `templates/diff-flame.*`. */
  script: string
  styles: string
}

export interface DiffFacts {
  title: string
  per: 'request' | 'second'
  /** Names of the sides. */
  before: string
  after: string
}

/** What is narrower than this share on both sides is left out, with all that it called: nobody could see or click it. */
const LEAST_SHARE = 0.0002

export function renderDiffFlame(page: DiffPage, graph: readonly GraphNode[], facts: DiffFacts): string {
  const { title, per, before, after } = facts
  return `${renderPageHead(title, { policy: POLICY, styles: page.styles })}<body>
<h1>${escapeMarkup(title)}</h1>
<p><span class="key" style="background:hsl(5 75% 55%)"></span> took longer
<span class="key" style="background:hsl(215 75% 55%)"></span> took less
<span class="key" style="background:#d4d4d4"></span> within noise, or too small to tell.
Milliseconds per ${per}, each call with what it called; idle time is left out. Click to zoom, Esc for the whole.</p>
<div class="tools"><label>Search <input id="search" type="search" autocomplete="off"></label>
<button id="reset" type="button">Whole graph</button><span id="found" role="status"></span></div>
<noscript>These flame graphs need JavaScript.</noscript>
<h2>Widths by after: ${escapeMarkup(after)}</h2>
<svg id="by-after" role="img" aria-label="Flame graph, widths by after"></svg>
<h2>Widths by before: ${escapeMarkup(before)}</h2>
<svg id="by-before" role="img" aria-label="Flame graph, widths by before"></svg>
<div id="tip" hidden></div>
<script type="application/json" id="graph">${escapeScript(JSON.stringify(packGraph(graph, per)))}</script>
${renderScript(page.script)}
</body>
</html>
`
}

const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"

/** Columns of numbers, and each function once. Callees stand in the order of their names, so that both graphs look alike. */
function packGraph(graph: readonly GraphNode[], per: 'request' | 'second') {
  const byName = listWide(graph, LEAST_SHARE)
  const placeOf = new Map(byName.map((index, place) => [index, place]))
  const frameOf = new Map<string, number>()
  const frames: { name: string; place: string }[] = []
  const intern = ({ function: name, file, line }: GraphNode) => {
    const key = JSON.stringify([name, file, line])
    const known = frameOf.get(key)
    if (known !== undefined) return known
    frameOf.set(key, frames.length)
    const place = file === null ? '' : `${file}${line === null ? '' : `:${line}`}`
    return frames.push({ name: escapeTerminal(name), place: escapeTerminal(place) }) - 1
  }
  const nodes = byName.map(index => graph[index]!)
  const round = (ms: number) => Number(ms.toPrecision(6))
  return {
    unit: `per ${per}`,
    frames,
    parents: nodes.map(({ parent }) => placeOf.get(parent) ?? -1),
    frameOf: nodes.map(intern),
    before: nodes.map(({ before_ms }) => round(before_ms)),
    after: nodes.map(({ after_ms }) => round(after_ms)),
    significant: nodes.map(({ significant }) => (significant ? 1 : 0)),
  }
}

/** Indices of what is as wide as this share or wider on either side, parents first, callees in the order of their names. */
export function listWide(graph: readonly GraphNode[], leastShare: number): number[] {
  const whole = { before: wholeOf(graph, 'before_ms'), after: wholeOf(graph, 'after_ms') }
  const isWide = ({ before_ms, after_ms }: GraphNode) =>
    before_ms >= leastShare * whole.before || after_ms >= leastShare * whole.after
  return sortByName(
    graph,
    graph.flatMap((node, index) => (isWide(node) ? [index] : [])),
  )
}

function wholeOf(graph: readonly GraphNode[], side: 'before_ms' | 'after_ms'): number {
  return graph.reduce((sum, node) => sum + (node.parent < 0 ? node[side] : 0), 0)
}

/** Level by level, so that parents still come first. */
function sortByName(graph: readonly GraphNode[], kept: readonly number[]): number[] {
  const levels: number[][] = []
  const levelOf = new Map<number, number>()
  for (const index of kept) {
    const level = (levelOf.get(graph[index]!.parent) ?? -1) + 1
    levelOf.set(index, level)
    levels[level] ??= []
    levels[level].push(index)
  }
  const name = (index: number) => graph[index]!.function
  return levels.flatMap(level =>
    level.sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : a - b)),
  )
}
