/** One page of the story view. The view owns the frame around it: title, tabs, clock, footer, prompts. */
import type { ReactNode } from 'react'
import type { Style } from '../../reports/style.js'
import type { Story } from '../../stories/read-story.js'
import type { KeyHelp } from '../keys.js'
import type { TaskName, TaskProgress, Tasks } from '../work.js'

/** What was asked for in this view, by task: the newest of each. */
export type Results = Partial<{ [K in TaskName]: Tasks[K]['result'] }>

export interface RunningTask {
  name: TaskName
  progress: TaskProgress | null
  /** Milliseconds. */
  elapsed: number
}

export interface TabProps {
  story: Story
  /** `width`: the columns of the tab. */
  style: Style
  /** Rows of the tab. */
  height: number
  /** Whether keys are for it: no prompt, no help lies above it. */
  isActive: boolean
  /** Of the workbook. */
  now: Date
  results: Results
  /** One at a time; the view shows how far it is, and cancels it. */
  running: RunningTask | null
  /** Its result comes in `results`, an error stands in the view. Does nothing while another task is running. */
  start: <K extends TaskName>(name: K, request: Tasks[K]['request']) => void
}

export interface Tab {
  /** On its tab, and in the help: one word. */
  name: string
  /** Keys that it answers besides scrolling, for the footer and the help. Not those of the view: see `keys.ts`. */
  keys: readonly KeyHelp[]
  /** Tasks whose results it shows: the view turns to it when one of them is started by key. */
  shows: readonly TaskName[]
  /** It answers ← and →; tabs are then changed by Tab and number only. */
  takesArrows?: boolean
  /** Is mounted while it is seen; its state is lost when another tab is chosen. */
  Component: (props: TabProps) => ReactNode
}
