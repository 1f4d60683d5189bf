import { type ReactNode, useMemo } from 'react'
import { foldLines } from '../../reports/fold.js'
import { paint, plain, type Style, wrap } from '../../reports/style.js'
import { Scroll } from '../scroll.js'
import type { TabProps } from './tab.js'

/** A finished text as a page that scrolls: nothing of it is cut off at the edge. */
export function Page({
  text,
  height,
  style,
  isActive,
}: Pick<TabProps, 'height' | 'style' | 'isActive'> & { text: string }): ReactNode {
  const lines = useMemo(() => foldLines(text, style.width), [text, style.width])
  return <Scroll lines={lines} height={height} style={style} isActive={isActive} />
}

/** What stands on a page that has nothing to show yet. */
export function describeEmpty(text: string, style: Style): string {
  return paint(style, 'dim', wrap(style, plain(style, text)))
}
