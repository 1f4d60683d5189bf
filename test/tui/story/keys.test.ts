/** What the pages do when keys come, when the story's file changes, and when there is nothing yet. */
import path from 'node:path'
import { cleanup, render } from 'ink-testing-library'
import { createElement } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { layoutFlame } from '../../../src/profilers/flame.js'
import { summariseProfile } from '../../../src/profilers/summary.js'
import type { Story } from '../../../src/stories/read-story.js'
import { flameTab } from '../../../src/tui/story/flame-tab.js'
import { profilesTab } from '../../../src/tui/story/profiles-tab.js'
import { storyTab } from '../../../src/tui/story/story-tab.js'
import type { Results, Tab, TabProps } from '../../../src/tui/story/tab.js'
import { Keyboard } from '../../../src/tui/use-keys.js'
import { makeProfile } from '../../profilers/make-profile.js'
import { makeEventful } from '../../stories/eventful-story.js'

afterEach(cleanup)

const eventful = makeEventful()
const later = { ...eventful.profiles[0]!, file: 'later.cpuprofile', at: '2026-10-06T09:00:00Z' }
const STORY: Story = {
  id: eventful.id,
  file: `/stories/${eventful.id}/story.md`,
  shown: 'story.md',
  frontMatter: { ...eventful, profiles: [...eventful.profiles, later] },
  body: Array.from({ length: 40 }, (_, i) => `line ${i + 1} of the body`).join('\n'),
  text: '',
}
const PROFILE = makeProfile({ 'a;b': 50, 'a;c;d': 30, 'a;c': 10, e: 10 })
const { frames: _, stacks: __, ...ORIGIN } = PROFILE
const FLAME: NonNullable<Results['flame']> = {
  profiles: [{ ...ORIGIN, file: path.join('/stories', eventful.id, 'front.cpuprofile'), format: 'v8' }],
  summary: summariseProfile(PROFILE),
  functions: summariseProfile(PROFILE).functions,
  more: 0,
  requests: null,
  advice: [],
  warnings: [],
  flame: layoutFlame(PROFILE),
}

function open(tab: Tab, more: Partial<TabProps> = {}) {
  const start = vi.fn<TabProps['start']>()
  let props: TabProps = {
    story: STORY,
    results: {},
    style: { color: false, unicode: true, width: 80 },
    height: 20,
    isActive: true,
    now: new Date('2026-10-19T08:00:00Z'),
    running: null,
    start,
    ...more,
  }
  const draw = () => createElement(Keyboard, null, createElement(tab.Component, props))
  const screen = render(draw())
  return {
    start,
    shows: () => screen.lastFrame() ?? '',
    change: (changed: Partial<TabProps>) => {
      props = { ...props, ...changed }
      screen.rerender(draw())
    },
    press: async (...keys: string[]) => {
      for (const key of keys) {
        await settle()
        screen.stdin.write(key)
      }
      await settle()
    },
  }
}

const sees = (page: { shows: () => string }) => expect.poll(page.shows, { timeout: 20_000 })

const settle = () => new Promise(resolve => setTimeout(resolve, 30))
const [UP, DOWN, RIGHT, LEFT, ENTER] = ['\u001b[A', '\u001b[B', '\u001b[C', '\u001b[D', '\r']

test('the flame graph is walked with the arrows, zoomed with Enter and u', async () => {
  const page = open(flameTab, { results: { flame: FLAME } })
  await sees(page).toContain('front.cpuprofile\neverything\nall 100 ms\n[all 100 ms')
  await page.press(DOWN)
  await sees(page).toContain('self 0 ms (0.0%) · total 90 ms (90.0%)')
  await page.press(DOWN, RIGHT)
  await sees(page).toContain('c  /app/a.js:1 · own code\nself 10 ms (10.0%) · total 40 ms (40.0%)')
  await page.press(ENTER)
  await sees(page).toContain(`[c 40%${' '.repeat(73)}]`)
  await page.press(UP, LEFT)
  await sees(page).toContain('c  /app/a.js:1')
  await page.press('u', LEFT)
  await sees(page).toContain('b  /app/a.js:1')
  expect(page.start).not.toHaveBeenCalled()
  const again = open(flameTab, { results: { flame: FLAME } })
  await sees(again).toContain('b  /app/a.js:1')
})

test('the newest capture is read once when the flame graph is opened, and with Enter again', async () => {
  const page = open(flameTab)
  await page.press()
  expect(page.start.mock.calls).toEqual([['flame', { story: STORY.id, files: ['later.cpuprofile'] }]])
  page.change({ running: { name: 'flame', progress: null, elapsed: 0 } })
  await sees(page).toContain('Reading later.cpuprofile …')
  page.change({ running: null })
  await sees(page).toContain('Enter reads later.cpuprofile.')
  expect(page.start).toHaveBeenCalledTimes(1)
  await page.press(ENTER)
  expect(page.start).toHaveBeenCalledTimes(2)
  page.change({ results: { flame: FLAME } })
  await sees(page).toContain('all 100 ms')
})

test('a capture is chosen and read; it stays chosen when a new one comes', async () => {
  const page = open(profilesTab)
  await sees(page).toMatch(/^› {2}2026-10-06 09:00:00 .* later\.cpuprofile$/m)
  await page.press('[')
  await sees(page).toMatch(/^› {2}2026-10-05 09:20:00 .* front\.cpuprofile and 1 more$/m)
  await page.press('[', ENTER)
  expect(page.start.mock.calls).toEqual([
    ['flame', { story: STORY.id, files: ['front.cpuprofile', 'invoices.cpuprofile'] }],
  ])
  const newest = { ...later, file: 'newest.cpuprofile', at: '2026-10-07T09:00:00Z' }
  const profiles = [...STORY.frontMatter.profiles, newest]
  page.change({
    story: { ...STORY, frontMatter: { ...STORY.frontMatter, profiles } },
    results: { flame: FLAME },
  })
  await sees(page).toMatch(/^ {3}2026-10-07 09:00:00 .* newest\.cpuprofile$/m)
  await sees(page).toMatch(/^›\* 2026-10-05 09:20:00/m)
  await sees(page).toContain('Hottest functions')
})

test('a change of the file is seen at once, where one was', async () => {
  const page = open(storyTab)
  await page.press('G')
  await sees(page).toContain('line 40 of the body')
  page.change({ story: { ...STORY, body: STORY.body.replace('line 39', 'changed line') } })
  await sees(page).toContain('changed line of the body\nline 40 of the body')
  page.change({ story: { ...STORY, body: 'short' } })
  await sees(page).toContain('short')
})
