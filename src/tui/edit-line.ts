/** One line of text that is typed. Pure. */
import type { KeyName } from './use-keys.js'

export interface EditedLine {
  /** By character, as people see them. */
  before: readonly string[]
  after: readonly string[]
}

const SEGMENTER = new Intl.Segmenter()

export function editLine(text: string): EditedLine {
  return { before: Array.from(SEGMENTER.segment(text), ({ segment }) => segment), after: [] }
}

export function textOf({ before, after }: EditedLine): string {
  return [...before, ...after].join('')
}

export function insertText({ before, after }: EditedLine, text: string): EditedLine {
  return { before: editLine(before.join('') + text).before, after }
}

/** The same line for a key that isn't of a text. */
export function applyKey(line: EditedLine, key: KeyName): EditedLine {
  const { before, after } = line
  switch (key) {
    case 'left':
      return before.length === 0 ? line : { before: before.slice(0, -1), after: [before.at(-1)!, ...after] }
    case 'right':
      return after.length === 0 ? line : { before: [...before, after[0]!], after: after.slice(1) }
    case 'home':
    case 'ctrl-a':
      return { before: [], after: [...before, ...after] }
    case 'end':
    case 'ctrl-e':
      return { before: [...before, ...after], after: [] }
    case 'backspace':
      return { before: before.slice(0, -1), after }
    case 'delete':
      return { before, after: after.slice(1) }
    case 'ctrl-u':
      return { before: [], after }
    case 'ctrl-w':
      return { before: editLine(before.join('').replace(/\S+\s*$/, '')).before, after }
    default:
      return /^[a-z]+-?[a-z]+$/.test(key) ? line : insertText(line, key)
  }
}
