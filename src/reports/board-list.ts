/** The stories as the board lists them: by status, each with the figures to choose by. */
import { measuredShare } from '../stories/filed-share.js'
import { STATUSES, type StoryAnswer, type StoryFrontMatter, type StoryStatus } from '../stories/schema.js'
import { findRunning, readTimebox, type TimeboxStatus } from '../stories/timeboxes.js'
import { formatCount, formatDuration, formatShare, parseDuration } from '../units.js'
import { shortAnswer, withoutUnit } from './stories.js'
import { fitCharset, paint, type Style } from './style.js'
import { type Cell, type Column, layoutTable, type TableLayout } from './table.js'

export interface BoardStory {
  id: string
  title: string
  status: StoryStatus
  route: string | null
  /** Good requests, 0 to 1: after the fix, once that was measured. Null where nobody knows. */
  share: number | null
  /** The target that the share was measured with, in milliseconds; null where nobody wrote it down. */
  under_ms: number | null
  customers: StoryAnswer
  revenue: StoryAnswer
  opened: string | null
  tracker: string | null
  /** The one that is running. */
  timebox: TimeboxStatus | null
}

export const SORTS = ['status', 'share', 'customers', 'money', 'age'] as const
export type BoardSort = (typeof SORTS)[number]

export function describeStory(story: StoryFrontMatter, now: Date): BoardStory {
  const { id, title, status, route, opened, questions, links } = story
  const { customers, revenue } = questions
  const running = findRunning(story)
  return {
    id,
    title,
    status,
    route,
    ...describeShare(story),
    customers,
    revenue,
    opened,
    tracker: links.jira ?? links.github,
    timebox: running ? readTimebox(story, running, now) : null,
  }
}

function describeShare(story: StoryFrontMatter): Pick<BoardStory, 'share' | 'under_ms'> {
  const { outcome } = story
  const after = outcome?.after.share ?? null
  if (after !== null) {
    const under = outcome?.under ?? null
    return { share: after, under_ms: under === null ? null : parseDuration(under) }
  }
  const found = measuredShare(story)
  return { share: found?.value ?? null, under_ms: found?.under_ms ?? null }
}

/** Those that hold every word of `filter`, whatever its case. */
export function filterStories(stories: readonly BoardStory[], filter: string): BoardStory[] {
  const words = filter.toLowerCase().split(/\s+/)
  return stories.filter(({ title, id, route, status, tracker }) => {
    const text = [title, id, route, status, tracker].join('\n').toLowerCase()
    return words.every(word => text.includes(word))
  })
}

/** What most asks for attention first: the worst share, the most customers, the most money, the oldest. Unknown is last. */
export function sortStories(stories: readonly BoardStory[], sort: BoardSort): BoardStory[] {
  const rank = RANKS[sort]
  return stories.toSorted((one, other) => {
    const [first, second] = [rank(one), rank(other)]
    return (first === second ? 0 : first - second) || (one.id < other.id ? -1 : 1)
  })
}

const LAST = Number.POSITIVE_INFINITY

const RANKS: Record<BoardSort, (story: BoardStory) => number> = {
  status: ({ status }) => STATUSES.indexOf(status),
  share: ({ share }) => share ?? LAST,
  customers: ({ customers }) => -readAmount(customers),
  money: ({ revenue }) => -readAmount(revenue),
  age: ({ opened }) => (opened === null ? LAST : Date.parse(opened)),
}

/** As people write it, too: `12 customers`, `88,359 USD a month`. */
function readAmount(answer: StoryAnswer): number {
  if (answer === 'unknown') return -LAST
  const digits = /\d[\d,]*(?:\.\d+)?/.exec(String(answer.value))?.[0]
  return digits === undefined ? -LAST : Number(digits.replaceAll(',', ''))
}

/** What they are sorted by stays, however narrow it is; the state is a column where they aren't grouped by it. */
function chooseColumns(sort: BoardSort): Column[] {
  const unless = (sorted: BoardSort, drop: number) => (sort === sorted ? {} : { drop })
  return [
    { header: 'claim', shrinkTo: 28 },
    ...(sort === 'status' ? [] : [{ header: 'status' }]),
    { header: 'good', align: 'right' },
    { header: 'customers', align: 'right' },
    { header: 'they pay', align: 'right', ...unless('money', 3) },
    { header: 'age', align: 'right', ...unless('age', 1) },
    { header: 'tracker', ...(sort === 'money' ? { drop: 4 } : {}) },
    { header: 'id', drop: 2, shrinkTo: 12 },
  ]
}

export interface BoardLayout {
  head: TableLayout['head']
  line(story: BoardStory): string
}

export function layoutStories(
  stories: readonly BoardStory[],
  sort: BoardSort,
  now: Date,
  style: Style,
): BoardLayout {
  const cells = (story: BoardStory) => {
    const row = describeCells(story, now)
    return sort === 'status' ? row : row.toSpliced(1, 0, story.status)
  }
  const { head, line } = layoutTable(chooseColumns(sort), stories.map(cells), style)
  return { head, line: story => fitCharset(style, line(cells(story))) }
}

function describeCells(story: BoardStory, now: Date): Cell[] {
  const { title, share, customers, revenue, opened, tracker, id } = story
  return [
    title,
    formatShare(share),
    withoutUnit(customers, 'customers'),
    shortAnswer(revenue),
    opened === null ? '–' : formatDuration(Math.max(0, now.getTime() - Date.parse(opened))),
    tracker ?? '–',
    id,
  ]
}

export interface StoryGroup {
  status: StoryStatus
  stories: BoardStory[]
}

/** In the order of the statuses, without empty ones. */
export function groupStories(stories: readonly BoardStory[]): StoryGroup[] {
  return STATUSES.map(status => ({
    status,
    stories: stories.filter(story => story.status === status),
  })).filter(group => group.stories.length > 0)
}

export function renderGroupHead({ status, stories }: StoryGroup, style: Style): string {
  return `${paint(style, 'bold', status)} ${paint(style, 'dim', formatCount(stories.length))}`
}

/** `stories` sorted, `all` of how many they were chosen. */
export function renderBoardList(
  stories: readonly BoardStory[],
  options: { sort: BoardSort; filter: string; now: Date },
  style: Style,
): string {
  const { sort, filter, now } = options
  if (stories.length === 0)
    return filter === '' ? 'There are no stories yet: whyslow triage' : 'No story has these words.'
  const { head, line } = layoutStories(stories, sort, now, style)
  if (sort !== 'status') return [...head, ...stories.map(line)].join('\n')
  const groups = groupStories(stories).map(group =>
    [renderGroupHead(group, style), ...group.stories.map(line)].join('\n'),
  )
  return [...head, groups.join('\n\n')].join('\n')
}
