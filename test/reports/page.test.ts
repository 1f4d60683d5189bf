/** A page in a real browser, opened from disk. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawWeek } from '../../src/reports/charts/week.js'
import { fingerprintOf, renderFigure, renderPage } from '../../src/reports/page.js'
import { renderResultPage } from '../../src/reports/result-page.js'
import { HOSTILE, WEEKS } from './charts/samples.js'

const chart = drawWeek({ week: WEEKS.normal }, 'UTC')!
const figure = renderFigure({ chart, command: `whyslow look '${HOSTILE}'`, fingerprint: 'source 0a1b2c' })
const PAGE = renderPage({
  title: HOSTILE,
  lead: '<p>A lead</p>',
  sections: ['one', 'two', 'three', 'four'].map(id => ({ id, title: `Section ${id}`, body: figure })),
  styles: '.mine{color:rgb(1,2,3)}</style><script>window.harmed=4</script>',
  scripts: ['window.ran = 1 // </script>', 'window.ran += 1'],
})

let folder: string
let browser: Browser
let page: Page
const errors: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-page-'))
  const args = sparticuz.args.filter(arg => arg !== '--single-process' && arg !== '--no-zygote')
  browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args })
  page = await browser.newPage()
  page.on('console', message => errors.push(message.text()))
  page.on('pageerror', error => errors.push(error.message))
  page.on('request', request => {
    if (!/^(?:file|data):/.test(request.url())) errors.push(request.url())
  })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

async function open(name: string, content: string): Promise<void> {
  const file = path.join(folder, name)
  await writeFile(file, content)
  await page.goto(pathToFileURL(file).href)
}

test('its own style and scripts run, and nothing else', async () => {
  await open('page.html', PAGE)
  expect(errors).toEqual([])
  expect(await page.evaluate('window.ran')).toBe(2)
  expect(await page.evaluate(`getComputedStyle(document.body).maxWidth`)).not.toBe('none')
  await page.evaluate(
    `document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.harmed=3"><p id=p style="color:red">x</p>')`,
  )
  await page.waitForTimeout(100)
  expect(await page.evaluate('window.harmed')).toBeUndefined()
  expect(await page.evaluate(`getComputedStyle(document.getElementById('p')).color`)).not.toBe(
    'rgb(255, 0, 0)',
  )
  expect(errors.join('\n')).toContain('Content Security Policy')
  errors.length = 0
})

test('a figure has its picture, its words, how to make it again, and a table', async () => {
  await open('page.html', PAGE)
  const first = page.locator('figure').first()
  expect(await first.locator('h3').textContent()).toBe(chart.title)
  expect(await first.locator('svg[role=img] > title').textContent()).toBe(chart.title)
  expect(await first.locator('code').textContent()).toContain(`whyslow look '</title><script>`)
  expect(await first.locator('.made').textContent()).toContain('Data: source 0a1b2c')
  expect(await first.locator('tbody tr').count()).toBe(WEEKS.normal.length)
  expect(await first.locator('table').isVisible()).toBe(false)
  await first.locator('summary').click()
  expect(await first.locator('table').isVisible()).toBe(true)
  expect(await page.locator('nav a').allTextContents()).toEqual(
    ['one', 'two', 'three', 'four'].map(id => `Section ${id}`),
  )
})

test('it is dark where the screen is, and light on paper', async () => {
  await open('page.html', PAGE)
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await background()).toBe('rgb(22, 22, 26)')
  await page.emulateMedia({ colorScheme: 'dark', media: 'print' })
  expect(await background()).toBe('rgb(255, 255, 255)')
  await page.emulateMedia({ colorScheme: null, media: null })
})

test.for(['light', 'dark'] as const)(
  'text has a contrast of 4.5, and marks one of 3: %s',
  async colorScheme => {
    await open('page.html', PAGE)
    await page.emulateMedia({ colorScheme })
    const colours: Record<string, string> = await page.evaluate(
      `Object.fromEntries(['page', 'ink', 'quiet', 'good', 'late', 'before', 'after', 'unknown'].map(name => [name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()]))`,
    )
    for (const name of ['ink', 'quiet', 'late', 'good'])
      expect(contrast(colours[name]!, colours.page!), name).toBeGreaterThanOrEqual(4.5)
    for (const name of ['before', 'after', 'unknown'])
      expect(contrast(colours[name]!, colours.page!), name).toBeGreaterThanOrEqual(3)
    await page.emulateMedia({ colorScheme: null })
  },
)

/** Of WCAG 2.2, of colours as `#1b1b1f`. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map(at => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
  }
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high! + 0.05) / (low! + 0.05)
}

test('the page of a result has its warnings, its text and its command', async () => {
  const content = renderResultPage({
    title: 'GET /orders',
    charts: [chart],
    command: `whyslow look 'GET /orders'`,
    fingerprint: 'source 0a1b2c',
    text: `one\n${HOSTILE}`,
    warnings: [{ code: 'approximate', message: HOSTILE, next: 'whyslow overview --exact' }],
  })
  await open('result.html', content)
  expect(errors).toEqual([])
  expect(await page.locator('pre').textContent()).toContain('one\n</title><script>')
  expect(await page.locator('li').textContent()).toContain('→ whyslow overview --exact')
  expect(await page.locator('header code').textContent()).toBe(`whyslow look 'GET /orders'`)
  expect(await page.locator('figure').count()).toBe(1)
  expect(await page.evaluate('window.harmed')).toBeUndefined()
})

test('many sources are named by one hash, whatever their order', () => {
  const ids = Array.from({ length: 9 }, (_, i) => ({ id: `id${i}` }))
  expect(fingerprintOf([])).toBe('')
  expect(fingerprintOf(ids.slice(0, 1))).toBe('source id0')
  expect(fingerprintOf(ids.slice(0, 2).reverse())).toBe('sources id0, id1')
  expect(fingerprintOf(ids)).toMatch(/^9 sources, together [0-9a-f]{12}$/)
  expect(fingerprintOf(ids.toReversed())).toBe(fingerprintOf(ids))
  expect(fingerprintOf(ids.slice(1))).not.toBe(fingerprintOf(ids))
})
