/** A fix that didn't last, wherever it is told. */
import { expect, test } from 'vitest'
import { describeReopened, type Reopened } from '../../src/reports/reopened.js'
import { renderStory } from '../../src/reports/stories.js'
import { PLAIN, widthOf } from '../../src/reports/style.js'
import { describeOutcome } from '../../src/reports/ticket-sections.js'
import { listEvents, renderTimeline } from '../../src/reports/timeline.js'
import { renderTriage } from '../../src/reports/triage.js'
import { type StoryFrontMatter, storySchema } from '../../src/stories/schema.js'

const HOSTILE = 'a\u001b]0;x\u0007b\u202e<b>|c'
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/

const FOUND: Reopened = {
  story: 'get-orders',
  title: 'GET /orders is slow',
  status: 'framed',
  began: '2026-11-03',
  before: 0.961,
  after: 0.71,
  interval: [-0.33, -0.172],
  under_ms: 300,
  around: ['version 2026.11.3 deployed 2026-11-03 09:12 UTC', 'upstream 10.0.0.7:80 is new'],
}
const UNWATCHED = { looked: 0, early: 0, unseen: 0, waiting: [] }
const waiting = (...days: number[]) => days.map((n, i) => ({ story: `s${i + 1}`, days: n, of: 7 }))
const NOTHING = { stories: [], notProposed: [], accounts: { requests: 10, missing: 0 } }

const arm = (share: number) => ({ requests: 1000, clusters: 20, share })
const makeStory = (around: string[]): StoryFrontMatter =>
  storySchema.parse({
    id: 'get-orders',
    title: 'GET /orders is slow',
    reopened: [
      {
        at: '2026-11-12T06:00:00Z',
        began: '2026-11-03',
        before: 0.961,
        after: 0.71,
        interval: [-0.33, -0.172],
        around,
        outcome: {
          at: '2026-10-20T09:00:00Z',
          verdict: 'better',
          before: arm(0.6),
          after: arm(0.96),
          change: 0.36,
          under: '300ms',
        },
      },
    ],
  })

test('triage says it first', () => {
  expect(
    renderTriage({ ...NOTHING, reopened: [FOUND], watched: { ...UNWATCHED, looked: 3 } }, 8, {
      ...PLAIN,
      width: 100,
    }),
  ).toBe(`GET /orders is slow  re-opened
  get-orders · framed
  - worse again since 2026-11-03: 96.1% → 71.0% of requests good (under 300 ms, no error); −25.1 pp,
    95% over all looks: −33.0 pp to −17.2 pp
  - around that day: version 2026.11.3 deployed 2026-11-03 09:12 UTC; upstream 10.0.0.7:80 is new

No route has an issue that is worth a story.

3 closed stories are watched: 1 fix didn’t last, 2 fixes last so far.`)
  const dry = renderTriage(
    { ...NOTHING, reopened: [FOUND], watched: { ...UNWATCHED, looked: 1 } },
    8,
    PLAIN,
    true,
  )
  expect(dry).toMatch(/^GET \/orders is slow {2}would be re-opened\n/)
  expect(dry).toMatch(/\n1 closed story is watched: 1 fix didn’t last\.\n\nA dry run/)
})

test.each([
  [{ looked: 2 }, '2 closed stories are watched: 2 fixes last so far.'],
  [{ unseen: 1 }, '1 closed story is watched: of 1 fix it can’t be told (see the warnings).'],
  [
    { early: 1, waiting: waiting(3) },
    '1 closed story is watched: of 1 fix there are too few days to tell yet (s1: 3 of 7 after the close).',
  ],
  [
    { early: 1, waiting: waiting(7) },
    '1 closed story is watched: of 1 fix there are too few customers to tell yet.',
  ],
  [
    { looked: 1, early: 6, unseen: 1, waiting: waiting(0, 2, 5, 9, 1, 3) },
    '8 closed stories are watched: 1 fix lasts so far, of 5 fixes there are too few days to tell yet (s3: 5 of 7 after the close, s6: 3 of 7, s2: 2 of 7, 2 more), of 1 fix there are too few customers to tell yet, of 1 fix it can’t be told (see the warnings).',
  ],
])('only what was looked at lasts: %o', (watched, text) => {
  const shown = renderTriage({ ...NOTHING, reopened: [], watched: { ...UNWATCHED, ...watched } }, 8, {
    ...PLAIN,
    width: 300,
  })
  expect(shown.split('\n').at(-1)).toBe(text)
})

test('nothing is said where nothing is watched', () => {
  expect(renderTriage({ ...NOTHING, reopened: [], watched: UNWATCHED }, 8, PLAIN)).not.toContain('watched')
})

test('what is not known is said', () => {
  expect(describeReopened({ ...FOUND, around: [], interval: null })).toEqual([
    'worse again since 2026-11-03: 96.1% → 71.0% of requests good (under 300 ms, no error); −25.1 pp',
    'nothing is known to have changed around that day (deploys, versions, instances, flags)',
  ])
})

test('the story, its timeline and its ticket tell it', () => {
  const story = makeStory(FOUND.around)
  expect(renderStory(story, PLAIN)).toMatch(
    /\nRe-opened\n {2}- worse again since 2026-11-03: 96\.1% → 71\.0%/,
  )
  expect(listEvents(story).map(({ at, kind }) => [at, kind])).toEqual([
    ['2026-10-20T09:00:00Z', 'outcome'],
    ['2026-11-12T06:00:00Z', 're-opened'],
  ])
  expect(describeOutcome(story)).toMatch(
    /^- \*\*A fix that didn’t last:\*\* Worse again since 2026-11-03: 96\.1% → 71\.0% of requests good/,
  )
})

test('one that nobody measured says no figures', () => {
  const story = makeStory([])
  const [one] = story.reopened as [StoryFrontMatter['reopened'][number]]
  const open = (until: string | null) => ({
    ...story,
    reopened: [
      {
        ...one,
        before: null,
        after: null,
        interval: null,
        outcome: one.outcome && { ...one.outcome, until },
      },
    ],
  })
  const opened = open('2026-11-02')
  const text = 're-opened on 2026-11-12 without a measurement'
  expect(renderStory(opened, { ...PLAIN, width: 200 })).toContain(
    `\nRe-opened\n  - ${text}; its outcome is of the days to 2026-11-02`,
  )
  expect(renderStory(open(null), { ...PLAIN, width: 200 })).toMatch(new RegExp(`\n  - ${text}$`))
  expect(describeOutcome(opened)).toMatch(/^- \*\*An earlier fix:\*\* re-opened on 2026-11-12 without/)
  expect(listEvents(opened).at(-1)).toMatchObject({ kind: 're-opened', details: [] })
})

test('a fix that lasts so far', () => {
  const [{ outcome }] = makeStory([]).reopened as [StoryFrontMatter['reopened'][number]]
  const watched = (looks: number) => ({
    ...makeStory([]),
    outcome: { ...outcome!, watch: { looks, day: '2026-11-01' } },
  })
  expect(renderStory(watched(12), PLAIN)).toContain(
    '\nOutcome\n  - better\n  - it lasted until 2026-11-01 at least (12 looks by triage)\n',
  )
  expect(renderStory(watched(1), PLAIN)).toContain('(1 look by triage)')
  expect(renderStory({ ...makeStory([]), outcome }, PLAIN)).not.toContain('it lasted')
})

test('what a log said is escaped, and fits', () => {
  const story = makeStory([HOSTILE])
  const narrow = { ...PLAIN, width: 60 }
  const found = { ...FOUND, title: HOSTILE, around: [HOSTILE] }
  for (const text of [
    renderStory(story, narrow),
    renderTimeline(listEvents(story), narrow),
    renderTriage({ ...NOTHING, reopened: [found], watched: { ...UNWATCHED, looked: 1 } }, 8, narrow),
  ]) {
    expect(text).not.toMatch(UNSAFE)
    expect(text).toContain('\\x1b')
    for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(60)
  }
  expect(describeOutcome(story)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]|<b>/)
})
