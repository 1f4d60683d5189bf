import { type ReactNode, useMemo } from 'react'
import { renderClaim } from '../../reports/story-claim.js'
import { Page } from './page.js'
import type { Tab, TabProps } from './tab.js'

function StoryPage({ story, style, height, isActive }: TabProps): ReactNode {
  const text = useMemo(() => renderClaim(story.frontMatter, story.body, style), [story, style])
  return <Page text={text} height={height} style={style} isActive={isActive} />
}

export const storyTab: Tab = { name: 'story', keys: [], shows: [], Component: StoryPage }
