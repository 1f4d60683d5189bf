/** A comment that Jira takes: at most 32,767 characters by default, counted in the wiki markup that it is kept or shown as. */
import { type AdfNode, adfParagraph, adfText } from './adf.js'
import { adfToWiki } from './adf-to-wiki.js'

/**
 * The blocks that fit into `limit` characters with the pointer behind them, or all of them without it. The cut is between blocks, and
 * no heading is left without a text under it. Of a first block that is too long by itself, its beginning as plain text.
 */
export function cutBlocks(blocks: AdfNode[], limit: number, pointer: AdfNode[]): AdfNode[] {
  const sizes = blocks.map(block => adfToWiki([block]).length + 2)
  if (sizes.reduce((sum, size) => sum + size, 0) <= limit) return blocks
  let room = limit - adfToWiki(pointer).length - 2
  let end = 0
  while (end < blocks.length && sizes[end]! <= room) room -= sizes[end++]!
  // A block that is longer than most of what is allowed would leave the comment all but empty.
  const next = blocks[end]
  const kept = blocks.slice(0, end)
  if (next && room > limit / 2) kept.push(...cutOne(next, room))
  while (['heading', 'rule'].includes(kept.at(-1)?.type ?? '')) kept.pop()
  return [...kept, ...pointer]
}

/** Rows, items or paragraphs as far as they fit; else the text's beginning. */
function cutOne(block: AdfNode, room: number): AdfNode[] {
  if (['table', 'bulletList', 'orderedList', 'blockquote'].includes(block.type)) {
    const content = block.content ?? []
    let end = content.length
    const partOf = (count: number): AdfNode => ({ ...block, content: content.slice(0, count) })
    while (end > 0 && adfToWiki([partOf(end)]).length > room) end = Math.floor(end / 2)
    if (end > 1) return [partOf(end)]
  }
  const text = (block.content ?? []).map(node => node.text ?? ' ').join('')
  // Escaping makes a character up to six.
  let start = text.slice(0, room)
  const shape = (cut: string): AdfNode =>
    block.type === 'codeBlock'
      ? { ...block, content: [adfText(cut)] }
      : adfParagraph([adfText(`${cut.trimEnd()} …`)])
  while (start.length > 1 && adfToWiki([shape(start)]).length > room)
    start = start.slice(0, start.length * 0.8)
  return start.trim() === '' ? [] : [shape(start.toWellFormed().replace(/\ufffd$/, ''))]
}
