/** Where the parts of a parsed YAML text begin and end, in offsets. Block layout is made of whole lines. */
import {
  type CST,
  isCollection,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** The end of a line's text, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset)
  if (at < 0) return text.length
  return at > offset && text[at - 1] === '\r' ? at - 1 : at
}

/** The start of the line after this one, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf('\n', offset)
  return at < 0 ? text.length : at + 1
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

/** The line break that most lines of a text have. */
export function lineBreakOf(text: string): string {
  const all = text.split('\n').length - 1
  const withReturn = text.split('\r\n').length - 1
  return withReturn * 2 > all ? '\r\n' : '\n'
}

export function hasText(node: unknown): node is Node & { range: [number, number, number] } {
  return isNode(node) && !!node.range && node.range[1] > node.range[0]
}

export function isBlockScalar(node: unknown): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
}

export function isBlockCollection(node: unknown): node is YAMLMap | YAMLSeq {
  return isCollection(node) && !node.flow && hasText(node)
}

function indicator(tokens: readonly CST.SourceToken[] | undefined, type: CST.TokenType): number | undefined {
  return tokens?.find(token => token.type === type)?.offset
}

/** Offset of the `:` of a pair; undefined where there is none, or where the key is written with `?`. */
export function colonOf(pair: Pair): number | undefined {
  const token = pair.srcToken
  if (!token || indicator(token.start, 'explicit-key-ind') !== undefined) return undefined
  return indicator(token.sep, 'map-value-ind')
}

/** Offset of the `-` of an entry of a block list. */
export function dashOf(list: YAMLSeq, index: number): number | undefined {
  const token = list.srcToken
  if (token?.type !== 'block-seq') return undefined
  const items = token.items.filter(item => indicator(item.start, 'seq-item-ind') !== undefined)
  return items.length === list.items.length ? indicator(items[index]?.start, 'seq-item-ind') : undefined
}

/** Offset at which the key of a pair begins; undefined for keys written with `?`, or with an anchor or a tag. */
export function keyStart(pair: Pair): number | undefined {
  const token = pair.srcToken
  if (!isNode(pair.key) || !pair.key.range) return undefined
  const odd: CST.TokenType[] = ['explicit-key-ind', 'anchor', 'tag']
  return odd.some(type => indicator(token?.start, type) !== undefined) ? undefined : pair.key.range[0]
}

/** The start of the line after the last line of a value of block layout; its comment on that line belongs to it. */
export function contentEnd(text: string, node: unknown, fallback: number): number {
  if (isPair(node)) {
    const key = isNode(node.key) && node.key.range ? node.key.range[1] : fallback
    return contentEnd(text, node.value, Math.max(key, (colonOf(node) ?? -1) + 1))
  }
  if (!hasText(node)) return nextLine(text, fallback)
  if (isBlockScalar(node)) return node.range[1]
  if (!isBlockCollection(node)) return nextLine(text, node.range[1])
  const last = node.items.length - 1
  const start = isSeq(node) ? (dashOf(node, last) ?? node.range[0]) + 1 : node.range[0]
  return contentEnd(text, node.items[last], start)
}

/** Skips comment lines from a line start on that are indented by `indent` or more, with the blank lines before them. */
export function skipComments(text: string, from: number, indent: number): number {
  let end = from
  for (let at = from; at < text.length; at = nextLine(text, at)) {
    const line = text.slice(at, lineEnd(text, at))
    const spaces = line.length - line.trimStart().length
    if (line.trim() === '') continue
    if (!line.trimStart().startsWith('#') || spaces < indent) break
    end = nextLine(text, at)
  }
  return end
}

/** The text of a block mapping's pair or a block list's entry as lines: its start, and whether something stands before it on its line. */
export function entryStart(text: string, offset: number): { start: number; isCompact: boolean } {
  const start = lineStart(text, offset)
  return text.slice(start, offset).trim() === ''
    ? { start, isCompact: false }
    : { start: offset, isCompact: true }
}
