/** What the screens look like at fixed widths, with and without colour. */
import { renderToString, Text } from 'ink'
import { createElement } from 'react'
import { describe, expect, test } from 'vitest'
import { WhyslowError } from '../../src/errors.js'
import type { Style } from '../../src/reports/style.js'
import type { Story } from '../../src/stories/read-story.js'
import { type StoryInput, storySchema } from '../../src/stories/schema.js'
import { formatClock, renderClock } from '../../src/tui/clock.js'
import { applyKey, editLine, insertText, textOf } from '../../src/tui/edit-line.js'
import { LIST_KEYS, renderFooter, renderHelp, STORY_KEYS } from '../../src/tui/keys.js'
import type { ListState } from '../../src/tui/list-state.js'
import { renderMessages, renderTask } from '../../src/tui/message.js'
import { StoryView, type StoryViewProps } from '../../src/tui/story/story-view.js'
import type { Tab } from '../../src/tui/story/tab.js'
import { StoryList } from '../../src/tui/story-list.js'

const NOW = new Date('2026-11-01T12:00:00Z')

function makeStory(id: string, input: Partial<StoryInput>): Story {
  const frontMatter = storySchema.parse({ id, title: id, ...input })
  return {
    id,
    file: `/w/stories/${id}/story.md`,
    shown: `stories/${id}/story.md`,
    frontMatter,
    body: '',
    text: '',
  }
}

const share = (value: number) => [
  { id: 'share', kind: 'share', finding: 'x', value, command: "whyslow look 'GET /orders' --under 500ms" },
]
const person = (value: string | number, unit?: string) => ({ value, unit, source: 'person' as const })

const STORIES = [
  makeStory('pdf', {
    title: 'Invoices take longer than anybody waits for them, and a third of them never come at all',
    status: 'framed',
    opened: '2026-10-20T12:00:00Z',
    evidence: share(0.106985),
    questions: { customers: person(142, 'customers'), revenue: person(88359, 'USD a month') },
    links: { github: 'shop/web#12' },
  }),
  makeStory('orders', {
    title: 'Orders are slow \u001b[31mred\u202e',
    status: 'investigating',
    route: 'GET /orders',
    opened: '2026-11-01T09:00:00Z',
    evidence: share(0.409),
    questions: { customers: person('113') },
    timeboxes: [{ id: 't1', started: '2026-11-01T11:30:00Z', budget: '45m' }],
    links: { jira: 'SHOP-7' },
  }),
  makeStory('unknown', { status: 'framed' }),
  makeStory('gone', { title: 'Was no issue', status: 'dismissed' }),
]

const UNREADABLE = [
  {
    id: 'broken',
    file: '/w/stories/broken/story.md',
    problem: new WhyslowError('expected one thing, found another'),
  },
]

function renderList(style: Style, state: Partial<ListState> = {}): string {
  const list: ListState = {
    filter: '',
    isFiltering: false,
    sort: 'status',
    chosen: 'orders',
    at: 0,
    ...state,
  }
  const element = createElement(StoryList, {
    stories: { readable: STORIES, unreadable: UNREADABLE, unread: 3 },
    list: { state: list, read: () => list, set: () => undefined },
    style,
    height: 14,
    isActive: false,
    now: NOW,
    onOpen: () => undefined,
    onEdit: () => undefined,
    onLeave: () => undefined,
  })
  return renderToString(element, { columns: style.width })
}

const PAGES: Tab[] = ['story', 'evidence', 'profiles'].map(name => ({
  name,
  keys: [],
  shows: [],
  Component: ({ style, height }) =>
    createElement(Text, null, `${name}: ${style.width} columns, ${height} rows`),
}))

function renderView(style: Style): string {
  const nothing = () => undefined
  const props: StoryViewProps = {
    story: STORIES[1]!,
    tabs: PAGES,
    page: 1,
    style,
    height: 10,
    isActive: false,
    now: NOW,
    budget: '30m',
    results: {},
    running: null,
    onPage: nothing,
    onAsk: nothing,
    onChange: nothing,
    onStart: nothing,
    onProblem: nothing,
    onCancel: nothing,
    onEdit: nothing,
    onBack: nothing,
    onLeave: nothing,
  }
  return renderToString(createElement(StoryView, props), { columns: style.width })
}

/** Escapes as text, so that the file can be read. */
function visible(text: string): string {
  return `${text.replaceAll('\u001b', '\\e')}\n`
}

describe.each([
  ['80', { color: false, unicode: true, width: 80 }],
  ['80-colour', { color: true, unicode: true, width: 80 }],
  ['80-ascii', { color: false, unicode: false, width: 80 }],
  ['200', { color: false, unicode: true, width: 200 }],
  ['200-colour', { color: true, unicode: true, width: 200 }],
] as const)('%s', (name, style) => {
  test('the screens', async () => {
    const timebox = { story: 'orders', id: 't1', started: '', budget: '45m', elapsed_ms: 0 }
    const parts = [
      renderList(style),
      renderList(style, { sort: 'customers', filter: 'slow or', isFiltering: true }),
      renderView(style),
      renderClock(
        [
          { ...timebox, left_ms: 899_000 },
          { ...timebox, left_ms: 5_000_000 },
        ],
        style,
      ),
      renderClock([{ ...timebox, left_ms: -61_000 }], style),
      renderFooter(LIST_KEYS, style),
      renderFooter(STORY_KEYS, style),
      renderHelp(STORY_KEYS, 'orders', style).join('\n'),
      renderTask(
        {
          story: 'orders',
          name: 'look',
          progress: { phase: 'reading 10,000,000 requests', done: 0.25 },
          started: 0,
          phaseStarted: 1000,
          aborter: new AbortController(),
        },
        4000,
        style,
      ),
      renderMessages([new WhyslowError('It can’t be done.', { next: ['whyslow triage'] })], 4, style).join(
        '\n',
      ),
      renderMessages([{ done: 'Noted.', command: 'whyslow story set orders note="…"' }], 4, style).join('\n'),
    ]
    const text = parts.join(`\n${'='.repeat(style.width)}\n`)
    expect(text).not.toMatch(/\u202e|\u001b\[31mred/)
    if (!style.unicode) expect(text).not.toMatch(/[^\n -~]/)
    if (!style.color) expect(text).not.toContain('\u001b')
    await expect(visible(text)).toMatchFileSnapshot(`../golden/board-${name}.txt`)
  })
})

describe('a line that is typed', () => {
  const type = (keys: string[], start = '') => keys.reduce(applyKey, editLine(start))

  test('characters come where the cursor is, by what people see as one', () => {
    expect(textOf(type(['left', 'left', 'x', 'backspace', 'é', 'end', '!'], 'a👩‍👩‍👧b'))).toBe('aé👩‍👩‍👧b!')
    expect(textOf(type(['home', 'delete', 'right', 'z'], 'abc'))).toBe('bzc')
    expect(textOf(type(['ctrl-w'], 'one two  '))).toBe('one ')
    expect(textOf(type(['left', 'ctrl-u'], 'abc'))).toBe('c')
    expect(textOf(insertText(type(['home'], 'c'), 'ab'))).toBe('abc')
  })

  test('keys that aren’t of a text change nothing', () => {
    expect(textOf(type(['up', 'pagedown', 'tab', 'shift-tab', 'ctrl-q'], 'abc'))).toBe('abc')
  })
})

test('a clock', () => {
  expect([0, 61_999, 3_600_000, 5_400_000].map(formatClock)).toEqual(['00:00', '01:01', '1:00:00', '1:30:00'])
})
