/** Reports as people open them: in a real browser, from disk, in light and dark, on paper, and without script. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Look } from '../../src/evidence/look.js'
import type { ReportFigures } from '../../src/steps/describe-report.js'
import type { HypothesisTest } from '../../src/steps/test-hypothesis.js'
import { formatCount, formatPoints, formatShare } from '../../src/units.js'
import { makeFrame, makeProfile } from '../profilers/make-profile.js'
import { writeCpuProfile } from '../profilers/write-cpuprofile.js'
import {
  EVIL,
  EVIL_BODY,
  HOSTILE,
  INVOICES,
  makeLargeProfile,
  UNSEEN,
  writeStory,
} from '../reports/report/stories.js'
import { runCli, runJson } from './run-cli.js'
import { makeShopWorkbook } from './shop-workbook.js'

type Shown = ReportFigures & { file: string; bytes: number }

let workbook: string
let folder: string
let browser: Browser
let filed: string
let look: Look
let tested: HypothesisTest
let story: Shown
let hostile: Shown
let whole: Shown

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-report-'))
  workbook = await makeShopWorkbook(['access.log.gz', 'accounts.csv', 'deploys.ndjson'])
  await writeStory(workbook, INVOICES, '\n## What we know\n\nIt is **slow**, see `layout.js`.\n', {
    'old.cpuprofile': makeLargeProfile(6000, 'layoutPages', 2000),
    'new.cpuprofile': makeLargeProfile(6000, 'layoutPages', 1),
    'broken.cpuprofile': '{',
  })
  const evil = makeProfile({ [EVIL]: 60, 'ask;wait': 40 }, { name: EVIL }, name =>
    makeFrame(name, { file: EVIL }),
  )
  const order = { nodes: Int32Array.from([0, 2]), weights: Float64Array.from([60, 40]) }
  await writeStory(workbook, HOSTILE, EVIL_BODY, {
    'evil.cpuprofile': writeCpuProfile({ ...evil, order: order as never }),
  })
  await writeStory(workbook, UNSEEN, '')
  const at = { cwd: workbook }
  for (const id of ['h1', 'h2']) {
    const command = ['hypothesis', 'test', 'invoices', '--hypothesis', id]
    const result = await runJson<HypothesisTest>(command, at)
    if (id === 'h1') tested = result
  }
  await runCli(['story', 'close', 'invoices', '--measure', '--note', 'It is good enough'], at)
  filed = await readFile(path.join(workbook, 'stories/invoices/story.md'), 'utf8')
  const out = (name: string) => ['--out', path.join(folder, name)]
  // They only read.
  ;[look, story, hostile, whole] = await Promise.all([
    runJson<Look>(['look', 'invoices'], at),
    runJson<Shown>(['report', 'invoices', ...out('story.html')], at),
    runJson<Shown>(['report', 'hostile', 'unseen', ...out('hostile.html')], at),
    runJson<Shown>(['report', ...out('workbook.html')], at),
  ])
  // In a single process the browser ends with its first context.
  const args = sparticuz.args.filter(arg => arg !== '--single-process' && arg !== '--no-zygote')
  browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args })
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
  await rm(workbook, { recursive: true, force: true })
})

interface Opened {
  page: Page
  /** Beyond the file itself. */
  requests: string[]
  errors: string[]
}

/** For tests that leave a page as it was. */
const shared = new Map<Shown, Promise<Opened>>()
function share(report: Shown): Promise<Opened> {
  const known = shared.get(report) ?? openPage(report)
  shared.set(report, known)
  return known
}

async function open(report: Shown, options: BrowserContextOptions = {}): Promise<Opened> {
  const opened = await openPage(report, options)
  onTestFinished(() => opened.page.context().close())
  return opened
}

async function openPage({ file }: Shown, options: BrowserContextOptions = {}): Promise<Opened> {
  const url = pathToFileURL(file).href
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options })
  const requests: string[] = []
  const errors: string[] = []
  const page = await context.newPage()
  page.on('request', request => {
    if (![url, 'data:'].some(own => request.url().startsWith(own))) requests.push(request.url())
  })
  page.on('pageerror', error => errors.push(error.message))
  page.on('dialog', dialog => {
    errors.push(dialog.message())
    void dialog.dismiss()
  })
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
  })
  if (options.javaScriptEnabled !== false)
    await page.addInitScript(
      `window.violations = []; document.addEventListener('securitypolicyviolation', event => window.violations.push(event.violatedDirective))`,
    )
  await page.goto(url)
  return { page, requests, errors }
}

/** Nothing else differs between light and dark. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

/** The serious ones; of all rules, unless some are named. What passes isn't listed, which takes half of the time. */
async function findFaults(page: Page, rules?: string[]): Promise<string[]> {
  const options = JSON.stringify({ resultTypes: ['violations'], runOnly: rules })
  const { violations } = (await page.evaluate(`axe.run(${options})`)) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[]
  }
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)
}

describe('a report in a browser', () => {
  test.each(['story', 'hostile', 'workbook'])('%s: asks for nothing, and nothing fails', async name => {
    const { page, requests, errors } = await share({ story, hostile, workbook: whole }[name]!)
    expect(requests).toEqual([])
    expect(errors).toEqual([])
    expect(await page.evaluate('window.violations')).toEqual([])
    expect(await page.evaluate('window.harmed')).toBeUndefined()
  })

  test('hostile text is text, wherever it stands', async () => {
    const { page } = await share(hostile)
    expect(await page.locator('main').textContent()).toContain('<script>window.harmed = 1</script>')
    expect(await page.locator('main img, main [onload], main [onerror], [style]').count()).toBe(0)
    const targets = await page.$$eval('a', links => links.map(link => link.getAttribute('href')!))
    expect(targets.filter(target => !/^(#|https?:)/.test(target))).toEqual([])
    expect(await page.content()).not.toMatch(/[\u0007\u2028\u202e]/)
    await page.evaluate(
      "for (const box of document.querySelectorAll('.flame [role=button]')) box.dispatchEvent(new MouseEvent('click', { bubbles: true }))",
    )
    await page.keyboard.press('Escape')
    expect(await page.evaluate('window.harmed')).toBeUndefined()
  })

  test('the policy holds: what gets in all the same does not run', async () => {
    const { page } = await open(hostile)
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
      '<img src="https://example.com/x.png" onerror="window.harmed = 1"><p style="color: red">x</p>');
      const script = document.createElement('script'); script.textContent = 'window.harmed = 1'; document.body.append(script);
      fetch('https://example.com/').catch(() => undefined)`)
    await page.waitForFunction('window.violations.length >= 4')
    const violations = (await page.evaluate('window.violations')) as string[]
    for (const directive of ['img-src', 'style-src-attr', 'script-src-elem', 'connect-src'])
      expect(violations).toContain(directive)
    expect(await page.evaluate('window.harmed')).toBeUndefined()
  })

  test.each(['story', 'hostile', 'workbook'])('%s has no serious fault by axe', async name => {
    const report = { story, hostile, workbook: whole }[name]!
    const { page } = await open(report, { colorScheme: 'light', bypassCSP: true })
    await page.addScriptTag({ content: axe.source })
    // Of a flame graph a few boxes are as good as thousands.
    await page.evaluate(
      "for (const svg of document.querySelectorAll('.flame svg')) svg.replaceChildren(...[...svg.children].slice(0, 40))",
    )
    expect(await findFaults(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await findFaults(page, OF_COLOURS)).toEqual([])
  })

  test('marks and words of every chart are inside its frame', async () => {
    for (const report of [story, whole]) {
      const { page } = await share(report)
      const outside = await page.$$eval('svg.chart', charts =>
        charts.flatMap(chart => {
          const frame = chart.getBoundingClientRect()
          const marks = [...chart.querySelectorAll('rect, text, path, line, circle')]
          if (marks.length < 3) return ['an empty chart']
          return marks.flatMap(mark => {
            const { left, right, top, bottom, width, height } = mark.getBoundingClientRect()
            const isInside =
              left >= frame.left - 1 &&
              right <= frame.right + 1 &&
              top >= frame.top - 1 &&
              bottom <= frame.bottom + 1
            return isInside || (width === 0 && height === 0)
              ? []
              : [`${chart.querySelector('title')?.textContent}: ${mark.outerHTML}`]
          })
        }),
      )
      expect(outside).toEqual([])
    }
  })

  test('on paper nothing is wider than the page', async () => {
    for (const report of [story, whole]) {
      const { page } = await open(report, { viewport: { width: 718, height: 1000 } })
      await page.emulateMedia({ media: 'print' })
      const cut = await page.$$eval('main *', elements =>
        elements
          .filter(element => element.getBoundingClientRect().right > 719 + 1)
          .map(element => element.outerHTML.slice(0, 120)),
      )
      expect(cut).toEqual([])
      const pdf = await page.pdf({ format: 'A4' })
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    }
  })

  test('without script it is all there', async () => {
    const { page } = await open(story, { javaScriptEnabled: false })
    expect(await page.locator('.flame svg').count()).toBe(4)
    expect(await page.locator('.flame svg').first().locator('g > rect').count()).toBeGreaterThan(50)
    expect(await page.locator('.flame .tools').first().isVisible()).toBe(false)
    expect(await page.locator('svg.chart').count()).toBeGreaterThanOrEqual(8)
  })
})

describe('what a report says', () => {
  test('two flame graphs and a difference make no more than 1.5 MB', async () => {
    expect(story.stories[0]!.profiles.filter(profile => 'hottest' in profile)).toHaveLength(2)
    expect((await stat(story.file)).size).toBe(story.bytes)
    expect(story.bytes).toBeLessThan(1_500_000)
  })

  test('figures are those of look and hypothesis test', async () => {
    const [own] = story.stories
    expect(own!.look).toMatchObject({
      look: { requests: look.requests, underShare: look.underShare, bands: look.bands, week: look.week },
      command: 'whyslow look invoices',
      sources: story.data.sources.map(({ id }) => id),
    })
    const [first, second, third] = own!.hypotheses
    expect(first!.test).toMatchObject({
      judged: tested.judged,
      comparison: {
        verdict: tested.verdict,
        change: tested.change,
        arms: tested.arms,
        quantiles: tested.quantiles,
      },
    })
    expect(second!.test).toMatchObject({ judged: 'disproved' })
    expect(third!.test).toMatchObject({ missing: expect.stringContaining('median') })

    const { page } = await share(story)
    const text = (await page.locator('main').textContent())!
    expect(text).toContain(`${formatShare(look.underShare)} under 500 ms`)
    expect(text).toContain(`${formatCount(look.requests)} requests`)
    expect(text).toContain(formatPoints(tested.change.value!))
    expect(text).toContain(formatShare(tested.arms.after.share))
    expect(text).toContain('Disproved: Invoices of odd customers are slower')
  })

  test('the argument is in order, with what reproduces each figure', async () => {
    const { page } = await share(story)
    expect(await page.locator('h2').allTextContents()).toEqual([
      'The claim',
      'What the data says',
      'Where the time goes',
      'What was tested',
      'What was decided',
      'Timeline',
    ])
    for (const figure of await page.locator('figure').all()) {
      const made = await figure.locator('.made').textContent()
      expect(made).toMatch(/whyslow \w+[\s\S]*Data: .*[\da-f]{12}/)
    }
    const timeline = await page.locator('.timeline').textContent()
    expect(timeline).toContain('learned: layoutPages takes nearly all of it')
    expect(timeline).toContain('Timebox t1: extended by 15mreason: the profile was not in yet')
    expect(timeline).toContain('Note: Support says that it is better')
    expect(await page.locator('.body strong').textContent()).toBe('slow')
  })

  test('what cannot be made is said in its place, with what would make it', async () => {
    const { page } = await share(hostile)
    const unseen = (part: string) => page.locator(`#unseen-${part} .missing`).allTextContents()
    expect((await unseen('data'))[0]).toMatch(
      /No request of the story is on this machine\.→ Import the logs of 2025-01-01 to 2025-02-01: whyslow import FILE$/,
    )
    expect((await unseen('profiles'))[0]).toMatch(
      /^A profile of this story is not here. gone.cpuprofile: .*no such file\.→/,
    )
    expect(await page.content()).not.toContain(workbook)
    expect(hostile.stories[1]!.look).toMatchObject({ missing: expect.any(String) })
  })

  test('it files nothing: stories are as they were', async () => {
    expect(await readFile(path.join(workbook, 'stories/invoices/story.md'), 'utf8')).toBe(filed)
  })

  test('several stories have a list of contents that leads to each part', async () => {
    const { page } = await share(hostile)
    const links = await page.$$eval('nav a', all => all.map(link => link.getAttribute('href')!))
    expect(links).toContain('#unseen-tests')
    for (const link of links) expect(await page.locator(`[id="${link.slice(1)}"]`).count()).toBe(1)
    const ids = await page.$$eval('[id]', all => all.map(element => element.id))
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  test('the workbook: what hurts, what was promised, what came of it, what was disproved', async () => {
    const { page } = await share(whole)
    const section = async (id: string) => (await page.locator(`#${id}`).textContent())!
    expect(await section('hurts')).toContain('Checkout is slow')
    expect(await section('hurts')).not.toContain('Invoices are slow')
    expect(await section('budget')).toContain('95% under 500 ms')
    expect(await section('wins')).toContain('Invoices are slow')
    expect(await section('disproved')).toContain('Invoices of odd customers are slower')
    expect(whole.workbook!.hypotheses.disproved).toBe(2)
  })

  test('an unknown story, and a file that is no page, are errors with the way out', async () => {
    const run = await runCli(['report', 'invoice', '--out', path.join(folder, 'no.html')], { cwd: workbook })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('Did you mean invoices?')
    const wrong = await runCli(['report', '--out', 'access.log'], { cwd: workbook })
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('--out access.html')
  })
})

describe('flame graphs on a page', () => {
  test('a click zooms in, Escape out, and both sides of a difference follow', async () => {
    const { page } = await share(story)
    const diff = page.locator('#diff-invoices')
    const [after, before] = [diff.locator('svg').nth(0), diff.locator('svg').nth(1)]
    const count = () => after.locator('[role=button]').count()
    const all = await count()
    await after.locator('[role=button]').nth(6).click()
    expect(await count()).toBeLessThan(all)
    const widest = (svg: typeof after) => svg.locator('rect').first().getAttribute('width')
    expect([await widest(after), await widest(before)]).toEqual(['976', '976'])
    await page.keyboard.press('Escape')
    expect(await count()).toBe(all)
  })

  test('keys: Tab to the graph, arrows walk, Enter zooms, Escape shows the whole', async () => {
    const { page } = await share(story)
    const flame = page.locator('#flame-invoices-2')
    await flame.locator('input').focus()
    await page.keyboard.press('Tab')
    const focused = () =>
      page.evaluate('document.activeElement.dataset.call ?? document.activeElement.nodeName')
    const root = await focused()
    expect(Number(root)).toBeGreaterThanOrEqual(0)
    await page.keyboard.press('ArrowDown')
    const below = await focused()
    expect(below).not.toBe(root)
    expect(await flame.locator('.detail').textContent()).toMatch(/\d.* ms|\d s/)
    await page.keyboard.press('Enter')
    expect(await focused()).toBe(below)
    expect(await flame.locator('button').isEnabled()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await focused()).toBe(below)
    await page.keyboard.press('ArrowUp')
    expect(await focused()).toBe(root)
  })

  test('a search marks what it finds and says how much it is', async () => {
    const { page } = await share(story)
    const flame = page.locator('#flame-invoices-1')
    await flame.locator('input').fill('LAYOUTpages')
    expect(await flame.locator('output').textContent()).toMatch(/^\d+ found, [\d.]+% of the time$/)
    expect(await flame.locator('.found').count()).toBeGreaterThan(0)
    await flame.locator('input').fill('nowhere')
    expect(await flame.locator('output').textContent()).toBe('nothing found')
  })

  test('what takes less is blue and marked, what is within noise is grey', async () => {
    const { page } = await share(story)
    const boxes = await page.$$eval('#diff-invoices [role=button]', all =>
      all.map(box => [box.getAttribute('class')!, box.querySelector('title')!.textContent!] as const),
    )
    expect(boxes.filter(([look]) => look.startsWith('less-')).length).toBeGreaterThan(0)
    expect(boxes.filter(([look]) => look.startsWith('same')).length).toBeGreaterThan(5)
    for (const [look, label] of boxes)
      expect(look, label).toMatch(/within noise/.test(label) ? /^same/ : /^(less|more)-[1-4]/)
  })
})
