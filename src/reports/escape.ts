/** Text from logs, tickets and files is data from strangers. Nothing of it may reach a screen or a page unescaped. */

/** Control characters, C1 controls, and characters that reorder or hide text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** One line for a terminal: unsafe characters are shown as `\x1b`, `\u202e`. */
export function escapeTerminal(text: string): string {
  return text.replace(UNSAFE, character => {
    const code = character.charCodeAt(0)
    if (character === '\n') return '\\n'
    if (character === '\t') return ' '
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** Several lines for a terminal: line ends stay. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeTerminal).join('\n')
}
