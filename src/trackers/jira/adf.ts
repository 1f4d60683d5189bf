/** The part of the Atlassian Document Format that whyslow writes: no mention, no smart card, no media. */

export interface AdfNode {
  type: string
  attrs?: Record<string, unknown>
  content?: AdfNode[]
  marks?: AdfMark[]
  text?: string
}

export interface AdfMark {
  type: string
  attrs?: Record<string, unknown>
}

export interface AdfDocument {
  version: 1
  type: 'doc'
  content: AdfNode[]
}

/** A document of one empty paragraph, where there is nothing: Jira refuses an empty comment otherwise. */
export function adfDocument(content: AdfNode[]): AdfDocument {
  return { version: 1, type: 'doc', content: content.length > 0 ? content : [adfParagraph([])] }
}

export function adfParagraph(content: AdfNode[]): AdfNode {
  return content.length > 0 ? { type: 'paragraph', content } : { type: 'paragraph' }
}

export function adfText(text: string, marks: AdfMark[] = []): AdfNode {
  return marks.length > 0 ? { type: 'text', text, marks } : { type: 'text', text }
}

/**
 * The text that a person sees, one block a line, with what takes the place of text: where links go, people, emoji, pictures. Jira
 * changes attributes, the order of marks and spaces of what it is given; this stays. Reads any ADF, also what isn't valid.
 */
export function readAdfText(node: unknown): string {
  return readText(node)
    .split('\n')
    .map(line => line.replace(/\s+/g, ' ').trim())
    .filter(line => line !== '')
    .join('\n')
}

function readText(node: unknown, depth = 0): string {
  if (typeof node !== 'object' || node === null || depth > 200) return ''
  const { type, text, attrs, content, marks } = node as Record<string, unknown>
  if (type === 'text') return `${asText(text)}${readHrefs(marks, asText(text))}`
  if (type === 'hardBreak') return '\n'
  const children = Array.isArray(content) ? content.map(child => readText(child, depth + 1)).join('') : ''
  const own = readAttributes(attrs)
  return isInline(type) ? own : `\n${own}${children}\n`
}

function isInline(type: unknown): boolean {
  return ['mention', 'emoji', 'inlineCard', 'date', 'status', 'mediaInline', 'placeholder'].includes(
    String(type),
  )
}

/** Of mentions, emoji, statuses, cards and pictures. */
function readAttributes(attrs: unknown): string {
  if (typeof attrs !== 'object' || attrs === null) return ''
  const { text, shortName, url, timestamp, id, type } = attrs as Record<string, unknown>
  const media = type === 'file' || type === 'external' ? id : undefined
  return asText([text, shortName, url, timestamp, media].find(value => typeof value === 'string'))
}

/** Where links go that don't show it. */
function readHrefs(marks: unknown, text: string): string {
  if (!Array.isArray(marks)) return ''
  const hrefs = marks.filter(mark => mark?.type === 'link').map(mark => asText(mark.attrs?.href))
  return hrefs.flatMap(href => (href === text ? [] : [` <${href}>`])).join('')
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
