/** What the list shows, and which story is chosen in it. Pure. */
import {
  type BoardSort,
  type BoardStory,
  filterStories,
  groupStories,
  SORTS,
  type StoryGroup,
  sortStories,
} from '../reports/board-list.js'
import type { Stories } from './watch-stories.js'

export interface ListState {
  filter: string
  /** Whether the filter is being typed. */
  isFiltering: boolean
  sort: BoardSort
  /** Id of the chosen story; null for the first. */
  chosen: string | null
  /** Where that was among those that can be chosen, for when it is gone. */
  at: number
}

export type ListItem =
  | { kind: 'head'; group: StoryGroup }
  | { kind: 'story'; id: string; story: BoardStory }
  | { kind: 'unreadable'; id: string; unreadable: Stories['unreadable'][number] }

export function listItems(
  stories: readonly BoardStory[],
  unreadable: Stories['unreadable'],
  { filter, sort }: Pick<ListState, 'filter' | 'sort'>,
): ListItem[] {
  const sorted = sortStories(filterStories(stories, filter), sort)
  const asItem = (story: BoardStory): ListItem => ({ kind: 'story', id: story.id, story })
  const readable =
    sort === 'status'
      ? groupStories(sorted).flatMap(group => [
          { kind: 'head' as const, group },
          ...group.stories.map(asItem),
        ])
      : sorted.map(asItem)
  return [
    ...unreadable.map(one => ({ kind: 'unreadable' as const, id: one.id, unreadable: one })),
    ...readable,
  ]
}

/** Those that can be chosen. */
export function choices(items: readonly ListItem[]): Exclude<ListItem, { kind: 'head' }>[] {
  return items.filter(item => item.kind !== 'head')
}

/** Index of the chosen one among the choices: the one in its place when it is gone; -1 when there is none. */
export function locateChosen(among: readonly { id: string }[], { chosen, at }: ListState): number {
  const index = among.findIndex(({ id }) => id === chosen)
  return index >= 0 ? index : Math.min(at, among.length - 1)
}

export function nextSort(sort: BoardSort): BoardSort {
  return SORTS[(SORTS.indexOf(sort) + 1) % SORTS.length]!
}

/** First of the rows that are seen: the chosen one stays in the middle while there are rows around it. */
export function scrollTo(line: number, height: number, lines: number): number {
  return Math.max(0, Math.min(line - Math.floor(height / 2), lines - height))
}
