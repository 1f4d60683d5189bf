/** A fix that helps, is closed with its outcome, and decays: through the built command line. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../src/stats/random.js'
import type { MeasuredOutcome } from '../../src/steps/measure-outcome.js'
import type { WhatIf } from '../../src/steps/predict-change.js'
import type { TriageResult } from '../../src/steps/triage.js'
import type { Ledger } from '../../src/stories/ledger.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import { makePrediction } from '../stories/promises.js'
import { readJsonError, readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'

const CUSTOMERS = 20
const random = createRandom(9)

/** `slow`: the share of requests over 500 ms. */
function makeDays(from: string, days: number, slow: number, version: string): string {
  const start = Date.parse(from)
  const lines: string[] = []
  for (let day = 0; day < days; day += 1) {
    for (let i = 0; i < CUSTOMERS * 4; i += 1) {
      const time = new Date(start + day * 86_400_000 + 36_000_000 + i * 1000).toISOString()
      const duration_ms = random.next() < slow ? 800 : 100
      const route = { method: 'GET', path: '/orders', status: 200, account: `a${i % CUSTOMERS}` }
      lines.push(JSON.stringify({ time, ...route, duration_ms, version, zone: 'eu-1' }))
    }
  }
  return `${lines.join('\n')}\n`
}

let cwd: string
const importAll = async (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text)
  const { code, stderr } = await runCli(['import', ...Object.keys(files)], { cwd })
  if (code !== 0) throw new Error(stderr)
}
beforeAll(async () => {
  cwd = await makeFolder()
  await createStory(cwd, {
    id: 'orders',
    title: 'GET /orders is slow',
    route: 'GET /orders',
    identity: "route = 'GET /orders'",
    under: '500ms',
    predictions: [makePrediction('p1', '2026-03-09T09:00:00Z')],
    fixes: [{ id: 'f1', text: 'one query', deployed: '2026-03-11' }],
  })
  await importAll({
    'before.ndjson': makeDays('2026-03-01', 10, 0.4, '2026.3.1'),
    'fixed.ndjson': makeDays('2026-03-11', 10, 0.03, '2026.3.11'),
  })
})
afterAll(() => rm(cwd, { recursive: true }))

test('re-opened, with the day, and what was deployed then', { timeout: 120_000 }, async () => {
  const closed = await runCli(['story', 'close', 'orders', '--measure'], { cwd })
  expect(closed.stderr + closed.code).toMatch(/0$/)
  expect((await readStory(cwd, 'orders')).frontMatter.outcome).toMatchObject({
    verdict: 'better',
    since: '2026-03-11',
    until: '2026-03-20',
    smallest: 0.01,
    watch: null,
  })
  await importAll({
    'lasts.ndjson': makeDays('2026-03-21', 6, 0.03, '2026.3.11'),
    'decays.ndjson': makeDays('2026-03-27', 9, 0.3, '2026.3.27'),
    'deploys.csv':
      'time,version\n2026-03-11T00:00:00Z,2026.3.11\n2026-03-27T06:30:00Z,2026.3.27\n2026-03-27T09:00:00Z,\n',
  })
  const file = path.join(cwd, 'stories/orders/story.md')
  const before = await readFile(file, 'utf8')
  const dry = await runCli(['triage', '--dry-run'], { cwd })
  expect(dry.stdout).toMatch(/^GET \/orders is slow {2}would be re-opened\n {2}orders · framed\n/)
  expect(await readFile(file, 'utf8')).toBe(before)

  const { json } = await readOneJson<TriageResult>(['triage'], { cwd })
  expect(json.watched).toEqual({ looked: 1, early: 0, unseen: 0, waiting: [] })
  expect(json.reopened).toEqual([
    {
      story: 'orders',
      title: 'GET /orders is slow',
      status: 'framed',
      began: '2026-03-27',
      before: expect.closeTo(0.97, 1),
      after: expect.closeTo(0.7, 1),
      interval: [expect.any(Number), expect.any(Number)],
      under_ms: 500,
      around: [
        'a deploy 2026-03-27 09:00 UTC',
        'version 2026.3.27 deployed 2026-03-27 06:30 UTC',
        'version 2026.3.11 is gone',
      ],
    },
  ])
  const { frontMatter } = await readStory(cwd, 'orders')
  const { outcome, status, reopened } = frontMatter
  expect({ outcome, status }).toEqual({ outcome: null, status: 'framed' })
  expect(reopened).toMatchObject([
    {
      began: '2026-03-27',
      since: '2026-03-27T00:00:00Z',
      around: json.reopened[0]!.around,
      outcome: { verdict: 'better', watch: { looks: 1, day: '2026-04-04' } },
    },
  ])
})

test('the next fix is measured by itself, from the day on which it was slower again', {
  timeout: 120_000,
}, async () => {
  const close = ['story', 'close', 'orders', '--measure']
  const { message, next } = await readJsonError(close, { cwd })
  expect(message).toBe(
    'What to compare? The story orders was re-opened (slower again since 2026-03-27), and names no fix that was deployed since, and it has no hypothesis since then.',
  )
  expect(next[0]).toContain('Say when: whyslow story set orders --fix')
  await runCli(['story', 'set', 'orders', '--fix', 'a second index'], { cwd })
  expect((await readJsonError(close, { cwd })).message).toBe(message)

  const { json: lost } = await readOneJson<Ledger>(['ledger'], { cwd })
  expect(lost).toMatchObject({ decayed: 1, entries: [{ fix: 'one query', lastedUntil: '2026-03-26' }] })

  const ask = ['whatif', 'orders', '--cap', '400ms']
  const { json: predicted } = await readOneJson<WhatIf>(ask, { cwd })
  expect(predicted.requests).toBe(9 * CUSTOMERS * 4)
  expect(predicted.assumptions[0]).toBe('Only requests since 2026-03-27, when the story was slower again.')
  expect(predicted).toMatchObject({ prediction: 'p2', command: expect.stringContaining('--from 2026-03-27') })
  const all = await readOneJson<WhatIf>([...ask, '--from', '2026-03-01', '--no-save'], { cwd })
  expect(all.json.requests).toBe(35 * CUSTOMERS * 4)
  expect(all.json.assumptions[0]).not.toContain('Only requests')

  // As it was said on the day before the deploy.
  await updateStory(path.join(cwd, 'stories/orders/story.md'), values => ({
    ...values,
    reopened: values.reopened.map(one => ({
      ...one,
      outcome: { ...one.outcome!, at: '2026-03-20T20:00:00Z' },
    })),
    predictions: values.predictions.map(one =>
      one.id === 'p2' ? { ...one, at: '2026-04-04T09:00:00Z' } : one,
    ),
  }))
  await importAll({ 'again.ndjson': makeDays('2026-04-05', 9, 0.02, '2026.4.5') })
  await runCli(['story', 'set', 'orders', '--fix', 'an index', '--deployed', '2026-04-05'], { cwd })
  const { json: closed } = await readOneJson<MeasuredOutcome>(close, { cwd })
  expect(closed).toMatchObject({
    status: 'closed',
    verdict: 'better',
    arms: { before: { days: 9 }, after: { days: 9 } },
    promised: { prediction: 'p2', reason: null },
  })
  const { stdout } = await runCli(['ledger'], { cwd })
  expect(stdout).toMatch(/^orders +an index .* –$/m)
  expect(stdout).toMatch(/^orders +one query .* 2026-03-26$/m)
  expect(stdout).toContain('1 of 2 fixes didn’t last')
})

test('opened by hand: the outcome stays in the ledger, and it takes another fix', {
  timeout: 120_000,
}, async () => {
  const { stdout } = await runCli(['triage'], { cwd })
  const command = /^If it is back:\n {2}whyslow (story set orders status=reported)$/m.exec(stdout)![1]!
  expect((await runCli(command.split(' '), { cwd })).code).toBe(0)
  const { frontMatter } = await readStory(cwd, 'orders')
  expect(frontMatter).toMatchObject({
    status: 'reported',
    outcome: null,
    reopened: [
      { began: '2026-03-27' },
      { began: '2026-04-14', before: null, outcome: { promised: { prediction: 'p2' } } },
    ],
  })
  const { json } = await readOneJson<Ledger>(['ledger'], { cwd })
  expect(json.entries.map(({ prediction, lastedUntil }) => [prediction, lastedUntil])).toEqual([
    ['p2', null],
    ['p1', '2026-03-26'],
  ])
  const { message } = await readJsonError(['story', 'close', 'orders', '--measure'], { cwd })
  expect(message).toMatch(
    /was re-opened on \d{4}-\d\d-\d\d, and names no fix that was deployed since 2026-04-14, and it has no hypothesis since then\.$/,
  )

  // By mistake: its fix is watched again. With a fix in the same command it is another round.
  const { outcome } = frontMatter.reopened[1]!
  await runCli(['story', 'set', 'orders', 'status=closed'], { cwd })
  const again = (await readStory(cwd, 'orders')).frontMatter
  expect(again).toMatchObject({ status: 'closed', outcome, reopened: [{ began: '2026-03-27' }] })
  const { watched } = (await readOneJson<TriageResult>(['triage', '--dry-run'], { cwd })).json
  expect(watched).toMatchObject({ early: 1 })
  await runCli(['story', 'set', 'orders', 'status=reported'], { cwd })
  await runCli(['story', 'set', 'orders', 'status=closed', '--fix', 'more', '--deployed', '2026-04-14'], {
    cwd,
  })
  expect((await readStory(cwd, 'orders')).frontMatter).toMatchObject({ status: 'closed', outcome: null })
})
