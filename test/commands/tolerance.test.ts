import { execFileSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tolerance } from '../../src/evidence/tolerance.js'
import { PLAIN } from '../../src/reports/style.js'
import { renderTolerance } from '../../src/reports/tolerance.js'
import { createRandom } from '../../src/stats/random.js'
import { type ToleranceRequest, toleranceOfPage } from '../../src/steps/tolerance-of-page.js'
import { openStore } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { checkWhere } from '../../src/store/where.js'
import { openWorkbook } from '../../src/workbook/workbook.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'
import { HOSTILE, UNSAFE_OUTPUT } from './shop-workbook.js'

const WORDS = { currency: 'USD', event: 'purchase' }

let cwd: string

/**
 * A fortnight of 200 browsers. An order is left when it is slow; a report is left on mobile phones, which also get it slowly; whether the
 * list is left hangs on nothing; and what helps takes its time.
 */
async function makeFortnight(dir: string): Promise<void> {
  const random = createRandom(11)
  const views = [
    'name,timestamp,user_pseudo_id,user_id,param_ga_session_id,device_category,geo_country,param_page_location',
  ]
  const log: string[] = []
  const pages = [
    {
      path: '/orders/17',
      goesOn: (ms: number) => 0.9 - 0.5 * Math.min(1, Math.max(0, Math.log(ms / 300) / Math.log(4))),
    },
    { path: '/reports', goesOn: (_: number, isMobile: boolean) => (isMobile ? 0.45 : 0.85) },
    { path: '/list', goesOn: () => 0.7 },
    { path: '/help', goesOn: (ms: number) => (ms > 500 ? 0.9 : 0.5) },
  ]
  for (let client = 0; client < 200; client += 1) {
    const isMobile = random.next() < 0.4
    const usual = Math.log(500) + 0.3 * random.nextNormal() + (isMobile ? 0.5 : -0.4)
    for (let session = 0; session < 8; session += 1) {
      const start =
        Date.parse('2026-10-05T06:00:00Z') + session * 36 * 3_600_000 + random.nextInteger(30 * 3_600_000)
      for (const [i, { path: page, goesOn }] of pages.entries()) {
        const at = start + i * 3_600_000
        const ms = Math.round(Math.exp(usual + 0.6 * random.nextNormal()))
        const see = (time: number, event: string, where: string) =>
          views.push(
            [
              event,
              new Date(time).toISOString(),
              `c${client}`,
              `u${client}`,
              `${session}-${i}`,
              isMobile ? 'mobile' : 'desktop',
              'NL',
              `https://shop.example${where}`,
            ].join(),
          )
        see(at, 'session_start', page)
        see(at, 'page_view', page)
        log.push(
          JSON.stringify({
            time: new Date(at + 900).toISOString(),
            method: 'GET',
            path: page,
            status: 200,
            duration_ms: ms,
            account: `u${client}`,
          }),
        )
        if (random.next() < goesOn(ms, isMobile)) see(at + 60_000, 'page_view', '/cart')
      }
    }
  }
  await writeFile(path.join(dir, 'views.csv'), `${views.join('\n')}\n`)
  await writeFile(path.join(dir, 'log.ndjson'), `${log.join('\n')}\n`)
}

beforeAll(async () => {
  cwd = await makeFolder()
  await makeFortnight(cwd)
  const { code, stderr } = await runCli(['import', 'views.csv', 'log.ndjson'], { cwd })
  if (code !== 0) throw new Error(stderr)
})
afterAll(() => rm(cwd, { recursive: true }))

/** What the command asks, without a process for each question. */
async function ask(request: Partial<ToleranceRequest> & { subject: string }): Promise<Tolerance> {
  const workbook = await openWorkbook({ cwd })
  const store = await openStore(workbook.paths.data)
  const asked = {
    goal: 'continue',
    event: 'purchase',
    metric: null,
    value: null,
    seed: 1,
    slice: EVERYTHING,
  } as const
  try {
    return await toleranceOfPage(workbook, store, { ...asked, ...request })
  } finally {
    store.close()
  }
}

test('where latency ends sessions: where getting faster pays, a target, its worth, and an experiment', async () => {
  const { code, json } = await readOneJson<Tolerance>(['tolerance', 'get /orders/:id', '--value', '12.50'], {
    cwd,
    alone: false,
  })
  expect(code).toBe(0)
  expect(Object.keys(json).sort()).toEqual(
    `page route goal metric window sessions counted clients customers leftOut again verdict curve shelves span within between all p
     confounded target worth experiment missing seed warnings`
      .split(/\s+/)
      .sort(),
  )
  expect(json).toMatchObject({
    verdict: 'pays',
    confounded: null,
    route: 'GET /orders/:id',
    metric: 'request',
    clients: 200,
    missing: [],
    warnings: [],
  })
  expect(json.counted + json.leftOut.open + json.leftOut.ambiguous).toBe(json.sessions)
  const [shelf] = json.shelves
  expect(shelf!.interval[0]).toBeLessThan(0.5)
  expect(shelf!.interval[1]).toBeGreaterThan(0.5)
  expect(shelf!.fromInterval_ms[0]).toBeLessThan(300)
  expect(shelf!.toInterval_ms[1]).toBeGreaterThan(1200)
  expect(json.target!.under_ms).toBeCloseTo(shelf!.from_ms, -2)
  expect(json.worth!.money!.monthly).toBeCloseTo(12.5 * json.worth!.sessions, 6)
  expect(json.experiment!.detects).toBeGreaterThan(0)
  const [first, last] = [json.curve[0]!, json.curve.at(-1)!]
  expect(first.share).toBeGreaterThan(last.share + 0.2)
  expect(first.interval![0]).toBeLessThan(first.share)
})

test('the same as text, with the line for whyslow.yaml, which can be used', async () => {
  const { code, stdout, stderr } = await runCli(['tolerance', '/orders/:id'], { cwd, columns: 100 })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(
    /^GET \/orders\/:id\nGetting faster pays from \d+(\.\d+)? m?s down to \d+ ms: \S+ pp of the\s+sessions go on/,
  )
  expect(stdout).toMatch(/\nAn experiment would confirm it: delay the page by \d+ ms for half of/)
  expect(stdout).toMatch(/\sBelow \d+ ms a further\s+gain\s+can’t\s+be\s+told\s+from\s+none: /)
  expect(stdout).toMatch(/\nIf every session that was slower than (\d+ ms) had taken \1: /)
  expect(stdout).toMatch(/isn’t in the data:\s--value/)
  expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  const line = /\n {2}("GET \/orders\/:id": \d+ms)\n/.exec(stdout)![1]!
  const file = path.join(cwd, 'whyslow.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/^ {2}routes:$/m, `  routes:\n    ${line}`))
  const { config } = await openWorkbook({ cwd })
  await writeFile(file, text)
  expect(`${config.targets.routes['GET /orders/:id']}ms`).toBe(line.split(' ').at(-1))
})

test('where slow devices do: refused, with the device named, and no money whatever --value says', async () => {
  const { code, stdout } = await runCli(['tolerance', '/reports', '--value', '99'], { cwd, columns: 80 })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^GET \/reports\nConfounded: clients that are slow anyway go on less often, but/)
  expect(stdout).toMatch(/can’t\s*be\s*told\s*from\s*this,\s*so\s*no\s*figure\s*is\s*given/)
  expect(stdout).not.toMatch(/USD/)
  expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
  const found = await ask({ subject: '/reports', value: 99 })
  expect(found).toMatchObject({ verdict: 'confounded', shelves: [], target: null, worth: null })
  expect(found.confounded!.because[0]!.by).toBe('device')
  expect(found.confounded!.within.interval[0]).toBeLessThan(0)
  expect(found.confounded!.between.interval[0]).toBeGreaterThan(0)
})

test('where nothing does, nothing is claimed, nor that there is nothing: exit 3, with the experiment that settles it', async () => {
  const { code, json: found } = await readOneJson<Tolerance>(['tolerance', '/list', '--seed', '3'], {
    cwd,
    alone: true,
  })
  expect(code).toBe(3)
  expect(found).toMatchObject({ verdict: 'cannot tell', missing: [], shelves: [], target: null, worth: null })
  expect(found.experiment!.detects).toBeGreaterThanOrEqual(0.01)
  const text = renderTolerance(found, PLAIN, WORDS).replaceAll(/\s+/g, ' ')
  expect(text).toMatch(
    /^GET \/list Cannot tell yet\. What the same clients gain by being faster is only known to be from −\d+\.\d pp to \+\d+\.\d pp of the sessions that go on/,
  )
  expect(text).toContain('(under 1.0 pp either way)')
  expect(text).toMatch(/ the same client gains .* An experiment (would settle|that settles) it/)
})

test('where the same clients go on more often when slower, something else is at work', async () => {
  const found = await ask({ subject: '/help', value: 99 })
  expect(found).toMatchObject({ verdict: 'confounded', shelves: [], target: null, worth: null })
  expect(found.within!.interval[1]).toBeLessThan(0)
  const text = renderTolerance(found, PLAIN, WORDS)
  expect(text).toMatch(/^GET \/help\nConfounded: the same clients go on more often when the page is slower/)
  expect(text).not.toMatch(/USD|explains the difference|about as often/)
})

test('of many clients some are looked at: the experiment takes as long, and the curve’s counts are said to be theirs', async () => {
  const some = await ask({ subject: '/orders/:id', mostClients: 100 })
  expect(some.warnings).toMatchObject([
    { code: 'sampled', message: expect.stringContaining('One client in 2 ') },
  ])
  expect(some.clients).toBe(200)
  expect(Math.max(...some.curve.map(point => point.clients))).toBeLessThan(130)
  const { sessions, days } = some.experiment!
  // 1,600 in twelve and a half days.
  expect(sessions / days).toBeGreaterThan(90)
  expect(sessions / days).toBeLessThan(160)
})

test('too little can’t be told: exit 3, and what is missing', async () => {
  const few = await runCli(['tolerance', '/list', '--last', '1d'], { cwd })
  expect(few.code).toBe(3)
  expect(few.stdout).toMatch(
    /^GET \/list\nCannot tell yet\. There are too few clients with visits of several latencies: at least\s50, found \d+/,
  )
  const none = await ask({ subject: '/list', slice: { ...EVERYTHING, where: `account = 'nobody'` } })
  expect(none).toMatchObject({ verdict: 'cannot tell', counted: 0, curve: [], experiment: null })
  expect(none.missing.join()).toContain('page views that meet a request')
  expect(renderTolerance(none, PLAIN, WORDS)).not.toContain('?.')
})

test('what can’t be used is refused', async () => {
  const unknown = await runCli(['tolerance', '/order/:id', '--value', '0.5'], { cwd })
  expect(expectRefused(unknown)).toContain(`whyslow tolerance '/orders/:id'`)
  const error = await readJsonError(['tolerance', '/list', '--goal', 'convert'], { cwd })
  expect(error.message).toContain('No event of the analytics is called “purchase”')
  expect(error.next.join()).toContain('page_view')
  expect(expectRefused(await runCli(['tolerance', '/list', '--value', '-3'], { cwd }))).toContain(
    'expected an amount',
  )
  const where = { ...EVERYTHING, where: 'status = 200' }
  await expect(ask({ subject: '/list', metric: 'lcp', slice: where })).rejects.toThrow(
    '--where is about requests',
  )
})

test('an expression can’t reach out of its brackets, to requests of other routes', async () => {
  const run = await runCli(['tolerance', '/list', '--where', "status = 999) or (path = '/help'"], { cwd })
  expect(expectRefused(run)).toContain('syntax error at or near ")"')
})

test('an amount that no number holds is refused', async () => {
  const run = await runCli(['tolerance', '/orders/:id', '--value', `1${'0'.repeat(400)}`], { cwd })
  expect(expectRefused(run)).toContain('expected an amount')
})

test('without analytics, that comes first, and how they get in', async () => {
  const dir = await makeFolder()
  await writeFile(
    path.join(dir, 'log.ndjson'),
    '{"time":"2026-10-05T09:00:00Z","method":"GET","path":"/orders","status":200,"duration_ms":90}\n',
  )
  await runCli(['import', 'log.ndjson'], { cwd: dir })
  const { code, stdout } = await runCli(['tolerance', 'GET /orders'], { cwd: dir, columns: 200 })
  expect(code).toBe(3)
  expect(stdout).toContain(
    'Cannot tell yet. There are too few sessions that saw the page: no analytics were imported, and no beacons. They come from what counts page views: whyslow import analytics.csv.',
  )
  await rm(dir, { recursive: true })
})

describe('the time of a page that only beacons know', () => {
  /** A page that is left when it is slow, and a log of requests, each with a path and a referer of its own. */
  const makePage = async (page: string, requests: { path: string; referer: string }[]) => {
    const dir = await makeFolder()
    const random = createRandom(12)
    const beacons: object[] = []
    for (let client = 0; client < 150; client += 1)
      for (let session = 0; session < 8; session += 1) {
        const load_ms = Math.round(600 * Math.exp(0.7 * random.nextNormal()))
        const at =
          Date.parse('2026-10-05T06:00:00Z') + session * 36 * 3_600_000 + random.nextInteger(3_600_000)
        const common = { type: 'end', session: `${client}-${session}`, client: `c${client}`, load_ms }
        const send = (time: number, where: string) =>
          beacons.push({
            ...common,
            id: `${client}-${session}${where}`,
            time: new Date(time).toISOString(),
            path: where,
          })
        send(at, page)
        if (random.next() < 0.95 - 0.6 * Math.min(1, load_ms / 2000)) send(at + 60_000, '/done')
      }
    const common = { time: '2026-10-05T09:00:00Z', method: 'GET', status: 200, duration_ms: 90 }
    const log = requests.map(request => ({ ...common, ...request }))
    const write = (name: string, rows: object[]) =>
      writeFile(path.join(dir, name), `${rows.map(row => JSON.stringify(row)).join('\n')}\n`)
    await write('beacons.ndjson', beacons)
    await write('log.ndjson', log)
    await runCli(['import', 'log.ndjson', 'beacons.ndjson'], { cwd: dir })
    return dir
  }

  test('is proposed for no route: targets judge requests', async () => {
    const dir = await makePage('/orders', [
      { path: '/api/orders', referer: 'https://shop.example/orders' },
      { path: '/api/cart', referer: 'https://shop.example/cart' },
    ])
    const { stdout } = await runCli(['tolerance', '/orders'], { cwd: dir, columns: 200 })
    expect(stdout).toMatch(/^\/orders\nGetting faster pays/)
    expect(stdout).toMatch(
      /\nA target for the page: .* as the browser saw it: the targets in whyslow\.yaml judge\s/,
    )
    expect(stdout).not.toContain('targets.routes')
    const word = /→ whyslow overview --where (.*)/.exec(stdout)![1]!
    const where = execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' })
    const seen = await runCli(['overview', '--where', where], { cwd: dir })
    expect(seen.stdout).toContain('GET /api/orders')
    expect(seen.stdout).not.toContain('GET /api/cart')
    await rm(dir, { recursive: true })
  })

  test.each([
    {
      page: '/my_orders',
      from: ['/my_orders', '/my_orders?page=2', '/my_orders#top'],
      notFrom: ['/myxorders', '/my_orders-export', '/my_orders/17', '/admin/my_orders', '/?next=/my_orders'],
    },
    { page: '/', from: ['/', '/?from=/mail'], notFrom: ['/cart', '/cart/', '/cart?next=/'] },
    {
      page: '/shops/:name',
      from: ['/shops/a', '/shops/b?page=2'],
      notFrom: ['/shops', '/shops/', '/shops/?page=2', '/shops/a/orders', '/go?to=/shops/a'],
    },
  ])(
    'the requests behind $page are those that came from it, and no others',
    async ({ page, from, notFrom }) => {
      const requests = [...from, ...notFrom].map((target, i) => ({
        path: `/api/${i < from.length ? 'from' : 'other'}-${'abcdefgh'[i]}`,
        referer: `https://shop.example:8443${target}`,
      }))
      const dir = await makePage(page.replace(':name', 'a'), requests)
      await writeFile(path.join(dir, 'routes.yaml'), `routes: [${page}]\n`)
      const { json } = await readOneJson<Tolerance>(['tolerance', page], { cwd: dir, alone: true })
      const workbook = await openWorkbook({ cwd: dir })
      const store = await openStore(workbook.paths.data)
      const where = await checkWhere(store, json.target!.behind!)
      const found = await store.all<{ path: string }>(
        `SELECT path FROM requests WHERE ${where} ORDER BY path`,
      )
      store.close()
      expect(found.map(row => row.path)).toEqual(requests.slice(0, from.length).map(row => row.path))
      await rm(dir, { recursive: true })
    },
  )
})

test('text from analytics stays text', async () => {
  const dir = await makeFolder()
  await writeFile(path.join(dir, 'hostile.ndjson'), HOSTILE)
  const page = 'https://x/\u001b]0;pwned\u0007'
  await writeFile(
    path.join(dir, 'views.csv'),
    `name,timestamp,user_pseudo_id,param_page_location\n::error::x\u001b[31m,2026-10-05T09:00:00Z,a,${page}\n`,
  )
  await runCli(['import', 'hostile.ndjson', 'views.csv'], { cwd: dir })
  const { stdout, stderr } = await runCli(['tolerance', '/\u001b]0;pwned\u0007', '--goal', 'convert'], {
    cwd: dir,
  })
  expect(stdout + stderr).toContain('\\x1b')
  expect(stdout + stderr).not.toMatch(UNSAFE_OUTPUT)
  await rm(dir, { recursive: true })
})
