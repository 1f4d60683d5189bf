/** All stories: filter, sort, choose one. Rows that aren't seen are neither laid out nor rendered. */
import { type ReactNode, useMemo } from 'react'
import { describeStory, layoutStories, renderGroupHead } from '../reports/board-list.js'
import { paint, plain, type Style, truncate } from '../reports/style.js'
import { formatCount } from '../units.js'
import { applyKey, editLine, textOf } from './edit-line.js'
import { Lines } from './lines.js'
import {
  choices,
  type ListItem,
  type ListState,
  listItems,
  locateChosen,
  nextSort,
  scrollTo,
} from './list-state.js'
import { moveInPage } from './scroll.js'
import type { FreshState } from './use-fresh-state.js'
import { useKeys } from './use-keys.js'
import type { Stories } from './watch-stories.js'

export interface StoryListProps {
  stories: Stories
  list: FreshState<ListState>
  style: Style
  height: number
  isActive: boolean
  now: Date
  onOpen: (id: string) => void
  onEdit: (id: string) => void
  onLeave: () => void
}

/** Of the mark before each row. */
const MARK_WIDTH = 2

export function StoryList({ stories, list, style, height, isActive, now, ...on }: StoryListProps): ReactNode {
  const { filter, sort } = list.state
  const minute = Math.floor(now.getTime() / 60_000)
  // Ages change by the minute, not with each tick of the clock.
  const time = useMemo(() => new Date(minute * 60_000), [minute])
  const described = useMemo(
    () => stories.readable.map(({ frontMatter }) => describeStory(frontMatter, time)),
    [stories, time],
  )
  const { color, unicode, width } = style
  const layout = useMemo(
    () => layoutStories(described, sort, time, { color, unicode, width: width - MARK_WIDTH }),
    [described, sort, time, color, unicode, width],
  )
  const items = useMemo(
    () => listItems(described, stories.unreadable, { filter, sort }),
    [described, stories, filter, sort],
  )
  const among = useMemo(() => choices(items), [items])
  const at = locateChosen(among, list.state)
  const chosen = among[at]
  const rows = Math.max(1, height - 1 - layout.head.length)

  useKeys(
    key => {
      const state = list.read()
      if (state.isFiltering) return list.set(typeFilter(state, key))
      const from = locateChosen(among, state)
      const to = moveInPage(key, from, rows, among.length - 1)
      if (to !== undefined) return list.set({ ...state, chosen: among[to]?.id ?? null, at: Math.max(0, to) })
      const id = among[from]?.id
      if (key === 'enter' && id !== undefined) on.onOpen(id)
      else if (key === 'o' && id !== undefined) on.onEdit(id)
      else if (key === '/') list.set({ ...state, isFiltering: true })
      else if (key === 's') list.set({ ...state, sort: nextSort(state.sort) })
      else if (key === 'escape') list.set({ ...state, filter: '' })
      else if (key === 'q') on.onLeave()
    },
    { isActive },
  )

  const line = chosen === undefined ? 0 : items.indexOf(chosen)
  const top = scrollTo(line, rows, items.length)
  const seen = items.slice(top, top + rows)
  const said = describeChoice(among.length, stories, list.state, style)
  const head = seen.length === 0 ? [] : layout.head.map(text => ' '.repeat(MARK_WIDTH) + text)
  const body =
    seen.length === 0
      ? [paint(style, 'dim', plain(style, sayEmpty(stories, filter)))]
      : seen.map(item => renderItem(item, item === chosen, layout, style))
  return <Lines lines={[said, ...head, ...body]} height={height} />
}

function describeChoice(count: number, stories: Stories, state: ListState, style: Style): string {
  const { filter, isFiltering, sort } = state
  const total = formatCount(stories.readable.length + stories.unreadable.length)
  const isFiltered = isFiltering || filter !== ''
  const many = isFiltered ? `${formatCount(count)} of ${total} stories` : `${total} stories`
  const unread = stories.unread ? `, reading ${formatCount(stories.unread)} more` : ''
  const words = isFiltered ? `  /${plain(style, filter)}${isFiltering ? '_' : ''}` : ''
  return `${paint(style, 'dim', `${many}${unread}, by ${sort}`)}${paint(style, 'bold', words)}`
}

function typeFilter(state: ListState, key: string): ListState {
  if (key === 'enter') return { ...state, isFiltering: false }
  if (key === 'escape') return { ...state, isFiltering: false, filter: '' }
  return { ...state, filter: textOf(applyKey(editLine(state.filter), key)) }
}

function sayEmpty({ unread }: Stories, filter: string): string {
  if (filter !== '') return 'No story has these words.'
  return unread !== 0 ? 'Reading the stories.' : 'There are no stories yet: whyslow triage'
}

function renderItem(
  item: ListItem,
  isChosen: boolean,
  layout: ReturnType<typeof layoutStories>,
  style: Style,
): string {
  if (item.kind === 'head') return renderGroupHead(item.group, style)
  const mark = isChosen ? paint(style, 'cyan', style.unicode ? '▸ ' : '> ') : '  '
  if (item.kind === 'story') {
    const row = layout.line(item.story)
    return mark + (isChosen ? paint(style, 'bold', row) : row)
  }
  const { id, unreadable } = item
  const text = plain(style, `${id} can’t be read: ${unreadable.problem.message}`)
  return mark + paint(style, 'red', truncate(style, text, style.width - MARK_WIDTH))
}
