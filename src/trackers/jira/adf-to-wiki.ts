/**
 * ADF as the wiki markup of Jira Data Center, in which nothing that comes from text is markup: no macro, mention, picture, emoticon, nor
 * a link by an address or an issue's key.
 *
 * A backslash keeps a mark of the markup from being read; a backslash itself, two of which end a line, goes as an entity. Sources:
 * Jira's page "Text Formatting Notation", and the list of special characters in pandoc's writer for it.
 */
import type { AdfMark, AdfNode } from './adf.js'

/** Languages of Data Center's `{code}`; with another it shows an error in place of the text. */
const LANGUAGES = new Map([
  ['sh', 'bash'],
  ...['bash', 'c', 'css', 'go', 'html', 'java', 'javascript', 'json', 'perl', 'php', 'python', 'ruby'].map(
    name => [name, name] as const,
  ),
  ...['sql', 'swift', 'xml', 'yaml'].map(name => [name, name] as const),
  ['js', 'javascript'],
  ['yml', 'yaml'],
])

/** Blocks, with an empty line between them. */
export function adfToWiki(blocks: readonly AdfNode[]): string {
  return blocks.map(block => writeBlock(block)).join('\n\n')
}

function writeBlock({ type, attrs, content = [] }: AdfNode): string {
  switch (type) {
    case 'heading':
      return `h${attrs?.level}. ${writeInline(content, ' ')}`
    case 'codeBlock':
      return writeCode(content[0]?.text ?? '', String(attrs?.language ?? ''))
    case 'blockquote':
      return `{quote}\n${adfToWiki(content)}\n{quote}`
    case 'bulletList':
    case 'orderedList':
      return writeList(type, content, '')
    case 'table':
      return content.map(writeRow).join('\n')
    case 'rule':
      return '----'
    default:
      return writeInline(content, '\n')
  }
}

function writeList(type: string, items: readonly AdfNode[], prefix: string): string {
  const mark = `${prefix}${type === 'orderedList' ? '#' : '*'}`
  return items.map(({ content = [] }) => writeItem(content, mark)).join('\n')
}

function writeItem(content: readonly AdfNode[], mark: string): string {
  const parts = content.map((node, i) => {
    if (node.type === 'bulletList' || node.type === 'orderedList')
      return `\n${writeList(node.type, node.content ?? [], mark)}`
    if (node.type === 'codeBlock') return `\n${writeBlock(node)}`
    // An empty line would end the list.
    const text = writeInline(node.content ?? [], LINE_END)
    return i === 0 ? text : `${LINE_END}${text}`
  })
  return `${mark} ${parts.join('')}`
}

const LINE_END = ' \\\\ '

function writeRow({ content = [] }: AdfNode): string {
  const isHeader = content.some(({ type }) => type === 'tableHeader')
  const edge = isHeader ? '||' : '|'
  const cells = content.map(cell => {
    const text = (cell.content ?? []).map(node => writeInline(node.content ?? [], LINE_END)).join(LINE_END)
    return text.trim() === '' ? ' ' : text
  })
  return `${edge}${cells.join(edge)}${edge}`
}

/** In `{noformat}` nothing is read but its end. */
function writeCode(text: string, language: string): string {
  const known = LANGUAGES.get(language.toLowerCase())
  const [start, end] = known ? [`{code:${known}}`, '{code}'] : ['{noformat}', '{noformat}']
  const safe = text.replace(/\{(?=(?:code|noformat)\b)/gi, '{\u200b')
  return `${start}\n${safe}\n${end}`
}

function writeInline(nodes: readonly AdfNode[], lineEnd: string): string {
  const text = nodes
    .map(node => (node.type === 'hardBreak' ? lineEnd : writeText(node.text ?? '', node.marks ?? [])))
    .join('')
  return text.split('\n').map(keepLineStart).join('\n')
}

/** What would make a line a heading, a list, a quote, a table or a line across the page. */
function keepLineStart(line: string): string {
  return line
    .trim()
    .replace(/^(h[1-6]|bq)\./i, '$1&#46;')
    .replace(/^#(?=[#*-]*\s)/, '&#35;')
    .replace(/^-(?=[#*-]*(?:\s|$))/, '&#45;')
}

function writeText(text: string, marks: readonly AdfMark[]): string {
  const inner = text.trim()
  if (inner === '') return text
  const [before, after] = [/^\s*/.exec(text)![0], /\s*$/.exec(text)![0]]
  const has = (type: string) => marks.some(mark => mark.type === type)
  let shown = escapeWiki(inner)
  if (has('code')) shown = `{{${shown.replace(/\\([{}])/g, (_, brace) => ENTITIES[brace as '{' | '}'])}}}`
  // In braces a mark is read also inside of a word.
  if (has('strong')) shown = `{*}${shown}{*}`
  if (has('em')) shown = `{_}${shown}{_}`
  if (has('strike')) shown = `{-}${shown}{-}`
  const href = marks.find(mark => mark.type === 'link')?.attrs?.href
  if (typeof href === 'string') shown = `[${shown}|${escapeHref(href)}]`
  return `${before}${shown}${after}`
}

const ENTITIES = { '{': '&#123;', '}': '&#125;' }

/** One line of text, which comes out as it is. */
function escapeWiki(text: string): string {
  return text
    .replace(/&(?=[#\w])/g, '&amp;')
    .replaceAll('\\', '&#92;')
    .replace(/[{}[\]|*_+^~!?]/g, '\\$&')
    .replace(/:(?=\/\/|\\|[)(DPp|/])/g, '&#58;')
    .replace(/\b(mailto|file|skype|tel|news|irc|callto|nntp|ftp)(?=:)/gi, '$1\u200b')
    .replace(/;(?=\))/g, '&#59;')
    .replace(/\((?=(?:[!?/xXyYniN+*-]|\\[!?+*]|on|off|flag)[\w]*\))/g, '&#40;')
    .replace(/(?<=^|\s)-|-(?=-|\s|$)/g, '&#45;')
    .replace(/(?<=[A-Z][A-Z0-9_\\]*)-(?=\d)/g, '&#45;')
    .replace(/www(?=\.)/gi, 'www\u200b')
    .replaceAll('@', '&#64;')
}

function escapeHref(href: string): string {
  return href.replace(
    /[\s|[\]{}!^~*\\]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
