import { type ReactNode, useMemo } from 'react'
import { renderWhen } from '../../reports/when.js'
import { describeEmpty, Page } from './page.js'
import type { Tab, TabProps } from './tab.js'

function WhenPage({ results, style, height, isActive }: TabProps): ReactNode {
  const seen = results.look
  const text = useMemo(
    () =>
      seen === undefined
        ? describeEmpty('Its requests haven’t been looked at: press l.', style)
        : renderWhen(seen.look, seen.words.timezone, style),
    [seen, style],
  )
  return <Page text={text} height={height} style={style} isActive={isActive} />
}

export const whenTab: Tab = { name: 'when', keys: [], shows: ['look'], Component: WhenPage }
