import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoryFrontMatter } from '../../src/stories/schema.js'
import { createStory } from '../../src/stories/write-story.js'
import { expectRefused, readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'
import { HAS_TMUX, typeInto } from './terminal.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  for (const id of ['orders', 'reports', 'search']) await createStory(cwd, { id, title: `${id} are slow` })
})
afterAll(() => rm(cwd, { recursive: true }))

const run = (...args: string[]) => runCli(['timebox', ...args], { cwd })
const json = async <T = Record<string, unknown>>(...args: string[]) =>
  (await readOneJson<T>(['timebox', ...args], { cwd })).json

test('start, status, stop', async () => {
  expect((await run('status')).stdout).toBe('No timebox is running.\n')
  expect(expectRefused(await run('stop', '--learned', 'x'))).toBe('Error: No timebox is running.\n')
  expect((await run('start', 'orders')).stdout).toMatch(
    /^orders {2}1\.5 h left of 90m, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n$/,
  )
  expect(expectRefused(await run('start', 'orders'))).toMatch(
    /A timebox of orders is running since .*Z\.\n {2}→ whyslow timebox stop orders --learned/,
  )
  const started = await json('start', 'reports', '--for', '1h30m')
  expect(started).toEqual({
    story: 'reports',
    id: 't1',
    started: expect.stringMatching(/Z$/),
    budget: '1h30m',
    left_ms: expect.any(Number),
    elapsed_ms: expect.any(Number),
  })
  const status = await json<{ timeboxes: { story: string }[] }>('status')
  expect(status).toMatchObject({
    timeboxes: [{ story: 'orders', budget: '90m' }, { story: 'reports' }],
    warnings: [],
  })

  const which = expectRefused(await run('stop', '--learned', 'x'))
  expect(which).toContain(
    'Timeboxes of 2 stories are running.\n  → whyslow timebox stop orders\n  → whyslow timebox stop reports\n',
  )
  expect(expectRefused(await run('stop', 'orders'))).toContain(
    'A timebox ends with a line on what was learned.',
  )
  const stopped = await json<StoryFrontMatter>(
    'stop',
    'orders',
    '--learned',
    'N+1',
    '--ruled-out',
    'the database',
    '--effort',
    '2d',
  )
  expect(stopped).toMatchObject({
    id: 'orders',
    status: 'investigating',
    timeboxes: [
      { id: 't1', learned: 'N+1', ruledOut: 'the database', effort: '2d', stopped: expect.any(String) },
    ],
  })
  expect((await run('stop', '--learned', 'nothing')).stdout).toMatch(
    /^reports t1: .* of 1h30m; learned: nothing\n$/,
  )
})

test.each([['0m']])('a budget of %s is refused', async budget => {
  const stderr = expectRefused(await run('start', 'search', `--for=${budget}`))
  expect(stderr).toMatch(/A timebox needs a budget|Expected a duration such as/)
})

describe.skipIf(!HAS_TMUX)('on a terminal (with tmux)', () => {
  test('stop asks what was learned, ruled out, and what a fix takes', async () => {
    await run('start', 'search', '--for', '30m')
    const screen = await typeInto(['timebox', 'stop'], cwd, [
      ['What was learned?', 'the index is cold'],
      ['What was ruled out?', 'the network'],
      ['What would a fix take?', '3d'],
    ])
    expect(screen).toMatch(
      /search t1: .* of 30m; learned: the index is cold; ruled out: the network\nexit 0$/,
    )
    const { json: story } = await readOneJson<StoryFrontMatter>(['story', 'show', 'search'], { cwd })
    expect(story.timeboxes[0]).toMatchObject({ effort: '3d' })
  })

  test('Ctrl-C leaves it running', async () => {
    await run('start', 'search', '--for', '30m')
    expect(await typeInto(['timebox', 'stop'], cwd, [['What was learned?', 'C-c']])).toMatch(/exit 130$/)
    expect((await run('status')).stdout).toContain('search')
  })
})

test('over its time, every command says so, until it is stopped or extended with a reason', async () => {
  await run('start', 'reports', '--for', '100ms')
  await sleep(200)
  const list = () => runCli(['story', 'list'], { cwd })
  const { code, stdout, stderr } = await list()
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /^! The timebox of reports is over by \d.* \(budget 100ms\)\.\n {2}→ whyslow timebox stop reports --learned "…", or whyslow timebox extend reports --by 30m --reason "…"\n$/,
  )
  expect(stdout).not.toContain('over by')
  expect((await run('status')).stderr).toBe('')
  expect(expectRefused(await run('extend', 'reports', '--by', '30m'))).toContain(
    'Missing required flag reason',
  )
  expect((await run('extend', 'reports', '--by', '30m', '--reason', 'it is cold')).stdout).toMatch(
    /^reports {2}(?:30\.0|29\.\d) min left of 100ms \+ 30m, since /,
  )
  expect((await list()).stderr).toBe('')
  await runCli(
    [
      'hypothesis',
      'new',
      'reports',
      '--claim',
      'a cold index',
      '--where-before',
      "upstream = 'old'",
      '--where-after',
      "upstream = 'new'",
    ],
    { cwd },
  )
  const { json: story } = await readOneJson<StoryFrontMatter>(['story', 'show', 'reports'], { cwd })
  expect(story.timeboxes.at(-1)).toMatchObject({
    extensions: [{ by: '30m', reason: 'it is cold' }],
    hypotheses: ['h1'],
  })
  await run('stop', 'reports', '--learned', 'the index is cold')
})

test('the folder of a workbook can be named', async () => {
  const { stdout } = await runCli(['timebox', 'status', '--workbook', cwd], { cwd: path.dirname(cwd) })
  expect(stdout).toMatch(/^(?:search|No timebox)/)
})
