/** Ways to write one value where another stood: each a whole new text, best first. The caller checks what it reads as. */
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { findPair, type YamlPath } from './yaml-nodes.js'
import {
  type Layout,
  layoutsFor,
  renderBehindKey,
  renderFlow,
  renderItem,
  renderPair,
  renderScalars,
} from './yaml-render.js'
import {
  colonOf,
  columnOf,
  contentEnd,
  dashOf,
  hasText,
  isBlockCollection,
  isBlockScalar,
  keyStart,
  lineBreakOf,
  lineEnd,
  lineStart,
  nextLine,
} from './yaml-text.js'

/** Where a value stands. Its node may be without text, or missing. */
export type Spot = { node: Node | undefined; inFlow: boolean } & (
  | { owner: 'root' }
  | { owner: 'map'; map: YAMLMap; pair: Pair }
  | { owner: 'list'; list: YAMLSeq; index: number }
)

/** The place of the value at a path; undefined when it isn't there, or lies behind an alias. */
export function findSpot(doc: Document.Parsed, path: YamlPath): Spot | undefined {
  let spot: Spot = { owner: 'root', node: doc.contents ?? undefined, inFlow: false }
  for (const step of path) {
    const parent: Node | undefined = spot.node
    if (isMap(parent)) {
      const pair = findPair(parent, step)
      if (!pair) return undefined
      const node = isNode(pair.value) ? pair.value : undefined
      spot = { owner: 'map', map: parent, pair, node, inFlow: spot.inFlow || parent.flow === true }
    } else if (isSeq(parent)) {
      const index = Number(step)
      const node: unknown = parent.items[index]
      if (index >= parent.items.length) return undefined
      spot = {
        owner: 'list',
        list: parent,
        index,
        node: isNode(node) ? node : undefined,
        inFlow: spot.inFlow || parent.flow === true,
      }
    } else {
      return undefined
    }
  }
  return spot
}

/** `value` is plain, or a node that brings its comments. */
export function placeValue(text: string, spot: Spot, value: unknown): string[] {
  if (spot.inFlow) return placeInFlow(text, spot, value)
  if (spot.owner === 'root') return placeAtRoot(text, spot.node, value)
  const anchor = spot.owner === 'map' ? colonOf(spot.pair) : dashOf(spot.list, spot.index)
  const left = spot.owner === 'map' ? keyStart(spot.pair) : anchor
  if (anchor === undefined || left === undefined) return []
  const place: BlockPlace = { text, node: spot.node, after: anchor + 1, left, isItem: spot.owner === 'list' }
  return takesLines(value, spot.node) ? placeLines(place, value) : placeOnLine(place, value)
}

interface BlockPlace {
  text: string
  node: Node | undefined
  /** Offset behind the `:` or `-`. */
  after: number
  /** Offset of the key or the `-`: its column is what the value is indented by. */
  left: number
  isItem: boolean
}

/** True for what is written on lines of its own: collections, and texts of several lines unless quotes stood there. */
function takesLines(value: unknown, old: Node | undefined): boolean {
  const keepsFlow = isCollection(old) && old.flow === true && old.items.length > 0
  if (isCollection(value)) return value.items.length > 0 && !value.flow
  if (isNode(value)) return isBlockScalar(value)
  if (typeof value === 'string') {
    const isQuoted = isScalar(old) && (old.type === 'QUOTE_DOUBLE' || old.type === 'QUOTE_SINGLE')
    return value.includes('\n') && !isQuoted
  }
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0 && !keepsFlow
}

function scalarsFor(value: unknown, old: Node | undefined, inFlow: boolean): string[] {
  return renderScalars(value, isScalar(old) ? (old.type as never) : undefined, inFlow)
}

function placeInFlow(text: string, spot: Spot, value: unknown): string[] {
  const { node } = spot
  if (hasText(node)) {
    const [start, end] = node.range
    return scalarsFor(value, node, true).map(scalar => text.slice(0, start) + scalar + text.slice(end))
  }
  const colon = spot.owner === 'map' ? colonOf(spot.pair) : undefined
  if (colon === undefined) return []
  return scalarsFor(value, node, true).map(
    scalar => `${text.slice(0, colon + 1)} ${scalar}${text.slice(colon + 1)}`,
  )
}

function placeAtRoot(text: string, node: Node | undefined, value: unknown): string[] {
  if (isNode(value)) return []
  const eol = lineBreakOf(text)
  const rendered = layoutsFor(value, { indent: 0, eol }).map(layout => renderRoot(value, layout))
  if (!hasText(node)) {
    const ended = text === '' || text.endsWith('\n') ? text : text + eol
    return rendered.map(lines => ended + lines)
  }
  const end = isBlockCollection(node) ? contentEnd(text, node, node.range[0]) : nextLine(text, node.range[1])
  return rendered.map(lines => text.slice(0, node.range[0]) + lines + text.slice(end))
}

function renderRoot(value: unknown, layout: Layout): string {
  const isEmpty = typeof value !== 'object' || value === null || Object.keys(value).length === 0
  if (isEmpty) return renderFlow(value) + layout.eol
  if (Array.isArray(value)) return value.map(entry => renderItem(entry, layout)).join('')
  return Object.entries(value)
    .map(([key, inner]) => renderPair(key, inner, layout))
    .join('')
}

function placeOnLine(place: BlockPlace, value: unknown): string[] {
  const { text, node, after } = place
  const scalars = isNode(value) ? [] : scalarsFor(value, node, false)
  if (!hasText(node)) {
    return scalars.map(scalar => replaceOnLine(text, after, after, ` ${scalar}`))
  }
  if (!isBlockCollection(node) && !isBlockScalar(node)) {
    return scalars.map(scalar => replaceOnLine(text, node.range[0], node.range[1], scalar))
  }
  const old = oldLines(place)
  return scalars.map(scalar => `${keyLine(place, old, ` ${scalar}`)}${text.slice(old.end)}`)
}

function placeLines(place: BlockPlace, value: unknown): string[] {
  const { text, left, isItem } = place
  const old = oldLines(place)
  return layoutsFor(value, { indent: columnOf(text, left), eol: old.eol }).flatMap(layout => {
    const { head, body } = renderBehindKey(value, layout)
    const spaced = `${keyLine(place, old, head === '' ? '' : ` ${head}`)}${body}${text.slice(old.end)}`
    if (!isItem || old.comment !== '') return [spaced]
    const compact = renderItem(value, layout).trimStart()
    return [text.slice(0, left) + compact + text.slice(old.end), spaced]
  })
}

interface OldLines {
  /** Where the lines that a new value replaces end. */
  end: number
  /** The comment on the first of them, which stays; empty when there is none. */
  comment: string
  /** Spaces before that comment, and its column. */
  gap: number
  column: number
  eol: string
}

function oldLines({ text, node, after }: BlockPlace): OldLines {
  const eol = lineBreakOf(text)
  const isInline = hasText(node) && !isBlockCollection(node) && !isBlockScalar(node)
  const from = isInline ? node.range[1] : after
  const end = isInline ? nextLine(text, from) : contentEnd(text, node, after)
  const none = { end, comment: '', gap: 0, column: 0, eol }
  const startsBelow = !hasText(node) || isInline || node.range[0] > lineEnd(text, after)
  if (!startsBelow && !isBlockScalar(node)) return none
  const line = text.slice(from, lineEnd(text, from))
  const rest = isBlockScalar(node) ? line.replace(/^.*?[|>][-+0-9]*/, '') : line
  const comment = rest.trim()
  if (comment === '') return none
  const gap = rest.length - rest.trimStart().length
  return { end, comment, gap, column: columnOf(text, from) + line.length - rest.trimStart().length, eol }
}

/** The text up to the end of a key's or a dash's line, with the old comment in its column where it was aligned. */
function keyLine({ text, after }: BlockPlace, old: OldLines, behind: string): string {
  const line = text.slice(0, after) + behind
  if (old.comment === '') return line + old.eol
  const spaces = old.gap > 1 ? old.column - columnOf(line, line.length) : 1
  return line + ' '.repeat(Math.max(1, spaces)) + old.comment + old.eol
}

/** Replaces a part of one line. A comment behind it that is aligned with its neighbours keeps its column where it can. */
function replaceOnLine(text: string, start: number, end: number, value: string): string {
  const stop = lineEnd(text, end)
  const tail = text.slice(end, stop)
  const gap = /^ *(?=#)/.exec(tail)?.[0]
  if (gap === undefined) return text.slice(0, start) + value + text.slice(end)
  const grown = value.length - (end - start)
  const column = columnOf(text, end) + gap.length
  const keepsColumn = gap.length > 1 || commentColumns(text, start, stop).includes(column)
  const spaces = Math.max(1, keepsColumn ? gap.length - grown : gap.length)
  return text.slice(0, start) + value + ' '.repeat(spaces) + text.slice(end + gap.length)
}

function commentColumns(text: string, start: number, stop: number): number[] {
  const line = lineStart(text, start)
  const before = line > 0 ? text.slice(lineStart(text, line - 1), line) : ''
  const next = nextLine(text, stop)
  const after = text.slice(next, lineEnd(text, next))
  return [before, after].map(neighbour => neighbour.search(/ #/) + 1)
}
