/** One page of the story view. The view owns the frame around it: title, tabs, clock, footer, prompts. */
import type { ReactNode } from 'react'
import type { Style } from '../../reports/style.js'
import type { Story } from '../../stories/read-story.js'
import type { Work } from '../work.js'

export interface TabProps {
  story: Story
  /** `width`: the columns of the tab. */
  style: Style
  /** Rows of the tab. */
  height: number
  /** Whether keys are for it: no prompt, no help lies above it. */
  isActive: boolean
  work: Work
  /** Of the workbook. */
  now: Date
}

export interface Tab {
  /** On its tab, and in the help: one word. */
  name: string
  /** Keys that it answers besides scrolling, for the footer and the help. */
  keys: readonly { keys: string; does: string }[]
  Component: (props: TabProps) => ReactNode
}
