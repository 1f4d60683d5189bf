import { type ReactNode, useMemo } from 'react'
import { listEvents, renderTimeline } from '../../reports/timeline.js'
import { describeEmpty, Page } from './page.js'
import type { Tab, TabProps } from './tab.js'

function TimelinePage({ story, style, height, isActive }: TabProps): ReactNode {
  const text = useMemo(() => {
    const events = listEvents(story.frontMatter)
    return events.length === 0
      ? describeEmpty('Nothing has happened yet.', style)
      : renderTimeline(events, style)
  }, [story, style])
  return <Page text={text} height={height} style={style} isActive={isActive} />
}

export const timelineTab: Tab = { name: 'timeline', keys: [], shows: [], Component: TimelinePage }
