import { type ReactNode, useMemo } from 'react'
import { renderTest } from '../../reports/hypothesis-test.js'
import { renderStoryHypotheses } from '../../reports/story-hypotheses.js'
import { Page } from './page.js'
import type { Tab, TabProps } from './tab.js'

function TestsPage({ story, results, style, height, isActive }: TabProps): ReactNode {
  const tested = results['test-hypothesis']
  const text = useMemo(() => {
    const all = renderStoryHypotheses(story.id, story.frontMatter.hypotheses, style)
    return tested === undefined ? all : `${renderTest(tested, style)}\n\n${all}`
  }, [story, tested, style])
  return <Page text={text} height={height} style={style} isActive={isActive} />
}

export const testsTab: Tab = { name: 'tests', keys: [], shows: ['test-hypothesis'], Component: TestsPage }
