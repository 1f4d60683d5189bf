/** The whole screen: header with the clock, the list or a story, what is being said or asked, and the keys. */
import path from 'node:path'
import { Box, useApp, useWindowSize } from 'ink'
import { type ReactNode, useMemo, useState, useSyncExternalStore } from 'react'
import { WhyslowError } from '../errors.js'
import type { BoardSort } from '../reports/board-list.js'
import type { Style } from '../reports/style.js'
import { storyFile } from '../stories/read-story.js'
import { findRunning } from '../stories/timeboxes.js'
import type { Workbook } from '../workbook/workbook.js'
import { useNow } from './clock.js'
import { readTimeboxes, renderHeader } from './header.js'
import {
  FILTER_KEYS,
  HELP_KEYS,
  type KeyHelp,
  LIST_KEYS,
  MISSING_KEYS,
  PROMPT_KEYS,
  renderFooter,
  renderHelp,
  STORY_KEYS,
} from './keys.js'
import { Lines } from './lines.js'
import type { ListState } from './list-state.js'
import { describeEnd, type Message, renderMessages, renderTask } from './message.js'
import { type Asked, Prompt } from './prompt.js'
import { moveInPage, Scroll } from './scroll.js'
import type { Edited } from './story/change-story.js'
import { MissingStory } from './story/missing-story.js'
import { StoryView } from './story/story-view.js'
import type { Tab } from './story/tab.js'
import { StoryList } from './story-list.js'
import { useDesk } from './use-desk.js'
import { useFreshState } from './use-fresh-state.js'
import { useKeyQueue, useKeys } from './use-keys.js'
import type { WatchedStories } from './watch-stories.js'
import type { TaskName, Tasks, Work } from './work.js'

export interface BoardProps {
  workbook: Workbook
  stories: WatchedStories
  work: Work
  tabs: readonly Tab[]
  style: Omit<Style, 'width'>
  now: () => Date
  /** Comes back when the editor is closed. The terminal is its own meanwhile. */
  openEditor: (file: string) => Promise<void>
  filter: string
  sort: BoardSort
}

const SILENCE: readonly Message[] = []
const LEAST_WIDTH = 60
const LEAST_HEIGHT = 16
/** Rows of the list or the story, however much there is to say. */
const LEAST_BODY = 9

export function Board({ workbook, work, tabs, openEditor, ...props }: BoardProps): ReactNode {
  const { columns: width, rows: height } = useWindowSize()
  const style = { ...props.style, width }
  const app = useApp()
  const stories = useSyncExternalStore(props.stories.subscribe, props.stories.current)
  const desk = useDesk(work)
  const list = useFreshState<ListState>({
    filter: props.filter,
    isFiltering: false,
    sort: props.sort,
    chosen: null,
    at: 0,
  })
  const [open, setOpen] = useState<string | null>(null)
  const [page, setPage] = useState(0)
  const [messages, setMessages] = useState(SILENCE)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [isHelping, setHelping] = useState(false)
  const keys = useKeyQueue()

  const timed = useMemo(() => stories.readable.filter(story => findRunning(story.frontMatter)), [stories])
  const now = useNow(props.now, timed.length > 0 || desk.running !== null)
  const story = stories.readable.find(({ id }) => id === open)

  const isTyping = asked !== null || (open === null && list.state.isFiltering)
  const isActive = asked === null && !isHelping
  useKeys(
    key => {
      setMessages(SILENCE)
      const turnsHelp = isHelping
        ? moveInPage(key, 0, 0, 0) === undefined
        : key === '?' && !list.read().isFiltering
      if (!turnsHelp) return
      setHelping(!isHelping)
      keys.turn()
    },
    { isActive: !isTyping || isHelping, isFirst: true },
  )

  if (width < LEAST_WIDTH || height < LEAST_HEIGHT) {
    const least = `The board needs ${LEAST_WIDTH} columns and ${LEAST_HEIGHT} rows; here are ${width} and ${height}.`
    return <Lines lines={[least]} height={1} />
  }

  // Beside what was said since the last key, which nobody may have seen yet.
  const say = (message: Message) => setMessages(before => [...before, message])
  const fail = (problem: unknown) =>
    problem instanceof WhyslowError
      ? say(problem)
      : app.exit(problem instanceof Error ? problem : new Error(String(problem)))
  const leave = () => {
    keys.mute(true)
    app.exit(LEFT)
  }
  const turnTo = (id: string | null) => {
    setOpen(id)
    setPage(0)
    keys.turn()
  }
  const turnPage = (to: number) => {
    setPage(to)
    keys.turn()
  }
  const setPrompt = (prompt: Asked | null) => {
    setAsked(prompt)
    keys.turn()
  }
  const ask = ({ questions, onDone }: Asked) =>
    setPrompt({
      questions,
      onDone(answers) {
        setPrompt(null)
        onDone(answers)
      },
    })
  const edit = (id: string) => {
    keys.mute(true)
    app
      .suspendTerminal(() => openEditor(storyFile(workbook, id)))
      .catch(fail)
      .finally(() => {
        keys.mute(false)
        props.stories.refresh()
      })
  }
  const change = (work: () => Promise<Edited>) => {
    work().then(({ story: changed, message }) => {
      props.stories.put(changed)
      say(message)
    }, fail)
  }
  function start<K extends TaskName>(name: K, request: Tasks[K]['request'], command?: string): void {
    desk.start(open!, name, request, end => {
      if (end.how === 'failed') fail(end.error)
      else say({ done: describeEnd(name, end.how), ...(command === undefined ? {} : { command }) })
    })
  }

  const said = renderMessages(messages, height - 3 - LEAST_BODY, style)
  if (desk.running && !asked) said.push(renderTask(desk.running, performance.now(), style))
  const body = height - 2 - said.length - (asked ? 1 : 0)

  return (
    <Box flexDirection="column" height={height}>
      <Lines
        lines={[renderHeader(path.basename(workbook.dir), readTimeboxes(timed, now), style)]}
        height={1}
      />
      <Box height={body} flexDirection="column" overflow="hidden">
        {renderScreen()}
      </Box>
      <Lines lines={said} height={said.length} />
      {asked && (
        <Prompt
          {...asked}
          row={height - 2}
          style={style}
          onProblem={fail}
          onTry={() => setMessages(SILENCE)}
          onCancel={() => setPrompt(null)}
        />
      )}
      <Lines lines={[renderFooter(chooseKeys(), style)]} height={1} />
    </Box>
  )

  function renderScreen(): ReactNode {
    if (isHelping) {
      const lines = renderHelp(screenKeys(), open ?? 'ID', style)
      return <Scroll lines={lines} height={body} style={style} isActive />
    }
    if (open === null) {
      return (
        <StoryList
          stories={stories}
          list={list}
          style={style}
          height={body}
          isActive={isActive}
          now={now}
          onOpen={turnTo}
          onEdit={edit}
          onLeave={leave}
        />
      )
    }
    if (!story) {
      return (
        <MissingStory
          id={open}
          unreadable={stories.unreadable.find(({ id }) => id === open)}
          style={style}
          height={body}
          isActive={isActive}
          onEdit={() => edit(open)}
          onBack={() => turnTo(null)}
          onLeave={leave}
        />
      )
    }
    return (
      <StoryView
        story={story}
        tabs={tabs}
        page={page}
        style={style}
        height={body}
        isActive={isActive}
        now={now}
        budget={`${workbook.config.timebox / 60_000}m`}
        results={desk.resultsOf(story.id)}
        running={desk.running && { ...desk.running, elapsed: performance.now() - desk.running.started }}
        onPage={turnPage}
        onAsk={ask}
        onChange={change}
        onStart={start}
        onProblem={fail}
        onCancel={desk.cancel}
        onEdit={() => edit(story.id)}
        onBack={() => turnTo(null)}
        onLeave={leave}
      />
    )
  }

  function screenKeys(): readonly KeyHelp[] {
    if (open === null) return LIST_KEYS
    return story ? [...(tabs[page]?.keys ?? []), ...STORY_KEYS] : MISSING_KEYS
  }

  function chooseKeys(): readonly KeyHelp[] {
    if (asked) return PROMPT_KEYS
    if (isHelping) return HELP_KEYS
    return open === null && list.state.isFiltering ? FILTER_KEYS : screenKeys()
  }
}

/** What `exit` is told when the board is left by its key; Ctrl-C tells nothing. */
export const LEFT = 'left'
