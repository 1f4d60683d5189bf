/** Boxes of a flame graph on a terminal, and the legend of their colours. */
import { styleText } from 'node:util'
import type { FlameGraph, FlameNode } from '../profilers/flame.js'
import { formatShare } from '../units.js'
import { colourOfGroup, coloursIn, GROUP_NAMES, type GroupColour } from './flame-groups.js'
import { nameFrame } from './flame-rows.js'
import { plain, type Style, truncate, widthOf } from './style.js'

/** In narrower boxes a name is no more than a letter and an ellipsis. */
export const LEAST_LABEL = 4

const BACKGROUNDS: Record<
  GroupColour,
  'bgYellow' | 'bgCyan' | 'bgGreen' | 'bgRed' | 'bgWhite' | 'bgMagenta'
> = {
  own: 'bgYellow',
  dependency: 'bgCyan',
  node: 'bgGreen',
  gc: 'bgRed',
  native: 'bgWhite',
  whyslow: 'bgMagenta',
}

/** The name, and its share where there is room for both. */
export function labelBox(node: FlameNode, flame: FlameGraph, width: number, style: Style): string {
  const name = plain(style, nameFrame(node.frame))
  const withShare = `${name} ${formatShare(node.total / flame.total, 0)}`
  return widthOf(withShare) < width ? withShare : name
}

/** An edge on the left, the label, and the rest filled: by colour, or without it by a line. */
export function drawBox(label: string, node: FlameNode | null, width: number, style: Style): string {
  const edge = style.unicode ? '▏' : '|'
  const room = width - 1
  const shown = room < LEAST_LABEL ? '' : truncate(style, label, room)
  const rest = room - widthOf(shown)
  if (!style.color) {
    const line = style.unicode ? '─' : '-'
    return `${edge}${shown}${rest > 1 && shown !== '' ? ` ${line.repeat(rest - 1)}` : line.repeat(rest)}`
  }
  const text = `${edge}${shown}${' '.repeat(rest)}`
  const colours = node ? (['black', BACKGROUNDS[colourOfGroup(node.group)]] as const) : (['inverse'] as const)
  return styleText([...colours], text, { validateStream: false })
}

export function drawLegend({ nodes }: FlameGraph, style: Style): string[] {
  const lines: string[] = []
  let used = Infinity
  for (const colour of coloursIn(nodes.map(node => node.group))) {
    const text = ` ${GROUP_NAMES[colour]} `
    const painted = styleText(['black', BACKGROUNDS[colour]], text, { validateStream: false })
    if (used + 1 + text.length > style.width) {
      lines.push(painted)
      used = text.length
    } else {
      lines.push(`${lines.pop()} ${painted}`)
      used += 1 + text.length
    }
  }
  return lines
}
