/** One story: the frame around its pages, and the keys that change it or ask about it. */
import { Box } from 'ink'
import type { ReactNode } from 'react'
import { describeStory } from '../../reports/board-list.js'
import { paint, plain, type Style, truncate } from '../../reports/style.js'
import type { Story } from '../../stories/read-story.js'
import { formatDuration, formatShare } from '../../units.js'
import { Lines } from '../lines.js'
import type { Asked } from '../prompt.js'
import { useKeys } from '../use-keys.js'
import type { TaskName, Tasks } from '../work.js'
import { type Edited, findKeyChange } from './change-story.js'
import { findKeyTask, type KeyTask } from './start-task.js'
import type { Results, RunningTask, Tab } from './tab.js'
import { renderTabBar } from './tab-bar.js'

export interface StoryViewProps {
  story: Story
  tabs: readonly Tab[]
  /** Index of the page. */
  page: number
  style: Style
  height: number
  isActive: boolean
  now: Date
  /** As the workbook has it: `30m`. */
  budget: string
  results: Results
  running: RunningTask | null
  onPage: (page: number) => void
  onAsk: (asked: Asked) => void
  onChange: (work: () => Promise<Edited>) => void
  /** `command` does the same. */
  onStart: <K extends TaskName>(name: K, request: Tasks[K]['request'], command?: string) => void
  onProblem: (problem: unknown) => void
  onCancel: () => void
  onEdit: () => void
  onBack: () => void
  onLeave: () => void
}

/** Title, facts, tabs. */
const HEAD_ROWS = 3

export function StoryView(props: StoryViewProps): ReactNode {
  const { story, tabs, page, style, height, isActive, now, results, running, onStart } = props
  const tab = tabs[page]!
  useKeys(key => answerKey(key, props), { isActive })
  return (
    <Box flexDirection="column">
      <Lines lines={renderHead(props)} height={HEAD_ROWS} />
      <tab.Component
        key={tab.name}
        story={story}
        style={style}
        height={height - HEAD_ROWS}
        isActive={isActive}
        now={now}
        results={results}
        running={running}
        start={onStart}
      />
    </Box>
  )
}

function answerKey(key: string, props: StoryViewProps): void {
  const { story, tabs, page, running } = props
  const to = findPage(key, tabs, page)
  const task = findKeyTask(key, story.frontMatter)
  if (to !== undefined) props.onPage(to)
  else if (task) askAndStart(task, props)
  else if (key === 'x' || (key === 'escape' && running)) props.onCancel()
  else if (key === 'escape') props.onBack()
  else if (key === 'o') props.onEdit()
  else if (key === 'q') props.onLeave()
  else askAndChange(key, props)
}

/** Turns to the page that shows what comes out. */
function askAndStart(task: KeyTask, { tabs, running, onAsk, onPage, onStart }: StoryViewProps): void {
  if (running) return
  const onDone = (answers: string[]) => {
    onStart(task.name, task.request(answers), task.command(answers))
    const page = tabs.findIndex(({ shows }) => shows.includes(task.name))
    if (page >= 0) onPage(page)
  }
  if (task.questions.length === 0) onDone([])
  else onAsk({ questions: task.questions, onDone })
}

function askAndChange(key: string, { story, budget, onAsk, onChange, onProblem }: StoryViewProps): void {
  try {
    const found = findKeyChange(key, story, budget)
    if (!found) return
    const { questions, change } = found
    onAsk({ questions, onDone: answers => onChange(() => change(answers)) })
  } catch (problem) {
    onProblem(problem)
  }
}

/** Where a key leads from a page; undefined for one that doesn't. */
function findPage(key: string, tabs: readonly Tab[], page: number): number | undefined {
  const to = (index: number) => (index + tabs.length) % tabs.length
  const takesArrows = tabs[page]?.takesArrows === true
  if (key === 'tab' || (key === 'right' && !takesArrows)) return to(page + 1)
  if (key === 'shift-tab' || (key === 'left' && !takesArrows)) return to(page - 1)
  return /^[1-9]$/.test(key) && Number(key) <= tabs.length ? Number(key) - 1 : undefined
}

function renderHead({ story, tabs, page, style, now }: StoryViewProps): string[] {
  const { id, title, status, route, share, under_ms, tracker } = describeStory(story.frontMatter, now)
  const under = under_ms === null ? '' : ` (under ${formatDuration(under_ms)})`
  const good = `${formatShare(share)} good${under}`
  const facts = [id, status, route, share === null ? null : good, tracker].filter(fact => fact !== null)
  return [
    paint(style, 'bold', truncate(style, plain(style, title), style.width)),
    paint(style, 'dim', truncate(style, plain(style, facts.join(' · ')), style.width)),
    renderTabBar(tabs, page, style),
  ]
}
