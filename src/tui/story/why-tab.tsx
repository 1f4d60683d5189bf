import { type ReactNode, useMemo } from 'react'
import { renderExplanation } from '../../reports/explain.js'
import { describeEmpty, Page } from './page.js'
import type { Tab, TabProps } from './tab.js'

function WhyPage({ results, style, height, isActive }: TabProps): ReactNode {
  const found = results.explain
  const text = useMemo(
    () =>
      found === undefined
        ? describeEmpty('What its slow requests have in common hasn’t been looked for: press e.', style)
        : renderExplanation(found.explanation, style, found.words),
    [found, style],
  )
  return <Page text={text} height={height} style={style} isActive={isActive} />
}

export const whyTab: Tab = { name: 'why', keys: [], shows: ['explain'], Component: WhyPage }
