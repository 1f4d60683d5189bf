import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BenchmarkHistory, HistoryChange } from '../../../src/experiments/benchmarks/history.js'
import type { Decision } from '../../../src/experiments/benchmarks/recall-changes.js'
import { changesFileOf } from '../../../src/experiments/benchmarks/remembered-changes.js'
import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import { resultsFileOf } from '../../../src/experiments/benchmarks/results-file.js'
import { fingerprintOf, readScenario } from '../../../src/experiments/benchmarks/scenario.js'
import { createRandom } from '../../../src/stats/random.js'
import { findHistory } from '../../../src/steps/benchmarks/find-history.js'
import { readStory } from '../../../src/stories/read-story.js'
import { createStory } from '../../../src/stories/write-story.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../../src/workbook/workbook.js'
import { FIRST_NIGHT, makeNights, nameNight } from '../../experiments/benchmarks/make-runs.js'

let root: string
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'whyslow-history-'))
})
afterAll(() => rm(root, { recursive: true }))

let folders = 0

interface Bench {
  folder: string
  /** The results as they are after this many nights; at that night's morning unless told otherwise. */
  look: (nights: number, more?: Partial<Look>) => Promise<BenchmarkHistory>
  changes: string
}

interface Look {
  decisions: Decision[]
  dryRun: boolean
  workbook: Workbook | null
  fileStories: boolean
}

async function makeBench(
  all: Repetition[],
  { more = '', inWorkbook = false, gates = 'cpu' } = {},
): Promise<Bench> {
  folders += 1
  const folder = path.join(root, String(folders))
  await mkdir(path.join(folder, 'bench/results'), { recursive: true })
  const file = path.join(folder, 'bench/orders.yaml')
  await writeFile(
    file,
    `service: {command: node server.js, ready: "http://127.0.0.1:3000/"}
load: {url: "http://127.0.0.1:3000/", rate: 40/s}
under: 250ms
gates: [${gates}]
${more}`,
  )
  if (inWorkbook) await createWorkbook(folder)
  const scenario = await readScenario(file, 'bench/orders.yaml')
  const results = resultsFileOf(scenario)
  const current = fingerprintOf(scenario, all[0]!.under_ms)
  return {
    folder,
    changes: changesFileOf(results),
    look: async (nights, look = {}) => {
      const lines = all
        .slice(0, nights)
        .map(night => (night.fingerprint === 'f' ? { ...night, fingerprint: current } : night))
        .map(night => JSON.stringify(night))
      await writeFile(results, `${lines.join('\n')}\n`)
      return findHistory(scenario, {
        results,
        workbook: inWorkbook ? await openWorkbook({ cwd: folder }) : null,
        fileStories: true,
        decisions: [],
        dryRun: false,
        seed: 1,
        now: new Date(FIRST_NIGHT + nights * 86_400_000),
        show: one => path.relative(folder, one),
        run: { env: process.env, signal: new AbortController().signal },
        ...look,
      })
    },
  }
}

function newOf({ changes }: BenchmarkHistory): HistoryChange[] {
  return changes.filter(({ state }) => state === 'new')
}

const SLOWER = (night: number) => (night >= 20 ? 1.1 : 1)

describe('night by night', () => {
  it.each([1, 2])('a change is new once, after about a week (series %i)', async seed => {
    const { look } = await makeBench(makeNights(createRandom(seed), { nights: 34, level: SLOWER, sd: 0.02 }))
    const told: { night: number; run: string; verdict: string }[] = []
    for (let nights = 8; nights <= 33; nights += 1) {
      const history = await look(nights)
      if (nights < 10) expect(history.verdict).toBe('cannot tell yet')
      else expect(history.verdict).toBe(newOf(history).length > 0 ? 'worse' : 'clean')
      for (const { run } of newOf(history)) told.push({ night: nights, run, verdict: history.verdict })
    }
    expect(told).toHaveLength(1)
    expect(told[0]!.night).toBeGreaterThanOrEqual(25)
    expect(told[0]!.night).toBeLessThanOrEqual(31)
    expect(told[0]!.run).toMatch(/^night-0(?:19|20|21)$/)
    const last = await look(34)
    expect(last.changes).toMatchObject([{ state: 'known', isWorse: true }])
  })

  it('a drift that goes on is new once', async () => {
    const level = (night: number) => 1 + 0.008 * Math.max(0, night - 15)
    const { look } = await makeBench(makeNights(createRandom(4), { nights: 60, level, sd: 0.015 }))
    let told = 0
    for (let nights = 20; nights <= 60; nights += 4) told += newOf(await look(nights)).length
    expect(told).toBe(1)
    expect((await look(60)).changes).toMatchObject([{ kind: 'drift', state: 'known', direction: 'up' }])
  })
})

const STATE = /^ {4}state: known/m

describe('what was decided', () => {
  const nights = makeNights(createRandom(5), {
    nights: 90,
    level: night => (night >= 20 && (night < 45 || night >= 65) ? 1.1 : 1),
    sd: 0.015,
  })

  it.each(['acknowledged', 'wont-fix'] as const)('%s is remembered with its reason', async state => {
    const { look, changes } = await makeBench(nights)
    const [found] = (await look(40)).changes
    const decisions = [{ id: found!.id, state, reason: 'sums are checked now' }]
    await look(40, { decisions })
    expect(await readFile(changes, 'utf8')).toMatch(/reason: sums are checked now/)
    expect(await look(44)).toMatchObject({
      verdict: 'clean',
      changes: [{ id: found!.id, state, reason: 'sums are checked now' }],
    })
  })

  it('fixed: a level that comes back is a new change', async () => {
    const { look } = await makeBench(nights)
    const [found] = (await look(40)).changes
    await look(44, { decisions: [{ id: found!.id, state: 'fixed', reason: null }] })
    expect((await look(44)).verdict).toBe('clean')
    expect(newOf(await look(60))).toMatchObject([{ direction: 'down', isWorse: false }])
    const back = await look(85)
    expect(back.verdict).toBe('worse')
    expect(newOf(back)).toMatchObject([{ direction: 'up', run: nameNight(65) }])
    expect(back.changes.map(({ state }) => state)).toEqual(['new', 'known', 'fixed'])
  })

  it('by hand stays as it was written, comments too', async () => {
    const { look, changes } = await makeBench(nights)
    await look(40)
    const edited = (await readFile(changes, 'utf8'))
      .replace(STATE, '    state: acknowledged # Ada looks after it')
      .replace(/^changes:/m, '# of the orders\nchanges:')
    await writeFile(changes, edited)
    await look(60)
    const text = await readFile(changes, 'utf8')
    expect(text.startsWith(edited.trimEnd())).toBe(true)
    expect(text.match(/- id: /g)).toHaveLength(2)
  })

  it('of a change that nobody knows is refused, and so is a file with mistakes', async () => {
    const { look, changes } = await makeBench(nights)
    const decide = look(40, { decisions: [{ id: 'cpu-up-0', state: 'fixed', reason: null }] })
    await expect(decide).rejects.toThrow('There is no change “cpu-up-0”')
    await look(40)
    const text = await readFile(changes, 'utf8')
    await writeFile(changes, text.replace(STATE, '    state: wontfix'))
    await expect(look(40)).rejects.toThrow(/orders\.changes\.yaml:\d+:\d+ {2}.*expected known, acknowledged/)
    await writeFile(changes, text.replace(STATE, '    state: wont-fix'))
    await expect(look(40)).rejects.toThrow(/expected a reason/)
  })

  it('a dry run remembers nothing', async () => {
    const { look, changes } = await makeBench(nights)
    expect(newOf(await look(40, { dryRun: true }))).toHaveLength(1)
    await expect(readFile(changes)).rejects.toThrow('ENOENT')
    expect(newOf(await look(40))).toHaveLength(1)
  })

  it('before a change of the scenario belongs to runs that are left out', async () => {
    const { look } = await makeBench([
      ...nights.slice(0, 40).map(night => ({ ...night, fingerprint: 'other' })),
      ...nights.slice(40, 60),
    ])
    expect((await look(40)).warnings).toMatchObject([{ code: 'scenario-differs' }])
    const after = await look(60)
    expect(after.runs).toHaveLength(20)
    expect(after.changes).toEqual([])
    expect(after.warnings).toMatchObject([{ code: 'runs-left-out' }])
  })

  it('a run of another duration, or of another scenario, begins no history of its own', async () => {
    const { look } = await makeBench([
      ...nights.slice(0, 40),
      { ...nights[40]!, fingerprint: 'of one second' },
      { ...nights[41]!, scenario: 'checkout' },
    ])
    const { runs, changes, warnings } = await look(42)
    expect(runs).toHaveLength(40)
    expect(changes).toHaveLength(1)
    expect(warnings).toMatchObject([{ code: 'runs-left-out' }])
  })
})

describe('in a workbook', () => {
  const nights = makeNights(createRandom(6), { nights: 60, level: SLOWER, sd: 0.015 })
  const guarded = { more: 'story: slow-orders', inWorkbook: true }

  it.each([
    { before: 'closed', after: 'investigating', notes: 1 },
    { before: 'fixing', after: 'fixing', notes: 0 },
  ] as const)(
    'the story that it guards gets evidence, $before → $after',
    async ({ before, after, notes }) => {
      const { look, folder } = await makeBench(nights, guarded)
      await createStory(folder, { id: 'slow-orders', title: 'Orders are slow', status: before })
      const { changes } = await look(40)
      await look(41)
      const { frontMatter } = await readStory(folder, 'slow-orders')
      expect(frontMatter).toMatchObject({
        status: after,
        evidence: [
          {
            id: `benchmark-${changes[0]!.id}`,
            kind: 'benchmark',
            unit: 'part of the level before',
            command: 'whyslow bench history bench/orders.yaml --dry-run',
          },
        ],
      })
      expect(frontMatter.notes).toHaveLength(notes)
      const [{ value, interval, finding }] = frontMatter.evidence as [(typeof frontMatter.evidence)[0]]
      expect(Math.abs(Number(value) - 0.1)).toBeLessThan(0.02)
      expect(interval![0] < Number(value) && Number(value) < interval![1]).toBe(true)
      expect(finding).toMatch(
        /since the run of 2026-01-2\d, CPU time per request: [23]\.\d\d ms → 3\.\d\d ms/,
      )
    },
  )

  it('a story that was dismissed stays so, and a missing one hides no change', async () => {
    const { look, folder } = await makeBench(nights, guarded)
    expect(await look(40, { dryRun: true })).toMatchObject({ verdict: 'worse', warnings: [] })
    await createStory(folder, { id: 'slow-orders', title: 'Orders are slow', status: 'dismissed' })
    const told = await look(40)
    expect(told.warnings).toMatchObject([{ code: 'story-dismissed' }])
    expect(told.changes).toMatchObject([{ state: 'new', story: null }])
    expect((await readStory(folder, 'slow-orders')).frontMatter).toMatchObject({
      status: 'dismissed',
      evidence: [],
    })
    const other = await makeBench(nights, guarded)
    expect(await other.look(40)).toMatchObject({
      verdict: 'worse',
      warnings: [{ code: 'story-unreadable' }],
    })
  })

  it('what was not filed is by a later look, and a step from nothing is filed as what it is', async () => {
    const collected = nights.slice(0, 40).map((night, i) => ({
      ...night,
      gc: { count: 1, total_ms: i < 20 ? 0 : 0.05 * night.requests, longest_ms: 1 },
    }))
    const { look, folder, changes } = await makeBench(collected, { inWorkbook: true, gates: 'gc' })
    for (const less of [{ workbook: null }, { fileStories: false }])
      expect((await look(40, less)).changes).toMatchObject([{ isWorse: true, story: null }])
    const late = await look(40)
    expect(late).toMatchObject({
      verdict: 'clean',
      changes: [{ state: 'known', story: 'benchmark-orders-gc' }],
    })
    expect(await readFile(changes, 'utf8')).toContain('story: benchmark-orders-gc')
    await look(40)
    const { evidence } = (await readStory(folder, 'benchmark-orders-gc')).frontMatter
    expect(evidence).toMatchObject([{ value: 0.05, unit: 'ms', interval: [0.05, 0.05] }])
  })

  it('without a story one is filed, once, also when the look was cut short', async () => {
    const { look, folder, changes } = await makeBench(nights, { inWorkbook: true })
    const [filed] = (await look(40)).changes
    expect(filed!.story).toBe('benchmark-orders-cpu')
    expect(await readFile(changes, 'utf8')).toContain('story: benchmark-orders-cpu')
    await rm(changes)
    expect((await look(40)).changes).toMatchObject([{ state: 'new', story: 'benchmark-orders-cpu' }])
    expect((await look(50)).changes).toMatchObject([{ state: 'known', story: 'benchmark-orders-cpu' }])
    const { frontMatter } = await readStory(folder, 'benchmark-orders-cpu')
    expect(frontMatter).toMatchObject({
      status: 'reported',
      title: expect.stringMatching(/^Benchmark orders: CPU time per request rose by \d/),
      questions: { impact: 'unknown' },
      scope: { where: null, window: null },
    })
    expect(frontMatter.evidence).toHaveLength(1)
  })
})

describe('commits', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      encoding: 'utf8',
    }).trim()
  const measured = (commitOf: (night: number) => string) =>
    makeNights(createRandom(7), { nights: 40, level: SLOWER, sd: 0.01, commitOf })

  it('between both runs are listed, null where they are not known, none where they are the same', async () => {
    git('init', '-q')
    const commits = ['before', 'One query for each order', 'Newer dates'].map(subject => {
      git('commit', '-q', '--allow-empty', '-m', subject)
      return git('rev-parse', 'HEAD')
    })
    const moved = await makeBench(measured(night => commits[night >= 20 ? 2 : 0]!))
    const [change] = (await moved.look(40)).changes
    expect(change!.commits).toMatchObject({
      after: commits[0],
      until: commits[2],
      between: [
        { sha: commits[2], subject: 'Newer dates', author: 'Ada' },
        { sha: commits[1], subject: 'One query for each order' },
      ],
      more: 0,
    })
    const unknown = await makeBench(measured(night => String(night % 10).repeat(40)))
    expect((await unknown.look(40)).changes[0]!.commits.between).toBeNull()
    const option = await makeBench(measured(() => '--output=written'))
    expect((await option.look(40)).changes[0]!.commits.between).toBeNull()
    const same = await makeBench(measured(() => commits[2]!))
    expect((await same.look(40)).changes[0]!.commits.between).toEqual([])
  })

  it('of a long while are counted', async () => {
    const first = git('rev-parse', 'HEAD')
    const tree = git('rev-parse', 'HEAD^{tree}')
    let last = first
    for (let i = 0; i < 22; i += 1) last = git('commit-tree', tree, '-p', last, '-m', `commit ${i}`)
    const { look } = await makeBench(measured(night => (night >= 20 ? last : first)))
    const { commits } = (await look(40)).changes[0]!
    expect([commits.between!.length, commits.more]).toEqual([20, 2])
  })
})
