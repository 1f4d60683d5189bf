/** The flame graphs that are written, in a real browser: nothing is asked of the network, nothing fails, and a search finds what is hot. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Profile } from '../../src/profilers/profile.js'
import { readProfiles } from '../../src/profilers/read-profiles.js'
import { drawHtml, drawSvg } from '../../src/steps/export-profile.js'
import type { Warning } from '../../src/warnings.js'
import { makeDeep, makeFrame, makeProfile } from '../profilers/make-profile.js'

const INVOICES = path.join(import.meta.dirname, '../../fixtures/profiles/shop/invoices.cpuprofile')
const EVIL = '</script><script>window.harmed = true</script><!--<script>\u2028\ud800'

let browser: Browser
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-page-'))
  // In a single process the browser ends with its first context.
  const args = sparticuz.args.filter(arg => arg !== '--single-process' && arg !== '--no-zygote')
  browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

interface Opened {
  page: Page
  /** Beyond the file itself. */
  requests: string[]
  errors: string[]
}

async function open(name: string, content: string): Promise<Opened> {
  const file = path.join(folder, name)
  await writeFile(file, content)
  const url = pathToFileURL(file).href
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  onTestFinished(() => context.close())
  const requests: string[] = []
  const errors: string[] = []
  await context.route('**', route => {
    const asked = route.request().url()
    if (asked === url) return route.continue()
    requests.push(asked)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('request', request => {
    if (request.url().split('#')[0] !== url) requests.push(request.url())
  })
  page.on('pageerror', error => errors.push(error.message))
  page.on('dialog', dialog => {
    errors.push(dialog.message())
    void dialog.dismiss()
  })
  page.on('console', message => {
    if (message.type() === 'error' || /fail/i.test(message.text())) errors.push(message.text())
  })
  await page.goto(url)
  return { page, requests, errors }
}

async function draw(profile: Profile): Promise<{ html: string; warnings: Warning[] }> {
  const warnings: Warning[] = []
  const html = await drawHtml(profile, '/srv', warning => warnings.push(warning))
  return { html, warnings }
}

/** The viewer has it when it has put its name into the title. */
async function waitForProfile(page: Page): Promise<void> {
  await page.waitForFunction("document.title.endsWith(' - speedscope')", undefined, { timeout: 30_000 })
}

/** The rows of the viewer's table of functions. */
async function listFunctions(page: Page): Promise<string[]> {
  await page.getByText('Sandwich').click()
  await page.waitForSelector('table tr td')
  return page.locator('table tr').allInnerTexts()
}

test('the page shows the profile, asks for nothing, and its search finds the function', async () => {
  const { profiles } = await readProfiles(INVOICES)
  const { html, warnings } = await draw(profiles[0]!)
  expect(warnings).toEqual([])
  expect(html.length).toBeLessThan(1_000_000)
  const { page, requests, errors } = await open('invoices.html', html)
  await waitForProfile(page)
  expect(await page.title()).toMatch(/^CPU profile, 5\.12 s, 3,684 samples/)

  const all = await listFunctions(page)
  expect(all.length).toBeGreaterThan(20)
  expect(all.some(row => row.includes('(idle)'))).toBe(false)
  await page.keyboard.press('Control+f')
  await page.locator('input').fill('layoutPa')
  await page.waitForFunction("document.querySelectorAll('table tr td').length < 12")
  const found = (await page.locator('table tr').allInnerTexts()).filter(row => row.includes('%'))
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(/1\.39s \(94%\)[\s\S]*layoutPages/)

  expect(requests).toEqual([])
  expect(errors).toEqual([])
}, 60_000)

test('its licence, and that of its font, are in the page; the home folder is not', async () => {
  const { profiles } = await readProfiles(INVOICES)
  const { html } = await draw(profiles[0]!)
  expect(html).toContain('Copyright (c) 2018 Jamie Wong')
  expect(html).toContain('SIL OPEN FONT LICENSE')
  expect(html).toContain('~/shop/layout.js')
  expect(html).not.toContain('/srv/shop')
  expect(html).not.toContain('sourceMappingURL')
})

test('names of strangers are text', async () => {
  const profile = makeProfile({ [EVIL]: 60, 'ask;wait': 40 }, { name: EVIL }, name =>
    makeFrame(name, { file: EVIL }),
  )
  const { html } = await draw(profile)
  const { page, requests, errors } = await open('evil.html', html)
  await waitForProfile(page)
  expect((await listFunctions(page)).join('\n')).toContain('</script><script>window.harmed = true</script>')
  expect(await page.evaluate("'harmed' in window")).toBe(false)
  expect(requests).toEqual([])
  expect(errors).toEqual([])
}, 60_000)

test('what a browser can’t hold is cut: a stack of 20,000 calls', async () => {
  const { html, warnings } = await draw(makeDeep(20_000))
  expect(warnings).toMatchObject([
    { code: 'calls-left-out', message: expect.stringMatching(/^18,000 call paths are not in the page/) },
  ])
  const { page, errors } = await open('deep.html', html)
  await waitForProfile(page)
  expect((await listFunctions(page)).join('\n')).toMatch(/recurse[\s\S]*left out|left out[\s\S]*recurse/)
  expect(errors).toEqual([])
}, 60_000)

test('the picture is whole XML, whatever the names, and dark where the page is', async () => {
  const profile = makeProfile({ [EVIL]: 60, 'ask;wait': 40 }, { name: EVIL }, name =>
    makeFrame(name, { file: EVIL }),
  )
  const { page, requests, errors } = await open('evil.svg', drawSvg(profile, '/srv'))
  expect(await page.evaluate('document.documentElement.nodeName')).toBe('svg')
  expect(await page.evaluate("document.querySelectorAll('g > rect').length")).toBe(4)
  const paper = () => page.evaluate("getComputedStyle(document.querySelector('.page')).fill")
  await page.emulateMedia({ colorScheme: 'light' })
  expect(await paper()).toBe('rgb(255, 255, 255)')
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await paper()).toBe('rgb(23, 23, 26)')
  expect([...requests, ...errors]).toEqual([])
  expect(await readFile(path.join(folder, 'evil.svg'), 'utf8')).toContain('Most was spent in: ')
}, 60_000)
