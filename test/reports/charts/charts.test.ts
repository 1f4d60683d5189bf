/** Every chart in a real browser: what is drawn lies inside of the picture, no label lies on another, and hostile text is text. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawBands } from '../../../src/reports/charts/bands.js'
import { drawCauses } from '../../../src/reports/charts/causes.js'
import type { Chart } from '../../../src/reports/charts/chart.js'
import { drawDays } from '../../../src/reports/charts/days.js'
import { drawDistribution } from '../../../src/reports/charts/distribution.js'
import { drawEffects } from '../../../src/reports/charts/effects.js'
import { drawHistory } from '../../../src/reports/charts/history.js'
import { drawOverlay } from '../../../src/reports/charts/overlay.js'
import { drawRoutes } from '../../../src/reports/charts/routes.js'
import { drawShares } from '../../../src/reports/charts/shares.js'
import { drawShift } from '../../../src/reports/charts/shift.js'
import { standaloneSvg } from '../../../src/reports/charts/standalone.js'
import { drawWeek } from '../../../src/reports/charts/week.js'
import { renderShifts } from '../../../src/reports/comparison.js'
import { renderFigure, renderPage } from '../../../src/reports/page.js'
import { PLAIN } from '../../../src/reports/style.js'
import {
  BANDS,
  CAUSES,
  DAYS,
  DISTRIBUTIONS,
  EFFECTS,
  HISTORIES,
  HOSTILE,
  OVERLAYS,
  ROUTES,
  SHARES,
  SHIFTS,
  WEEKS,
} from './samples.js'

type Size = 'normal' | 'extreme' | 'empty'

const SIDE_NAMES = {
  normal: undefined,
  extreme: { before: 'without the change', after: 'with it' },
  empty: undefined,
}

/** With how many marks of data each sample has at least. */
const CHARTS: [name: string, draw: (size: Size) => Chart | null, marks: Record<Size, number>][] = [
  ['distribution', size => drawDistribution(DISTRIBUTIONS[size]), { normal: 40, extreme: 7, empty: 1 }],
  ['bands', size => drawBands(BANDS[size]), { normal: 14, extreme: 12, empty: 1 }],
  ['week', size => drawWeek({ week: WEEKS[size] }, 'UTC'), { normal: 126, extreme: 147, empty: 1 }],
  ['days', size => drawDays(DAYS[size]), { normal: 14, extreme: 900, empty: 2 }],
  ['overlay', size => drawOverlay(OVERLAYS[size], SIDE_NAMES[size]), { normal: 30, extreme: 2, empty: 1 }],
  ['shift', size => drawShift({ quantiles: SHIFTS[size] }), { normal: 22, extreme: 21, empty: 1 }],
  ['causes', size => drawCauses(CAUSES[size]), { normal: 6, extreme: 3, empty: 0 }],
  ['routes', size => drawRoutes(ROUTES[size]), { normal: 16, extreme: 100, empty: 0 }],
  ['effects', size => drawEffects(EFFECTS[size]), { normal: 7, extreme: 4, empty: 0 }],
  [
    'history',
    size => drawHistory(HISTORIES[size].metric, HISTORIES[size]),
    { normal: 40, extreme: 1100, empty: 2 },
  ],
  ['shares', size => drawShares(SHARES[size]), { normal: 6, extreme: 3, empty: 1 }],
]

let folder: string
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-charts-'))
  const args = sparticuz.args.filter(arg => arg !== '--single-process' && arg !== '--no-zygote')
  browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

async function open(name: string, content: string): Promise<{ page: Page; errors: string[] }> {
  const file = path.join(folder, name)
  await writeFile(file, content)
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 } })
  const errors: string[] = []
  page.on('console', message => errors.push(message.text()))
  page.on('pageerror', error => errors.push(error.message))
  page.on('request', request => {
    if (request.url() !== pathToFileURL(file).href && !request.url().startsWith('data:'))
      errors.push(request.url())
  })
  await page.goto(pathToFileURL(file).href)
  return { page, errors }
}

interface Seen {
  name: string
  marks: number
  texts: string[]
  title: string
  description: string
  /** Of what stands out of the picture, or lies on another text. */
  outside: string[]
  overlapping: string[]
  attributes: string[]
}

/** In the page. Marks of data are those in a group with a colour that has a meaning. */
const SEE = `[...document.querySelectorAll('svg.chart')].filter(svg => svg.querySelector('svg') === null).map(svg => {
  const frame = svg.getBoundingClientRect()
  const boxes = [...svg.querySelectorAll('rect, path, line, circle, text')].map(one => ({ one, box: one.getBoundingClientRect() }))
  const outside = ({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1
  const texts = boxes.filter(({ one }) => one.tagName === 'text')
  const overlap = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3
  const say = ({ one, box }) => one.tagName + ' ' + one.textContent.slice(0, 60) + ' ' + JSON.stringify(box)
  return {
    marks: svg.querySelectorAll(['good', 'late', 'before', 'after', 'unknown'].map(name => \`.\${name} > *, path.\${name}\`).join()).length,
    texts: texts.map(({ one }) => one.lastChild.textContent),
    title: svg.querySelector('title').textContent,
    description: svg.querySelector('desc').textContent,
    outside: boxes.filter(outside).map(say),
    overlapping: texts.flatMap((one, i) => texts.slice(i + 1).filter(other => overlap(one.box, other.box)).map(other => say(one) + ' | ' + say(other))),
    attributes: [...new Set([...svg.querySelectorAll('*')].flatMap(one => one.getAttributeNames()))],
  }
})`

describe.each(['normal', 'extreme', 'empty'] as const)('%s results', size => {
  let seen: Omit<Seen, 'name'>[]
  let errors: string[]
  beforeAll(async () => {
    const figures = CHARTS.map(([, draw]) =>
      renderFigure({ chart: draw(size)!, command: `whyslow look '${HOSTILE}'`, fingerprint: HOSTILE }),
    )
    const body = figures.join('\n')
    const opened = await open(
      `${size}.html`,
      renderPage({ title: HOSTILE, lead: '', sections: [{ id: 'all', title: HOSTILE, body }] }),
    )
    seen = await opened.page.evaluate(SEE)
    errors = opened.errors
    expect(await opened.page.evaluate('window.harmed')).toBeUndefined()
    expect(await opened.page.locator('h1').textContent()).toContain('<script>window.harmed=1</script>')
    await opened.page.close()
  }, 60_000)

  test('nothing fails and nothing is asked for', () => {
    expect(errors).toEqual([])
    expect(seen.length).toBe(CHARTS.length)
  })

  test.each(CHARTS.map(([name, , marks], i) => [name, marks[size], i] as const))('%s', (_, marks, i) => {
    const chart = seen[i]!
    expect(chart.outside).toEqual([])
    expect(chart.overlapping).toEqual([])
    expect(chart.marks).toBeGreaterThanOrEqual(marks)
    expect(chart.texts.length).toBeGreaterThan(2)
    expect(chart.title).not.toBe('')
    expect(chart.description.length).toBeGreaterThan(20)
    expect(`${chart.description} ${chart.texts.join(' ')}`).not.toMatch(
      /NaN|Infinity|undefined|null|[\u001b\u202e]/,
    )
    expect(chart.attributes.filter(name => /^(style|id|on.*|href|.*:href)$/.test(name))).toEqual([])
  })
})

test('a picture by itself holds all charts, is well-formed, and dark where the screen is', async () => {
  const charts = CHARTS.flatMap(([, draw]) => draw('extreme') ?? [])
  const { page, errors } = await open('all.svg', standaloneSvg(charts, HOSTILE))
  const seen: Omit<Seen, 'name'>[] = await page.evaluate(SEE)
  expect(seen.map(({ outside }) => outside)).toEqual(charts.map(() => []))
  expect(errors).toEqual([])
  const headings: string[] = await page.evaluate(
    `[...document.documentElement.children].filter(one => one.tagName === 'text').map(one => {
      const box = one.getBoundingClientRect()
      return box.right > document.documentElement.viewBox.baseVal.width ? 'outside: ' + one.textContent : one.textContent
    })`,
  )
  expect(headings.filter(text => text.startsWith('outside'))).toEqual([])
  expect(headings[0]).toContain('</title><script>')
  const colourOf = () => page.evaluate(`getComputedStyle(document.querySelector('.page')).fill`)
  expect(await colourOf()).toBe('rgb(255, 255, 255)')
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await colourOf()).toBe('rgb(22, 22, 26)')
  const line = `getComputedStyle(document.querySelector('.late.line path')).fill`
  expect(await page.evaluate(line), 'a line stays a line in the dark').toBe('none')
  await page.close()
})

test('the picture of a ticket says what it shows also where nothing is styled', () => {
  const svg = standaloneSvg([drawDistribution(DISTRIBUTIONS.normal)!], 'a <b> & "c" \x1b[31m')
  expect(svg).not.toContain('\x1b')
  expect(svg).toContain('a &lt;b&gt; &amp; &quot;c&quot;')
  expect(svg).toMatch(
    /<text class="words"[^>]*>1,023 requests on a log axis of time\. 70\.0% took less than 300 ms\./,
  )
  expect(svg, 'else all would be black').toContain('<rect class="page" fill="#fff"')
  expect(svg).not.toMatch(/var\(|NaN|Infinity|undefined/)
})

test('there is no chart where there is nothing to draw', () => {
  const { arms } = OVERLAYS.empty
  expect([
    drawDistribution({ ...DISTRIBUTIONS.empty, histogram: { edges_ms: [], counts: [] } }),
    drawDistribution({ ...DISTRIBUTIONS.empty, histogram: { edges_ms: [0, 1], counts: [0] } }),
    drawBands({ ...BANDS.empty, bands: [{ under_ms: 1, share: null, customers: null }] }),
    drawWeek({ week: [{ weekday: 1, hour: 1, requests: 3, underShare: null }] }, 'UTC'),
    drawDays({ days: DAYS.empty.days.slice(1), changes: null }),
    drawOverlay({ histograms: null, under_ms: 1, arms }),
    drawOverlay({ histograms: { edges_ms: [1, 2], before: [0], after: [0] }, under_ms: 1, arms }),
    drawShift({ quantiles: null }),
    drawShift({
      quantiles: [
        { q: 0.5, before_ms: null, after_ms: 1, change_ms: null, interval_ms: null, few: 'numbers' },
      ],
    }),
    drawCauses({ ...CAUSES.empty, causes: [] }),
    drawRoutes({ ...ROUTES.empty, routes: [] }),
    drawEffects([]),
    drawShares([{ label: 'a', share: null, interval: null }]),
  ]).toEqual(Array(13).fill(null))
  expect(standaloneSvg([], 'x')).toBe('')
})

test('figures of the charts are those of the text', () => {
  expect(drawDistribution(DISTRIBUTIONS.normal)!.description).toBe(
    '1,023 requests on a log axis of time. 70.0% took less than 300 ms. Two peaks: 40 ms (60.0% of requests) and 1.90 s (30.0% of requests).',
  )
  expect(drawDays(DAYS.normal)!.description).toBe(
    '14 days from 2026-10-05 to 2026-10-18. Worst 2026-10-13: 20.0% not good of 100 requests. From 2026-10-13 on 20.0% were not good, 6.0% before.',
  )
  expect(drawShift({ quantiles: SHIFTS.normal })!.table!.rows[4]).toEqual([
    '50% are faster than',
    '300 ms',
    '250 ms',
    '−50 ms',
    '−76 ms to −16 ms',
  ])
  expect(drawShift({ quantiles: SHIFTS.extreme })!.table!.rows[10]!.at(-1)).toBe('too few')
  expect(drawShift({ quantiles: SHIFTS.empty })!.table!.rows[0]!.at(-1)).toBe('too few days')
  expect(renderShifts(SHIFTS.empty, PLAIN)).toContain('too few days')
  const canary = drawOverlay(OVERLAYS.normal, SIDE_NAMES.extreme)!
  expect(canary.title).toBe('How long answers take, without the change and with it')
  expect(canary.description).toBe(
    'Without the change, 80.0% of 1,000 requests and with it, 90.0% of 1,000 requests were good: answered without an error in less than 300 ms.',
  )
  expect(canary.table!.columns.map(({ header }) => header)).toEqual(['time', 'without the change', 'with it'])
  expect(drawRoutes(ROUTES.normal)!.description).toMatch(/^6 routes\. GET \/orders takes .* The fewest are/)
  const cut = drawRoutes({ ...ROUTES.normal, others: { routes: 74, requests: 9, total_ms: 9 } })!
  expect(cut.title).toMatch(/^The 6 routes that take the most time, of 80: /)
  expect(cut.description).toMatch(/^The 6 routes .*, of 80\. GET \/orders takes .* Of them, the fewest are/)
  expect(drawEffects(EFFECTS.normal)!.description).toContain(
    'Search without the facets: −6.0 pp (−10.0 pp to −2.0 pp), worse.',
  )
})
