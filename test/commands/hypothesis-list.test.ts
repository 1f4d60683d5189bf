import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HypothesisList } from '../../src/steps/list-hypotheses.js'
import type { StoryInput } from '../../src/stories/schema.js'
import { createStory } from '../../src/stories/write-story.js'
import { readJsonError, readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'

const ARM = { requests: 100, clusters: 20, share: 0.5 }
type Judged = 'confirmed' | 'disproved' | 'cannot tell yet'

function hypothesis(
  id: string,
  registered: string,
  judged?: Judged,
): NonNullable<StoryInput['hypotheses']>[number] {
  const change = { before: ARM, after: ARM, change: 0.1, interval: [0.05, 0.15] as [number, number] }
  return {
    id,
    claim: `claim ${id} \u001b[31m`,
    metric: 'under',
    direction: 'up',
    design: 'canary',
    before: {},
    after: {},
    registered,
    results: judged ? [{ ...change, at: registered, verdict: 'better', judged }] : [],
  }
}

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  const make = (id: string, ...hypotheses: NonNullable<StoryInput['hypotheses']>) =>
    createStory(cwd, { id, title: id, hypotheses })
  await make(
    'orders',
    hypothesis('h1', '2026-10-03', 'disproved'),
    hypothesis('h2', '2026-10-05', 'confirmed'),
  )
  await make('search', hypothesis('h1', '2026-10-04', 'cannot tell yet'), hypothesis('h2', '2026-10-06'))
})
afterAll(() => rm(cwd, { recursive: true }))

const list = (...args: string[]) => readOneJson<HypothesisList>(['hypothesis', 'list', ...args], { cwd })

test('over the workbook, oldest first: what became of each, and what was spent', async () => {
  const { code, json } = await list()
  expect(code).toBe(0)
  expect(json.hypotheses.map(({ story, id, judged, tests }) => [story, id, judged, tests])).toEqual([
    ['orders', 'h1', 'disproved', 1],
    ['search', 'h1', 'cannot tell yet', 1],
    ['orders', 'h2', 'confirmed', 1],
    ['search', 'h2', 'not tested yet', 0],
  ])
  expect(json).toMatchObject({ confirmed: 1, disproved: 1, open: 2, warnings: [] })
  expect(json.budget).toEqual({ tests: 3, level: 0.05, expectedFalse: expect.closeTo(0.15, 12) })
})

test('of one story; the budget is of the workbook', async () => {
  const { json } = await list('search')
  expect(json.hypotheses.map(({ id }) => id)).toEqual(['h1', 'h2'])
  expect(json).toMatchObject({ confirmed: 0, disproved: 0, open: 2, budget: { tests: 3 } })
  expect((await readJsonError(['hypothesis', 'list', 'serch'], { cwd })).message).toContain('search')
})

test('in words, with nothing that acts on the terminal', async () => {
  const { stdout, code } = await runCli(['hypothesis', 'list'], { cwd })
  expect(code).toBe(0)
  expect(stdout).not.toContain('\u001b')
  expect(stdout).toMatch(/^story\s+id\s+claim\s+judged/)
  expect(stdout).toContain('1 confirmed, 1 disproved, 2 open.')
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    '3 tests in the workbook could have confirmed something, each at 5.0%, so up to 0.15 false confirmations would come by luck.',
  )
})

test('a story that cannot be read is told, and hides no other', async () => {
  await mkdir(path.join(cwd, 'stories', 'broken'))
  await writeFile(path.join(cwd, 'stories', 'broken', 'story.md'), '---\nid: broken\ntitel: x\n---\n')
  const { code, json } = await list()
  expect(code).toBe(2)
  expect(json.hypotheses).toHaveLength(4)
  expect(json.warnings).toEqual([expect.objectContaining({ code: 'story-unreadable' })])
  await rm(path.join(cwd, 'stories', 'broken'), { recursive: true })
})

test('none yet', async () => {
  const empty = await makeFolder()
  const { stdout } = await runCli(['hypothesis', 'list'], { cwd: empty })
  expect(stdout).toBe('There are no hypotheses yet: whyslow hypothesis new STORY --claim "…"\n')
  await rm(empty, { recursive: true })
})
