import { type ReactNode, useMemo } from 'react'
import { renderEvidence } from '../../reports/evidence.js'
import { Page } from './page.js'
import type { Tab, TabProps } from './tab.js'

function EvidencePage({ story, style, height, isActive }: TabProps): ReactNode {
  const text = useMemo(() => renderEvidence(story.frontMatter.evidence, style), [story, style])
  return <Page text={text} height={height} style={style} isActive={isActive} />
}

export const evidenceTab: Tab = { name: 'evidence', keys: [], shows: [], Component: EvidencePage }
