/**
 * Text from data as Markdown that GitHub, GitLab and Jira show as text.
 *
 * A backslash doesn't keep GitHub from reading `@name` and `#1`, since it looks for them after the Markdown was read: only a character
 * of no width between them does (github/markup#1168, github/cmark-gfm#181). The same breaks links, so that nothing from a log can be
 * clicked, and `fixes #1` closes nothing.
 */
import { escapeLines, escapeTerminal } from './escape.js'

const BREAK = '&#8203;'

/** One line of text, for a paragraph, a list item, a heading or a table cell. Line ends and runs of spaces become one space. */
export function escapeMarkdown(text: string): string {
  return escapeTerminal(text.replace(/\s+/g, ' ').trim())
    .replace(/[\\`*[\]{}~|$]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/&(?=[#\w])/g, '\\&')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/^(?:[-+=](?=[\s=-]|$))/, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    .replace(/#(\w?)/g, (_, next: string) => (next === '' ? '\\#' : `\\#${BREAK}${next}`))
    .replaceAll('@', `@${BREAK}`)
    .replace(/\b(GH-)(?=\d)/gi, `$1${BREAK}`)
    .replace(/:(?=\/\/|[a-z+-][\w+-]*:)/gi, `:${BREAK}`)
    .replace(/\bwww(?=\.)/gi, `www${BREAK}`)
}

/** A code span. Nothing in it is read as Markdown, a mention or a link. */
export function markdownCode(text: string): string {
  const shown = escapeTerminal(text.replace(/\s+/g, ' ').trim())
  const fence = '`'.repeat(longestRun(shown, /`+/g) + 1)
  const padding = shown === '' || /^`|`$/.test(shown) ? ' ' : ''
  return `${fence}${padding}${shown}${padding}${fence}`
}

/** A code block. `indent` puts it into a list item. */
export function markdownBlock(text: string, language: string, indent = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text, /`+/g) + 1))
  return [fence + language, ...escapeLines(text).split('\n'), fence]
    .map(line => (indent + line).trimEnd())
    .join('\n')
}

function longestRun(text: string, pattern: RegExp): number {
  return Math.max(0, ...[...text.matchAll(pattern)].map(match => match[0].length))
}

/** A link that shows `text`; only http and https, else the text alone. */
export function markdownLink(text: string, url: string): string {
  const target = URL.canParse(url) ? new URL(url) : undefined
  if (!target || !/^https?:$/.test(target.protocol)) return escapeMarkdown(text)
  const safe = target.href.replace(
    /[\s<>()[\]|\\`"'@]/g,
    character => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  )
  return `[${escapeMarkdown(text)}](${safe})`
}

/** A table of cells that are Markdown already. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const toLine = (cells: readonly string[]) => `| ${cells.map(escapePipes).join(' | ')} |`
  return [toLine(header), `|${header.map(() => ' --- |').join('')}`, ...rows.map(toLine)].join('\n')
}

/** A pipe ends a cell also inside of a code span. */
function escapePipes(cell: string): string {
  return cell.replace(/(\\*)\|/g, (pipe, slashes: string) => (slashes.length % 2 === 1 ? pipe : `\\${pipe}`))
}

/**
 * What people wrote, as a part of a larger page: headings start at level 3, those without a text are left out, comments stay at home,
 * and a code block that was left open is closed.
 */
export function fitMarkdown(body: string): string {
  const lines = readLines(body)
  const levels = lines.flatMap(line => (line.heading > 0 ? [line.heading] : []))
  const deeper = Math.max(0, 3 - Math.min(3, ...levels))
  const full = lines.filter((line, i) => line.heading === 0 || hasContent(lines, i))
  const kept = full.filter((line, i) => !isBlank(line) || (i > 0 && !isBlank(full[i - 1]!)))
  const text = kept.map(({ text, heading }) =>
    heading > 0 ? '#'.repeat(Math.min(deeper, 6 - heading)) + text.trimStart() : text,
  )
  const open = lines.at(-1)?.fence
  return [...text, ...(open ? [open] : [])].join('\n').replace(/^(?:[ \t]*\n)+|\s+$/g, '')
}

function isBlank({ text, fence }: Line): boolean {
  return fence === '' && text.trim() === ''
}

interface Line {
  text: string
  /** 1 to 6; 0 for none. */
  heading: number
  /** The fence of the code block that is open behind this line. */
  fence: string
}

function readLines(body: string): Line[] {
  const lines: Line[] = []
  let fence = ''
  let isComment = false
  for (const raw of body.split(/\r\n|\r|\n/)) {
    if (fence !== '') {
      if (new RegExp(`^ {0,3}${fence}${fence[0]}*\\s*$`).test(raw)) fence = ''
      lines.push({ text: raw, heading: 0, fence })
      continue
    }
    const { text, isOpen } = withoutComments(raw, isComment)
    const wasComment = isComment || text !== raw
    isComment = isOpen
    if (wasComment && text.trim() === '') continue
    fence = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(text)?.[1] ?? ''
    lines.push({ text, heading: /^ {0,3}(#{1,6})(?:\s|$)/.exec(text)?.[1]?.length ?? 0, fence })
  }
  return lines
}

function withoutComments(line: string, isComment: boolean): { text: string; isOpen: boolean } {
  let text = ''
  let rest = line
  let isOpen = isComment
  while (rest !== '') {
    const at = rest.indexOf(isOpen ? '-->' : '<!--')
    if (!isOpen) text += at < 0 ? rest : rest.slice(0, at)
    if (at < 0) break
    rest = rest.slice(at + (isOpen ? 3 : 4))
    isOpen = !isOpen
  }
  return { text, isOpen }
}

/** Whether anything stands under a heading, also under a smaller one. */
function hasContent(lines: Line[], at: number): boolean {
  for (const line of lines.slice(at + 1)) {
    if (line.heading > 0 && line.heading <= lines[at]!.heading) return false
    if (line.heading === 0 && line.text.trim() !== '') return true
  }
  return false
}
