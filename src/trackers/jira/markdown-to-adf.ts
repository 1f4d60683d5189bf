/**
 * GitHub-flavoured Markdown as ADF, valid by how it is built: what ADF has no place for (a table in a list item, a heading in a quote)
 * becomes the nearest thing that it has one for. HTML is shown as text, pictures become links, tick boxes ☐ and ☑: a task of Jira's
 * would be on somebody's list. Nothing mentions, and nothing embeds.
 *
 * Not `marklassian`: 1.2.1 turns `<adf>…</adf>` in the text into any node, mentions too, shows `&lt;` and the backslashes in a link's
 * text as they are, drops HTML, and gives lists, quotes and empty cells that Atlassian's schema refuses.
 */
import { Marked, type Token, type Tokens } from 'marked'
import { type AdfDocument, type AdfMark, type AdfNode, adfDocument, adfParagraph, adfText } from './adf.js'
import { decodeEntities } from './decode-entities.js'

/** What a block stands in, which says what it may be. */
type Place = 'doc' | 'quote' | 'item'

/** Deeper lists go on at this depth: Jira's editor has six. */
const MAX_DEPTH = 6

/** In a paragraph that is longer, emphasis is looked for near its end only: looking takes time with the square of the length. */
const LONG = 8_000

const marked = new Marked({
  // `false` goes on with the tokenizer's own way, undefined says that there is none.
  tokenizer: { emStrong: src => (src.length > LONG ? undefined : false) },
})

/** Text of any length and content. What the tokenizer gives up on, such as ten thousand nested quotes, comes out as plain paragraphs. */
export function markdownToAdf(markdown: string): AdfDocument {
  const text = cleanText(markdown)
  try {
    return adfDocument(toBlocks(marked.lexer(flatten(text)), 'doc', 0))
  } catch {
    return adfDocument(toPlain(text))
  }
}

/** Quotes and lists in one another on one line, past any use, which the tokenizer takes long to give up on, are text. */
function flatten(text: string): string {
  return text.replace(/^((?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))){20})/gm, '$1 \\')
}

/** Without what JSON, XML and screens can't carry: control characters and halves of surrogate pairs. */
function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd')
}

function toPlain(text: string): AdfNode[] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => adfParagraph([adfText(line)]))
}

function toBlocks(tokens: readonly Token[], place: Place, depth: number): AdfNode[] {
  if (depth > 100) throw new RangeError('nested too deeply')
  return tokens.flatMap(token => toBlock(token, place, depth))
}

function toBlock(token: Token, place: Place, depth: number): AdfNode[] {
  switch (token.type) {
    case 'paragraph':
    case 'text':
      return paragraphOf(inlineOf(token))
    case 'heading':
      return toHeading(token as Tokens.Heading, place)
    case 'code':
      return [codeBlock((token as Tokens.Code).text, (token as Tokens.Code).lang)]
    case 'blockquote': {
      const content = toBlocks(token.tokens ?? [], place === 'doc' ? 'quote' : place, depth + 1)
      return place === 'doc' && content.length > 0 ? [{ type: 'blockquote', content }] : content
    }
    case 'list':
      return toList(token as Tokens.List, place, depth)
    case 'table':
      return toTable(token as Tokens.Table, place)
    case 'hr':
      return place === 'doc' ? [{ type: 'rule' }] : []
    case 'html':
      return toPlain(withoutComments((token as Tokens.HTML).text))
    default:
      return []
  }
}

function toHeading(token: Tokens.Heading, place: Place): AdfNode[] {
  const content = toInline(token.tokens, [])
  if (content.length === 0) return []
  if (place === 'doc') return [{ type: 'heading', attrs: { level: token.depth }, content }]
  return [adfParagraph(toInline(token.tokens, [{ type: 'strong' }]))]
}

function codeBlock(text: string, lang: string | undefined): AdfNode {
  const language = /^[\w+#.-]{1,30}/.exec(lang ?? '')?.[0]
  return {
    type: 'codeBlock',
    ...(language ? { attrs: { language } } : {}),
    ...(text === '' ? {} : { content: [adfText(text)] }),
  }
}

function toList(list: Tokens.List, place: Place, depth: number): AdfNode[] {
  const items = list.items.flatMap(item => toItems(item, place, depth))
  if (items.length === 0) return []
  if (!list.ordered) return [{ type: 'bulletList', content: items }]
  return [{ type: 'orderedList', attrs: { order: Number(list.start) || 1 }, content: items }]
}

/** One, or several where what lies in it is too deep to be a list of its own. */
function toItems(item: Tokens.ListItem, place: Place, depth: number): AdfNode[] {
  const content = toBlocks(item.tokens, 'item', depth + 1)
  const box = item.task ? [adfText(item.checked ? '☑ ' : '☐ ')] : []
  const first = content[0]
  if (first?.type === 'paragraph') first.content = mergeText([...box, ...(first.content ?? [])])
  else if (box.length > 0 || first === undefined || first.type !== 'codeBlock')
    content.unshift(adfParagraph(box))
  if (place !== 'item' || depth < MAX_DEPTH) return [{ type: 'listItem', content }]
  const own = content.filter(node => !isList(node))
  return [{ type: 'listItem', content: own }, ...content.filter(isList).flatMap(node => node.content ?? [])]
}

function isList({ type }: AdfNode): boolean {
  return type === 'bulletList' || type === 'orderedList'
}

function toTable(table: Tokens.Table, place: Place): AdfNode[] {
  const lines = [table.header, ...table.rows]
  if (place === 'doc') {
    const content = lines.map((cells, i) => ({
      type: 'tableRow',
      content: cells.map(cell => ({
        type: i === 0 ? 'tableHeader' : 'tableCell',
        content: [adfParagraph(toInline(cell.tokens, []))],
      })),
    }))
    return [{ type: 'table', content }]
  }
  return lines.flatMap(cells => {
    const content = cells.flatMap((cell, i) => [
      ...(i === 0 ? [] : [adfText(' | ')]),
      ...toInline(cell.tokens, []),
    ])
    return paragraphOf(mergeText(content))
  })
}

/** None for one without content. */
function paragraphOf(content: AdfNode[]): AdfNode[] {
  const isEmpty = content.every(({ type, text }) => type === 'hardBreak' || text?.trim() === '')
  return isEmpty ? [] : [adfParagraph(content)]
}

function inlineOf(token: Token): AdfNode[] {
  return hasTokens(token) ? toInline(token.tokens, []) : mergeText(textOf((token as Tokens.Text).text, []))
}

function toInline(tokens: readonly Token[], marks: AdfMark[]): AdfNode[] {
  return mergeText(tokens.flatMap(token => toInlineNodes(token, marks)))
}

function toInlineNodes(token: Token, marks: AdfMark[]): AdfNode[] {
  switch (token.type) {
    case 'strong':
      return toInline(token.tokens ?? [], withMark(marks, { type: 'strong' }))
    case 'em':
      return toInline(token.tokens ?? [], withMark(marks, { type: 'em' }))
    case 'del':
      return toInline(token.tokens ?? [], withMark(marks, { type: 'strike' }))
    case 'codespan': {
      // ADF lets a code mark stand with a link only.
      const links = marks.filter(({ type }) => type === 'link')
      return [adfText((token as Tokens.Codespan).text, [...links, { type: 'code' }])]
    }
    case 'link':
      return toInline(token.tokens ?? [], withLink(marks, (token as Tokens.Link).href))
    case 'image': {
      const { href, text } = token as Tokens.Image
      return textOf(text || href, withLink(marks, href))
    }
    case 'br':
      return [{ type: 'hardBreak' }]
    case 'html': {
      const { text } = token as Tokens.HTML
      return /^<br\s*\/?>$/i.test(text) ? [{ type: 'hardBreak' }] : textOf(withoutComments(text), marks)
    }
    case 'escape':
      return [adfText((token as Tokens.Escape).text, marks)]
    default:
      return hasTokens(token) ? toInline(token.tokens, marks) : textOf((token as Tokens.Text).text, marks)
  }
}

function hasTokens(token: Token): token is Token & { tokens: Token[] } {
  return 'tokens' in token && token.tokens !== undefined
}

/** The character of no width that keeps GitHub from reading `@name` has no work to do here. */
function textOf(text: string, marks: AdfMark[]): AdfNode[] {
  return [adfText(decodeEntities(text).replace(/\s+/g, ' ').replaceAll('\u200b', ''), marks)]
}

function withMark(marks: AdfMark[], mark: AdfMark): AdfMark[] {
  return marks.some(({ type }) => type === mark.type) ? marks : [...marks, mark]
}

/** Only http and https, without a name or a password in it. */
function withLink(marks: AdfMark[], href: string): AdfMark[] {
  const url = URL.parse(decodeEntities(href))
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return marks
  return withMark(marks, { type: 'link', attrs: { href: url.href } })
}

function withoutComments(html: string): string {
  return html.replace(/<!--[\s\S]*?(?:-->|$)/g, '')
}

/** Neighbours with the same marks as one; none without text, which ADF forbids. */
function mergeText(nodes: readonly AdfNode[]): AdfNode[] {
  const merged: AdfNode[] = []
  for (const node of nodes) {
    const last = merged.at(-1)
    if (node.type === 'text' && node.text === '') continue
    if (last?.type === 'text' && node.type === 'text' && haveSameMarks(last, node)) {
      merged[merged.length - 1] = adfText(last.text! + node.text!, node.marks)
    } else merged.push(node)
  }
  return merged
}

function haveSameMarks(one: AdfNode, other: AdfNode): boolean {
  return JSON.stringify(one.marks ?? []) === JSON.stringify(other.marks ?? [])
}
