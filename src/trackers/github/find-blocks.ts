/**
 * The blocks of CommonMark, as far as they tell code from text: fences, quotes and lists, in each other. Where cmark might read a line in
 * another way than this, all from there on is `doubt`, so that nothing is ever taken for code that may be text.
 * Source: https://spec.commonmark.org/0.31.2/ and https://github.github.com/gfm/
 */

export interface Block {
  /** `code`: certainly, or blank. `doubt`: may be code or text. */
  kind: 'code' | 'text' | 'doubt'
  /** The marks of the quotes and lists that it is in, for each of its lines. */
  prefixes: string[]
  lines: string[]
}

/** Deeper than this nobody writes. */
const MAX_DEPTH = 12

const FENCE = /^ {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$/
const QUOTE = /^ {0,3}> ?/
const ITEM = /^ {0,3}(?:[-+*]|(\d{1,9})[.)])(?: {1,4}(?=[^ ])| (?= {4,}[^ ])|(?= *$))/
const HEADING = /^ {0,3}#{1,6}(?: |$)/
const RULE = /^ {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$/
const UNDERLINE = /^ {0,3}(?:=+|-+) *$/
const TABLE_OR_NOTE = /^ {0,3}\[\^|^[ |:-]*-[ |:-]*$/
/** The only elements that are let through and begin a block of HTML. */
const HTML = /^ {0,3}<\/?(?:details|summary)(?: ?\/)?>/
/** Alone on its line, and in no paragraph, this begins one, too. */
const LONE_TAG = /^ {0,3}<\/?(?:br|kbd|sub|sup)(?: ?\/)?> *$/

interface Reading {
  /** Where the text is may no longer be known. */
  isLost: boolean
}

interface Paragraph {
  block: Block
  /** It is certainly a paragraph, of this level. */
  isPlain: boolean
  /** Until the next blank line nothing is Markdown. */
  isHtml: boolean
}

/** Every line is in one block, in order, so that prefixes and lines are the text again, with leading tabs as spaces. */
export function findBlocks(
  lines: readonly string[],
  reading: Reading = { isLost: false },
  depth = 0,
): Block[] {
  const blocks: Block[] = []
  let paragraph: Paragraph | null = null
  /** The line before belongs to a quote or a list, whose paragraph this one may go on with. */
  let isBehind = false
  const add = (kind: Block['kind'], own: readonly string[]): Block => {
    const block = { kind, prefixes: own.map(() => ''), lines: [...own] }
    blocks.push(block)
    return block
  }
  for (let at = 0; at < lines.length; ) {
    const line = expandTabs(lines[at]!)
    if (depth > MAX_DEPTH) reading.isLost = true
    if (isAmbiguous(line, paragraph, isBehind)) reading.isLost = true
    if (reading.isLost) {
      add('doubt', lines.slice(at))
      break
    }
    if (line.trim() === '') {
      add('code', [lines[at]!])
      paragraph = null
      isBehind = false
      at += 1
      continue
    }
    if (!paragraph?.isHtml) {
      const inner = readContainer(lines, at, paragraph !== null)
      if (inner !== null) {
        blocks.push(...addPrefixes(findBlocks(inner.lines, reading, depth + 1), inner.prefixes))
        at += inner.lines.length
        paragraph = null
        isBehind = true
        continue
      }
      const fenced = countFenced(lines, at)
      const isOwn = HEADING.test(line) || RULE.test(line)
      if (fenced > 0 || isOwn) {
        add(isOwn ? 'text' : 'code', lines.slice(at, at + Math.max(fenced, 1)))
        at += Math.max(fenced, 1)
        paragraph = null
        isBehind = false
        continue
      }
    }
    const isHtml: boolean = HTML.test(line) || (paragraph === null && LONE_TAG.test(line))
    if (paragraph === null) {
      const isSure = !isBehind && !/^ {4}/.test(line)
      paragraph = { block: add(isSure ? 'text' : 'doubt', []), isPlain: isSure, isHtml }
    }
    paragraph.block.lines.push(line)
    paragraph.block.prefixes.push('')
    if (isHtml) Object.assign(paragraph, { isHtml, isPlain: false }).block.kind = 'doubt'
    const isUnderline = UNDERLINE.test(line) && paragraph.isPlain && paragraph.block.lines.length > 1
    if (TABLE_OR_NOTE.test(line)) paragraph.isPlain = false
    if (isUnderline) paragraph = null
    at += 1
  }
  return blocks
}

/** An item that can't interrupt a paragraph, where there may be none; a tag that can't, either. */
function isAmbiguous(line: string, paragraph: Paragraph | null, isBehind: boolean): boolean {
  if (isBehind && paragraph === null && LONE_TAG.test(line)) return true
  if (paragraph === null || paragraph.isPlain || paragraph.isHtml) return false
  const item = ITEM.exec(line)
  return LONE_TAG.test(line) || (item !== null && !canInterrupt(line, item)) || UNDERLINE.test(line)
}

function canInterrupt(line: string, item: RegExpExecArray): boolean {
  return line.slice(item[0].length).trim() !== '' && (item[1] === undefined || Number(item[1]) === 1)
}

/** How many lines the code block that begins here has; 0: none does. Without an end it goes on to that of its container. */
function countFenced(lines: readonly string[], at: number): number {
  const match = FENCE.exec(expandTabs(lines[at]!))
  if (match === null) return 0
  const fence = (match[1] ?? match[2])!
  const end = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}\\s*$`)
  const after = lines.slice(at + 1).findIndex(line => end.test(expandTabs(line)))
  return after < 0 ? lines.length - at : after + 2
}

interface Container {
  lines: string[]
  prefixes: string[]
}

function readContainer(lines: readonly string[], at: number, isInParagraph: boolean): Container | null {
  const first = expandTabs(lines[at]!)
  const found: Container = { lines: [], prefixes: [] }
  const take = (line: string, width: number) => {
    found.prefixes.push(line.slice(0, width))
    found.lines.push(line.slice(width))
  }
  if (QUOTE.test(first)) {
    for (let i = at; i < lines.length; i += 1) {
      const line = expandTabs(lines[i]!)
      const marker = QUOTE.exec(line)?.[0]
      if (marker === undefined) break
      take(line, marker.length)
    }
    return found
  }
  const item = RULE.test(first) ? null : ITEM.exec(first)
  if (item === null || (isInParagraph && !canInterrupt(first, item))) return null
  const isEmpty = first.slice(item[0].length).trim() === ''
  const width = isEmpty ? item[0].length + 1 : item[0].length
  take(first, Math.min(width, first.length))
  for (let i = at + 1; i < lines.length; i += 1) {
    const line = expandTabs(lines[i]!)
    const isBlank = line.trim() === ''
    if (isBlank && isEmpty && found.lines.length === 1) break
    if (!isBlank && !line.startsWith(' '.repeat(width))) break
    take(isBlank ? '' : line, isBlank ? 0 : width)
  }
  return found
}

function addPrefixes(blocks: readonly Block[], prefixes: readonly string[]): Block[] {
  let at = 0
  return blocks.map(block => ({
    ...block,
    prefixes: block.prefixes.map(inner => (prefixes[at++] ?? '') + inner),
  }))
}

/** Those at the beginning and behind a mark of a quote or list, as many spaces as they are wide. */
function expandTabs(line: string): string {
  const head = /^[ >*+\d.)\t-]*/.exec(line)![0]
  if (!head.includes('\t')) return line
  let shown = ''
  for (const character of head) shown += character === '\t' ? ' '.repeat(4 - (shown.length % 4)) : character
  return shown + line.slice(head.length)
}
