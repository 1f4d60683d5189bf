/** The whole screen: header with the clock, the list or a story, what is being said or asked, and the keys. */
import path from 'node:path'
import { Box, useApp, useWindowSize } from 'ink'
import { type ReactNode, useMemo, useState, useSyncExternalStore } from 'react'
import { WhyslowError } from '../errors.js'
import { findTarget } from '../evidence/good.js'
import type { BoardSort } from '../reports/board-list.js'
import type { Style } from '../reports/style.js'
import { storyFile } from '../stories/read-story.js'
import { findRunning } from '../stories/timeboxes.js'
import { parseDuration } from '../units.js'
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
import { describeEnd, type Message, renderMessage, renderTask } from './message.js'
import { type Asked, Prompt } from './prompt.js'
import { moveInPage, Scroll } from './scroll.js'
import type { Edited } from './story/change-story.js'
import { MissingStory } from './story/missing-story.js'
import { StoryView } from './story/story-view.js'
import type { Tab } from './story/tab.js'
import { StoryList } from './story-list.js'
import { useDesk } from './use-desk.js'
import { useFreshState } from './use-fresh-state.js'
import { useKeys } from './use-keys.js'
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

const LEAST_WIDTH = 60
const LEAST_HEIGHT = 16

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
  const [message, setMessage] = useState<Message>(null)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [isHelping, setHelping] = useState(false)

  const timed = useMemo(() => stories.readable.filter(story => findRunning(story.frontMatter)), [stories])
  const now = useNow(props.now, timed.length > 0 || desk.running !== null)
  const story = stories.readable.find(({ id }) => id === open)

  const isTyping = asked !== null || (open === null && list.state.isFiltering)
  const isActive = asked === null && !isHelping
  useKeys(
    key => {
      setMessage(null)
      if (isHelping) {
        if (moveInPage(key, 0, 0, 0) === undefined) setHelping(false)
      } else if (key === '?' && !list.read().isFiltering) setHelping(true)
    },
    { isActive: !isTyping || isHelping },
  )

  if (width < LEAST_WIDTH || height < LEAST_HEIGHT) {
    const least = `The board needs ${LEAST_WIDTH} columns and ${LEAST_HEIGHT} rows; here are ${width} and ${height}.`
    return <Lines lines={[least]} height={1} />
  }

  const fail = (problem: unknown) =>
    problem instanceof WhyslowError
      ? setMessage(problem)
      : app.exit(problem instanceof Error ? problem : new Error(String(problem)))
  const leave = () => app.exit(LEFT)
  const ask = ({ questions, onDone }: Asked) =>
    setAsked({
      questions,
      onDone(answers) {
        setAsked(null)
        onDone(answers)
      },
    })
  const edit = (id: string) => {
    app
      .suspendTerminal(() => openEditor(storyFile(workbook, id)))
      .catch(fail)
      .finally(props.stories.refresh)
  }
  const change = (work: () => Promise<Edited>) => {
    work().then(({ story: changed, message: said }) => {
      props.stories.put(changed)
      setMessage(said)
    }, fail)
  }
  function start<K extends TaskName>(name: K, request: Tasks[K]['request'], command?: string): void {
    desk.start(open!, name, request, end => {
      if (end.how === 'failed') fail(end.error)
      else setMessage({ done: describeEnd(name, end.how), ...(command === undefined ? {} : { command }) })
    })
  }

  const said = desk.running
    ? [renderTask(desk.running, performance.now(), style)]
    : renderMessage(message, style)
  const saidRows = asked ? 1 : said.length
  const body = height - 2 - saidRows

  return (
    <Box flexDirection="column" height={height}>
      <Lines
        lines={[renderHeader(path.basename(workbook.dir), readTimeboxes(timed, now), style)]}
        height={1}
      />
      <Box height={body} flexDirection="column" overflow="hidden">
        {renderScreen()}
      </Box>
      {asked ? (
        <Prompt {...asked} row={height - 2} style={style} onCancel={() => setAsked(null)} />
      ) : (
        <Lines lines={said} height={saidRows} />
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
          onOpen={id => {
            setOpen(id)
            setPage(0)
          }}
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
          onBack={() => setOpen(null)}
          onLeave={leave}
        />
      )
    }
    return (
      <StoryView
        story={story}
        under_ms={targetOf()}
        tabs={tabs}
        page={page}
        style={style}
        height={body}
        isActive={isActive}
        now={now}
        budget={`${workbook.config.timebox / 60_000}m`}
        results={desk.resultsOf(story.id)}
        running={desk.running && { ...desk.running, elapsed: performance.now() - desk.running.started }}
        onPage={setPage}
        onAsk={ask}
        onChange={change}
        onStart={start}
        onProblem={fail}
        onCancel={desk.cancel}
        onEdit={() => edit(story.id)}
        onBack={() => setOpen(null)}
        onLeave={leave}
      />
    )
  }

  function targetOf(): number {
    const { under, route } = story!.frontMatter
    return under === null ? findTarget(workbook.config.targets, route).under_ms : parseDuration(under)
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
