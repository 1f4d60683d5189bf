/** A text that is longer than its place, with the keys to move in it. Only what is seen is rendered. */
import { type ReactNode, useState } from 'react'
import { paint, plain, type Style } from '../reports/style.js'
import { Lines } from './lines.js'
import { useKeys } from './use-keys.js'

export interface ScrollProps {
  /** Finished: escaped, colours included. */
  lines: readonly string[]
  /** Rows, the one that says where one is included. */
  height: number
  style: Style
  isActive: boolean
}

export function Scroll({ lines, height, style, isActive }: ScrollProps): ReactNode {
  const [wanted, setWanted] = useState(0)
  const fits = lines.length <= height
  const rows = fits ? height : Math.max(1, height - 1)
  const last = Math.max(0, lines.length - rows)
  const top = Math.min(wanted, last)
  useKeys(key => setWanted(before => moveInPage(key, Math.min(before, last), rows, last) ?? before), {
    isActive,
  })
  const seen = lines.slice(top, top + rows)
  if (fits) return <Lines lines={seen} height={height} />
  const where = `lines ${top + 1}–${top + seen.length} of ${lines.length}`
  return <Lines lines={[...seen, paint(style, 'dim', plain(style, where))]} height={rows + 1} />
}

/** Where a key leads from `from`, between 0 and `last`; undefined for one that doesn't move. */
export function moveInPage(key: string, from: number, page: number, last: number): number | undefined {
  const clamp = (to: number) => Math.max(0, Math.min(to, last))
  switch (key) {
    case 'up':
    case 'k':
      return clamp(from - 1)
    case 'down':
    case 'j':
      return clamp(from + 1)
    case 'pageup':
      return clamp(from - page)
    case 'pagedown':
    case ' ':
      return clamp(from + page)
    case 'home':
    case 'g':
      return 0
    case 'end':
    case 'G':
      return last
    default:
      return undefined
  }
}
