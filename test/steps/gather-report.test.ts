/** A report over a few made requests: what it measures again, with all that speaks against trusting it. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { escapeMarkup } from '../../src/reports/escape.js'
import type { Report } from '../../src/reports/report/contents.js'
import { renderReport } from '../../src/reports/report/report.js'
import { describeReport } from '../../src/steps/describe-report.js'
import { gatherReport } from '../../src/steps/gather-report.js'
import type { Store } from '../../src/store/open-store.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { type MadeRequest, makeStore } from '../evidence/workbooks.js'
import { makeFrame, makeProfile } from '../profilers/make-profile.js'
import { writeCpuProfile } from '../profilers/write-cpuprofile.js'
import { writeStory } from '../reports/report/stories.js'

const HOME = '/home/ann'
const FIXED = '2026-10-12T00:00:00Z'
const COHORT = `targets: {default: 500ms}
cohort: {name: known, where: "account <> 'c0'"}
`

/** Fast before the fix, slow and failing after it. */
const REQUESTS: MadeRequest[] = Array.from({ length: 1400 }, (_, i) => {
  const isAfter = i >= 700
  return {
    time: new Date(Date.parse('2026-10-05T00:00:00Z') + i * 14.4 * 60_000).toISOString(),
    account: `c${i % 29}`,
    duration_ms: (isAfter ? 900 : 100) + (i % 97),
    status: isAfter && i % 50 === 0 ? 500 : 200,
  }
})

const arm = (share: number) => ({
  requests: 600,
  clusters: 28,
  share,
  interval: [share - 0.02, share + 0.02],
})

const STORY = {
  id: 'start',
  title: 'The start page is slow',
  status: 'closed',
  route: 'GET /',
  scope: { where: "route = 'GET /'" },
  hypotheses: [
    {
      id: 'h1',
      claim: 'A cache makes it fast',
      metric: 'under',
      direction: 'up',
      design: 'before-after',
      before: { to: FIXED },
      after: { from: FIXED },
      registered: '2026-10-02T09:00:00Z',
    },
  ],
  fixes: [{ id: 'f1', text: 'A cache', deployed: FIXED }],
  outcome: { at: '2026-10-20', verdict: 'better', before: arm(0.6), after: arm(0.97), change: 0.37 },
  profiles: [
    { file: 'by-hand.cpuprofile', at: '2026-10-06T09:00:00Z' },
    { file: 'old.cpuprofile', kind: 'cpu', at: '2026-10-07T09:00:00Z' },
    { file: 'new.cpuprofile', kind: 'cpu', at: '2026-10-13T09:00:00Z' },
  ],
}

/** So many samples, one after the other in turn. */
function makeCapture(samples: number): string {
  const frame = (name: string) => makeFrame(name, { file: `${HOME}/shop/${name}.js` })
  const profile = makeProfile({ 'serve;render': samples / 2, 'serve;query': samples / 2 }, {}, frame)
  const nodes = Int32Array.from({ length: samples }, (_, i) => 1 + (i % 2))
  const order = { nodes, weights: new Float64Array(samples).fill(1) }
  return writeCpuProfile({ ...profile, duration_ms: samples, order: order as never })
}

let workbook: Workbook
let store: Store
let report: Report
let page: string
let overview: Report
let overviewPage: string

beforeAll(async () => {
  ;({ workbook, store } = await makeStore(REQUESTS, { config: COHORT }))
  await writeStory(workbook.dir, STORY, '', {
    'by-hand.cpuprofile': makeCapture(40),
    'old.cpuprofile': makeCapture(40),
    'new.cpuprofile': makeCapture(80),
  })
  await writeStory(workbook.dir, { id: 'torn' }, '')
  await writeFile(path.join(workbook.dir, 'stories/torn/story.md'), 'no front matter\n')
  const gather = (stories: string[]) =>
    gatherReport(workbook, store, {
      stories,
      home: HOME,
      now: new Date('2026-10-20T00:00:00Z'),
      version: '0',
    })
  const render = (found: Report) => renderReport(found, { script: '', styles: '' })
  report = await gather(['start'])
  page = render(report)
  overview = await gather([])
  overviewPage = render(overview)
  return () => store.close()
})

test('an outcome that the data contradicts by now is shown beside what was filed', () => {
  expect(page).toContain('Filed on 2026-10-20: It helped.')
  expect(page).toMatch(/On the data that is here: worse: .* It was filed as “better”\./)
})

test('all warnings are in the data, and each stands on the page', () => {
  const { warnings } = describeReport(report)
  const codes = warnings.map(({ code }) => code)
  for (const code of ['cohort-applied', 'new-errors', 'few-samples', 'one-capture'])
    expect(codes).toContain(code)
  for (const { message } of warnings) expect(page).toContain(escapeMarkup(message))
  const { outcome, profiles, diff } = report.stories[0]!
  expect(outcome).toMatchObject({
    comparison: { warnings: [{ code: 'new-errors' }, { code: 'cohort-applied' }] },
  })
  expect(profiles).toMatchObject([{ warnings: [{ code: 'few-samples' }] }, {}])
  expect(diff).toMatchObject({ diff: { warnings: expect.any(Array) } })
})

test('those of the objectives, and of stories that can’t be read, too; each once', () => {
  const messages = describeReport(overview).warnings.map(({ message }) => message)
  expect(messages).toHaveLength(new Set(messages).size)
  expect(messages.some(message => message.includes('“known”'))).toBe(true)
  expect(messages.some(message => message.includes('torn'))).toBe(true)
  for (const message of messages) expect(overviewPage.split(escapeMarkup(message))).toHaveLength(2)
})

test('no home folder, and no folder of the workbook, is on the page or in what it is drawn from', () => {
  expect(page).toContain('~/shop/render.js')
  const { profiles, diff } = report.stories[0]!
  for (const place of [HOME, workbook.dir]) {
    expect(page).not.toContain(place)
    expect(JSON.stringify([profiles, diff])).not.toContain(place)
  }
})

test('only captures of one kind are compared; others are named', () => {
  const { diff, undrawn } = report.stories[0]!
  expect(diff).toMatchObject({
    command: 'whyslow profile diff --before old.cpuprofile --after new.cpuprofile',
    diff: { captures: { before: [{ file: 'old.cpuprofile' }], after: [{ file: 'new.cpuprofile' }] } },
  })
  expect(undrawn).toEqual(['by-hand.cpuprofile'])
})
