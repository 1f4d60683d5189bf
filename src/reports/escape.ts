/** Text from logs, tickets and files is data from strangers. Nothing of it may reach a screen or a page unescaped. */

/**
 * Control characters, C1 controls, halves of surrogate pairs, and characters that reorder or hide text: zero-width ones, bidirectional
 * marks, soft hyphens, line separators, annotations, tags.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/gu

/** One line for a terminal: unsafe characters are shown as `\x1b`, `\u202e`. */
export function escapeTerminal(text: string): string {
  return text.replace(UNSAFE, character => {
    if (character === '\n') return '\\n'
    if (character === '\t') return ' '
    return showCode(character)
  })
}

/** Several lines for a terminal: line ends stay. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeTerminal).join('\n')
}

/** Text of an element or an attribute in HTML, SVG and XML. Noncharacters, which XML forbids, are shown by their code, too. */
export function escapeMarkup(text: string): string {
  return escapeTerminal(text)
    .replace(/[\ufffe\uffff]/g, showCode)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** JSON inside a `<script>` of a page: the same data, in which nothing ends the script. */
export function escapeScript(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

/** JSON text in which nothing acts on a terminal: the same data, with unsafe characters as `\u009b`. Line ends stay. */
export function escapeJson(json: string): string {
  const safe = json.replace(UNSAFE, character => {
    if (character === '\n') return character
    return Array.from({ length: character.length }, (_, i) => {
      return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
    }).join('')
  })
  return safe.replaceAll('##[', '#\\u0023[')
}

/**
 * In a CI job a line of output can be a command to the runner (`::error::…`, `##[group]…`). The same text, with those taken apart:
 * `\x3a:error::`, `#\x23[group]`. An IPv6 address such as `::1` stays as it is.
 */
export function escapeWorkflow(text: string): string {
  return text
    .replace(/^([^\S\n]*):(?=:[a-z][a-z-]*(?: [^\n]*?)?::)/gim, '$1\\x3a')
    .replaceAll('##[', '#\\x23[')
}

const TYPOGRAPHY: Record<string, string> = {
  '–': '-',
  '−': '-',
  '·': '|',
  '…': '...',
  '“': '"',
  '”': '"',
  '’': "'",
  '→': '->',
  '≥': '>=',
  '×': 'x',
  µ: 'u',
}

/** For a terminal without Unicode: typography in ASCII, every other character by its code. */
export function toAscii(text: string): string {
  return text.replace(/[^\n -~]/gu, character => TYPOGRAPHY[character] ?? showCode(character))
}

function showCode(character: string): string {
  const code = character.codePointAt(0)!
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  const digits = code.toString(16).padStart(4, '0')
  return code < 0x10000 ? `\\u${digits}` : `\\u{${digits}}`
}
