/** Ways to add an entry to a mapping or a list, and to take one out: each a whole new text, best first. */
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { YamlPath } from './yaml-nodes.js'
import { findSpot, placeValue, type Spot } from './yaml-place.js'
import { type Layout, layoutsFor, renderFlows, renderItem, renderPair } from './yaml-render.js'
import {
  colonOf,
  columnOf,
  contentEnd,
  dashOf,
  entryStart,
  hasText,
  keyStart,
  lineBreakOf,
  skipComments,
} from './yaml-text.js'

export function placeNewPair(text: string, spot: Spot, key: string, value: unknown): string[] {
  const map = spot.node
  if (!isMap(map)) return []
  if (map.items.length === 0) return placeValue(text, spot, { [key]: value })
  if (map.flow)
    return insertBehind(
      text,
      map,
      map.items.length,
      renderFlows({ [key]: value }).map(entry => entry.slice(1, -1)),
    )
  const first = keyStart(map.items[0]!)
  if (first === undefined) return []
  const indent = columnOf(text, first)
  const layout = { indent, eol: lineBreakOf(text) }
  const end = contentEnd(text, map, map.range?.[0] ?? 0)
  const places = [skipComments(text, end, Math.max(indent, 1)), end]
  return layoutsFor([key, value], layout).flatMap(each =>
    insertLines(text, places, renderPair(key, value, each), each.eol),
  )
}

export function placeNewItems(text: string, spot: Spot, at: number, values: unknown[]): string[] {
  const list = spot.node
  if (!isSeq(list)) return []
  if (list.items.length === 0) return placeValue(text, spot, values)
  if (list.flow)
    return insertBehind(
      text,
      list,
      at,
      renderFlows(values).map(entries => entries.slice(1, -1)),
    )
  const dash = dashOf(list, Math.min(at, list.items.length - 1))
  if (dash === undefined) return []
  const indent = columnOf(text, dash)
  const layouts = layoutsFor(values, { indent, eol: lineBreakOf(text) })
  const render = (layout: Layout) => values.map(value => renderItem(value, layout)).join('')
  if (at === 0) {
    const first = (lines: string) =>
      text.slice(0, dash) + lines.slice(indent) + ' '.repeat(indent) + text.slice(dash)
    return layouts.map(layout => first(render(layout)))
  }
  const places = placesBehind(text, spot, list, at, indent)
  return layouts.flatMap(layout => insertLines(text, places, render(layout), layout.eol))
}

/** Line starts behind the entry before `at`, best first. */
function placesBehind(text: string, spot: Spot, list: YAMLSeq, at: number, indent: number): number[] {
  const before = dashOf(list, at - 1)
  if (before === undefined) return []
  const end = contentEnd(text, list.items[at - 1], before + 1)
  const parent = spot.owner === 'map' ? (keyStart(spot.pair) ?? 0) : 0
  const isDeeper = spot.owner !== 'map' || indent > columnOf(text, parent)
  // A comment in the column of the dashes is the list's own, unless the next key could stand in that column too.
  const ownsComments = at === list.items.length && isDeeper && indent > 0
  return [skipComments(text, end, ownsComments ? indent : indent + 1), end]
}

/** Puts whole lines at one of several line starts. */
function insertLines(text: string, places: number[], lines: string, eol: string): string[] {
  return places.map(at => {
    const isEnded = at === 0 || text[at - 1] === '\n'
    return text.slice(0, at) + (isEnded ? '' : eol) + lines + text.slice(at)
  })
}

/** Adds to a flow collection that has entries. */
function insertBehind(text: string, collection: YAMLMap | YAMLSeq, at: number, entries: string[]): string[] {
  const anchor = collection.items[Math.max(at - 1, 0)]
  const range = flowRange(anchor)
  if (!range) return []
  if (at === 0)
    return entries.map(entry => `${text.slice(0, range.start)}${entry}, ${text.slice(range.start)}`)
  const { start, isCompact } = entryStart(text, range.start)
  const between = isCompact ? ' ' : lineBreakOf(text) + text.slice(start, range.start)
  return entries.map(entry => `${text.slice(0, range.end)},${between}${entry}${text.slice(range.end)}`)
}

function flowRange(entry: unknown): { start: number; end: number } | undefined {
  if (isPair(entry)) {
    const start = keyStart(entry)
    if (start === undefined || !isNode(entry.key) || !entry.key.range) return undefined
    const colon = colonOf(entry)
    const bare = colon === undefined ? entry.key.range[1] : colon + 1
    return { start, end: hasText(entry.value) ? entry.value.range[1] : bare }
  }
  return hasText(entry) ? { start: entry.range[0], end: entry.range[1] } : undefined
}

/** Takes out the entry at a path. Comments on lines of their own stay; those inside of the entry go with it. */
export function removeEntry(text: string, doc: Document.Parsed, path: YamlPath): string[] {
  const container = findSpot(doc, path.slice(0, -1))
  const spot = findSpot(doc, path)
  if (!container || !spot || spot.owner === 'root') return []
  const collection: YAMLMap | YAMLSeq = spot.owner === 'map' ? spot.map : spot.list
  const index = spot.owner === 'map' ? spot.map.items.indexOf(spot.pair) : spot.index
  const entry: Node | Pair | undefined = spot.owner === 'map' ? spot.pair : spot.node
  if (collection.items.length === 1) return placeValue(text, container, spot.owner === 'map' ? {} : [])
  if (collection.flow) return removeFromFlow(text, collection, index)
  const offset = spot.owner === 'map' ? keyStart(spot.pair) : dashOf(spot.list, index)
  if (offset === undefined) return []
  const { start, isCompact } = entryStart(text, offset)
  const end = contentEnd(text, entry, offset + 1)
  if (!isCompact) return [text.slice(0, start) + text.slice(end)]
  return [text.slice(0, offset) + text.slice(end).trimStart()]
}

function removeFromFlow(text: string, collection: YAMLMap | YAMLSeq, index: number): string[] {
  const gone = flowRange(collection.items[index])
  const next = flowRange(collection.items[index + 1])
  const previous = flowRange(collection.items[index - 1])
  if (gone && next) return [text.slice(0, gone.start) + text.slice(next.start)]
  if (gone && previous) return [text.slice(0, previous.end) + text.slice(gone.end)]
  return []
}
