/** How text looks on this terminal: passed in, so that a report is a pure string. */
import { stripVTControlCharacters, styleText } from 'node:util'
import stringWidth from 'string-width'
import { escapeTerminal, toAscii } from './escape.js'

export interface Style {
  color: boolean
  /** Block characters and typography; else plain ASCII. */
  unicode: boolean
  /** Columns. */
  width: number
}

export const PLAIN: Style = { color: false, unicode: true, width: 100 }

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export function paint(style: Style, how: Paint, text: string): string {
  return style.color && text !== '' ? styleText(how, text, { validateStream: false }) : text
}

/** Any text as one line that is safe on this terminal. Everything that comes from data goes through here. */
export function plain(style: Style, text: string): string {
  const safe = escapeTerminal(text)
  return style.unicode ? safe : toAscii(safe)
}

/** A finished text, colours and line ends included, for a terminal that may have no Unicode. */
export function fitCharset(style: Style, text: string): string {
  if (style.unicode) return text
  return text
    .split(/(\u001b\[[\d;]*m)/)
    .map((part, i) => (i % 2 === 0 ? toAscii(part) : part))
    .join('')
}

/** One column each: Latin letters, typography, superscripts, currencies, arrows, mathematics, boxes and blocks. */
const NARROW =
  /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u202f-\u205e\u2070-\u20cf\u2190-\u22ff\u2500-\u25fc]*$/

/** In columns. Most text is narrow, and to ask `string-width` once about other than ASCII costs a command 60 ms. */
export function widthOf(text: string): number {
  const shown = stripVTControlCharacters(text)
  return NARROW.test(shown) ? shown.length : stringWidth(shown)
}

/** At most this wide; what is cut off leaves an ellipsis. `text` holds no colours. */
export function truncate(style: Style, text: string, width: number, cut: 'start' | 'end' = 'end'): string {
  if (widthOf(text) <= width) return text
  const ellipsis = style.unicode ? '…' : '...'
  const room = width - ellipsis.length
  if (room <= 0) return ellipsis.slice(0, Math.max(width, 0))
  const segments = Array.from(SEGMENTER.segment(text), ({ segment }) => segment)
  if (cut === 'start') segments.reverse()
  const kept: string[] = []
  let used = 0
  for (const segment of segments) {
    used += widthOf(segment)
    if (used > room) break
    kept.push(segment)
  }
  return cut === 'start' ? ellipsis + kept.reverse().join('') : kept.join('') + ellipsis
}

/** Any text as one line that a terminal of this width doesn't wrap. */
export function fitLine(style: Style, text: string): string {
  return truncate(style, plain(style, text), style.width - 1)
}

const SEGMENTER = new Intl.Segmenter()

/** Lines of at most the terminal's width, broken at spaces; those after the first are indented. */
export function wrap(style: Style, text: string, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) > style.width && line !== '') {
      lines.push(line)
      line = indent + word
    } else {
      line = longer
    }
  }
  return [...lines, line].join('\n')
}
