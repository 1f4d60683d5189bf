/** The page in a real browser, from disk, as people open it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GraphNode } from '../../src/profilers/diff-profiles.js'
import { renderDiffFlame } from '../../src/reports/diff-flame-html.js'

const EVIL = '</script><img src=x onerror="window.evil=1">\u202e'

const node = (name: string, parent: number, times: [number, number], significant = false): GraphNode => ({
  function: name,
  file: `/app/${name.length}.js`,
  line: 7,
  parent,
  before_ms: times[0],
  after_ms: times[1],
  significant,
})
const GRAPH = [
  node('main', -1, [10, 16], true),
  node('slower', 0, [3, 9], true),
  node('vanished', 0, [4, 0], true),
  node('steady', 0, [3, 3.2]),
  node(EVIL, 0, [0, 3]),
  node('leaf', 1, [1, 1]),
]

let folder: string
let browser: Browser
let page: Page
const requests: string[] = []
const errors: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-page-'))
  const template = (name: string) =>
    readFile(fileURLToPath(new URL(`../../templates/${name}`, import.meta.url)), 'utf8')
  const file = path.join(folder, 'diff.html')
  const text = renderDiffFlame(
    { script: await template('diff-flame.js'), styles: await template('diff-flame.css') },
    GRAPH,
    { title: `${EVIL} takes 6 ms more`, per: 'request', before: 'old.cpuprofile', after: EVIL },
  )
  await writeFile(file, text)
  browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: sparticuz.args })
  page = await browser.newPage({ viewport: { width: 1000, height: 700 } })
  page.on('request', request => requests.push(request.url()))
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => message.type() === 'error' && errors.push(message.text()))
  await page.goto(pathToFileURL(file).href)
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

const widths = (panel: 'by-after' | 'by-before') =>
  page.$$eval(`#${panel} g`, groups =>
    Object.fromEntries(
      groups.map(group => [
        group.querySelector('text')?.textContent ?? '',
        Math.round(Number(group.querySelector('rect')!.getAttribute('width'))),
      ]),
    ),
  )
const fillOf = (panel: string, name: string) =>
  page.locator(`#${panel} g`, { hasText: name }).first().locator('rect').getAttribute('fill')
const zoomOut = () => page.keyboard.press('Escape')

describe('the page of a difference', () => {
  test('asks nothing of the network and has no error, whatever names hold', async () => {
    expect(requests.filter(url => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([])
    expect(requests.filter(url => url.startsWith('file:'))).toHaveLength(1)
    expect(errors).toEqual([])
    expect(await page.evaluate('window.evil')).toBeUndefined()
    expect(await page.locator('h1').textContent()).toContain('</script><img src=x')
    expect(await page.content()).not.toContain('\u202e')
  })

  test('shows both directions: what vanished is only in the one by before', async () => {
    const [after, before] = [await widths('by-after'), await widths('by-before')]
    const whole = after.main!
    expect(whole).toBeGreaterThan(900)
    expect(before.main).toBe(whole)
    expect(after.slower! / whole).toBeCloseTo(9 / 16, 1)
    expect(before.slower! / whole).toBeCloseTo(3 / 10, 1)
    expect(before.vanished! / whole).toBeCloseTo(4 / 10, 1)
    expect(after.vanished).toBeUndefined()
  })

  test('colours what changed beyond noise, by direction, and nothing else', async () => {
    expect(await fillOf('by-after', 'slower')).toMatch(/^hsl\(5 /)
    expect(await fillOf('by-before', 'vanished')).toMatch(/^hsl\(215 /)
    expect(await fillOf('by-after', 'steady')).toBe('#d4d4d4')
    expect(await fillOf('by-after', 'leaf')).toBe('#d4d4d4')
  })

  test('a search finds a function by name and by file, in both', async () => {
    await page.fill('#search', 'SLOWER')
    expect(await page.textContent('#found')).toBe('1 found: 3 ms before, 9 ms after')
    expect(await page.locator('#by-after .found').count()).toBe(1)
    expect(await page.locator('#by-before .found').count()).toBe(1)
    await page.fill('#search', '8.js')
    expect(await page.textContent('#found')).toBe('1 found: 4 ms before, 0 ms after')
    await page.fill('#search', 'nowhere')
    expect(await page.textContent('#found')).toBe('nothing found')
    await page.fill('#search', '')
    expect(await page.locator('.found').count()).toBe(0)
  })

  test('a click zooms in, and out again', async () => {
    await page.locator('#by-after g', { hasText: 'slower' }).click()
    const zoomed = await widths('by-after')
    expect(zoomed.slower).toBe(zoomed.main)
    expect(zoomed.steady).toBeUndefined()
    expect((await widths('by-before')).slower).toBe(zoomed.main)
    await page.click('#reset')
    expect((await widths('by-after')).steady).toBeGreaterThan(0)
    await page.locator('#by-before g', { hasText: 'vanished' }).click()
    expect((await widths('by-after')).vanished).toBeGreaterThan(0)
    await zoomOut()
    expect((await widths('by-after')).vanished).toBeUndefined()
  })

  test('says what lies under the pointer', async () => {
    await page.locator('#by-before g', { hasText: 'vanished' }).hover()
    expect(await page.textContent('#tip')).toBe(
      'vanished\n/app/8.js:7\nper request: 4 ms before, 0 ms after (gone)\nbeyond noise',
    )
  })
})
