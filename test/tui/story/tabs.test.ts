/** The pages of a story at fixed widths, with and without colour, from what the real steps find. */
import { renderToString } from 'ink'
import { createElement } from 'react'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Style } from '../../../src/reports/style.js'
import { widthOf } from '../../../src/reports/style.js'
import type { Story } from '../../../src/stories/read-story.js'
import type { Results, Tab, TabProps } from '../../../src/tui/story/tab.js'
import { renderTabBar } from '../../../src/tui/story/tab-bar.js'
import { TABS } from '../../../src/tui/story/tabs.js'
import { ANY_STORY, makeEventful } from '../../stories/eventful-story.js'
import { makeResults } from './real-results.js'

let story: Story
let results: Results
beforeAll(async () => {
  ;({ story, results } = await makeResults())
})

const PAPER: Style = { color: false, unicode: true, width: 80 }

function draw(tab: Tab, more: Partial<TabProps> = {}): string {
  const props: TabProps = {
    story,
    results,
    style: PAPER,
    height: 200,
    isActive: false,
    now: new Date('2026-10-19T08:00:00Z'),
    running: null,
    start: () => undefined,
    ...more,
  }
  return renderToString(createElement(tab.Component, props), { columns: props.style.width })
}

test.for([...TABS.entries()])('page %i', async ([place, tab]) => {
  const name = `${place + 1}-${tab.name}`
  const narrow = draw(tab)
  await expect(`${narrow.trimEnd()}\n`).toMatchFileSnapshot(`../../golden/board/${name}-80.txt`)
  const wide = draw(tab, { style: { color: true, unicode: true, width: 160 } })
  await expect(`${wide.trimEnd()}\n`).toMatchFileSnapshot(`../../golden/board/${name}-160-colour.txt`)
})

test('all names stand in one line of 80 columns; in less, the name of the page that is seen', () => {
  const bars = TABS.map((_, page) => renderTabBar(TABS, page, PAPER))
  expect(bars[0]).toBe('[1 story]2 evidence 3 shape 4 when 5 why 6 profiles 7 flame 8 tests 9 timeline')
  expect(bars[8]).toBe(' 1 story 2 evidence 3 shape 4 when 5 why 6 profiles 7 flame 8 tests[9 timeline]')
  for (const bar of bars) expect(widthOf(bar)).toBeLessThanOrEqual(80)
  expect(renderTabBar(TABS, 3, { ...PAPER, width: 60 })).toBe(' 1 2 3[4 when]5 6 7 8 9')
})

describe('whatever stands in it', () => {
  const EVIL = `\u001b[2J\u009b31m\u202e 漢字漢字 مرحبا שלום 👩‍👩‍👧 \u0000\r\n\t${'x'.repeat(300)} end`
  const HELD = ['title', 'claim', 'where', 'function', 'file', 'group', 'reason', 'message', 'next', 'name']
  const SIZES = [
    [60, 10],
    [80, 24],
    [200, 60],
  ] as const

  /** Every text that a person or a log may have put in. */
  function spoil<T>(value: T): T {
    return JSON.parse(JSON.stringify(value), (key, held) =>
      HELD.includes(key) && typeof held === 'string' ? held + EVIL : held,
    )
  }

  test.for([...TABS])('$name: no control characters, and nothing is wider or higher than its place', tab => {
    const frontMatter = makeEventful(text => text + EVIL)
    const hostile: Story = { ...story, frontMatter, body: `# ${EVIL}\n\n${EVIL}` }
    const stories = [hostile, { ...hostile, frontMatter: ANY_STORY, body: '' }]
    for (const shown of stories) {
      for (const found of [{}, spoil(results)]) {
        for (const [width, height] of SIZES) {
          for (const style of [
            { color: true, unicode: true, width },
            { color: false, unicode: false, width },
          ]) {
            const text = draw(tab, { story: shown, results: found, style, height })
            const lines = text.replaceAll(/\u001b\[[\d;]*m/g, '').split('\n')
            expect(lines.length).toBeLessThanOrEqual(height)
            for (const line of lines) {
              expect(widthOf(line)).toBeLessThanOrEqual(width)
              expect(line).toMatch(style.unicode ? /^[^\p{Cc}\p{Cf}]*$/u : /^[ -~]*$/)
            }
          }
        }
      }
    }
  })
})
