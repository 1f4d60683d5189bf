/** How text looks on this terminal: passed in, so that a report is a pure string. */
import { styleText } from 'node:util'

export interface Style {
  color: boolean
  /** Block and braille characters; else plain ASCII. */
  unicode: boolean
  /** Columns. */
  width: number
}

export const PLAIN: Style = { color: false, unicode: true, width: 100 }

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export function paint(style: Style, how: Paint, text: string): string {
  return style.color ? styleText(how, text, { validateStream: false }) : text
}
