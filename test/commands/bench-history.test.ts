import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fingerprintOf, readScenario } from '../../src/experiments/benchmarks/scenario.js'
import { createRandom } from '../../src/stats/random.js'
import { makeNights, nameNight, nightAt } from '../experiments/benchmarks/make-runs.js'
import { makeFolder, runCli, runJson } from './run-cli.js'

interface Result {
  scenario: string
  runs: { run: string; at: string; commit: string }[]
  metrics: { metric: string; unit: string; values: { run: string; value: number }[]; levels: object[] }[]
  changes: {
    id: string
    state: string
    isWorse: boolean
    commits: { between: { subject: string; author: string }[] }
  }[]
  warnings: object[]
}

const HOSTILE = '::error::"><script>alert(1)</script>\u001b]0;owned\u0007 \u202e'
/** What must not reach a terminal, and what no page. */
const ACTS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^\s*::error/m
const ACTS_ON_A_PAGE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|<script>alert/

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder(false)
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', `user.name=${HOSTILE}`, '-c', 'user.email=a@example.org', ...args], {
      cwd,
      encoding: 'utf8',
    }).trim()
  git('init', '-q')
  const commits = ['before', HOSTILE].map(subject => {
    git('commit', '-q', '--allow-empty', '-m', subject)
    return git('rev-parse', 'HEAD')
  })
  await mkdir(path.join(cwd, 'bench/results'), { recursive: true })
  const scenario = path.join(cwd, 'bench/orders.yaml')
  await writeFile(
    scenario,
    'service: {command: node server.js, ready: "http://127.0.0.1:3000/"}\nload: {url: "http://127.0.0.1:3000/"}\nunder: 250ms\ngates: [cpu, memory]\n',
  )
  const fingerprint = fingerprintOf(await readScenario(scenario, scenario), 250)
  const nights = makeNights(createRandom(3), {
    nights: 40,
    level: night => (night >= 24 ? 1.12 : 1),
    sd: 0.01,
    commitOf: night => commits[night >= 24 ? 1 : 0]!,
  })
  const lines = nights.map(night => `${JSON.stringify({ ...night, fingerprint })}\n`)
  await writeFile(path.join(cwd, 'bench/results/orders.ndjson'), lines.join(''))
  await writeFile(path.join(cwd, 'bench/few.ndjson'), lines.slice(0, 9).join(''))
})
afterAll(() => rm(cwd, { recursive: true }))

test('says it first, once, and what was decided about it stays', async () => {
  const few = await runCli(['bench', 'history', '--check', '--results', 'bench/few.ndjson'], { cwd })
  expect([few.code, few.stdout.split('\n')[1]]).toEqual([
    3,
    'Cannot tell yet: a change takes 10 runs, and there are 9.',
  ])
  const first = await runCli(
    ['bench', 'history', '--check', '--html', 'orders.html', '--svg', 'orders.svg'],
    {
      cwd,
    },
  )
  expect(first.stderr).toBe('Written: orders.svg\nWritten: orders.html\n')
  expect(first.code).toBe(1)
  expect(first.stdout.split('\n').slice(0, 3)).toEqual([
    'orders: 40 runs from 2026-01-01 to 2026-02-09',
    '1 new change for the worse.',
    '',
  ])
  expect(first.stdout).toMatch(
    /Worse \(new\): CPU time per request rose by 1\d\.\d% since the run of 2026-01-25/,
  )
  expect(first.stdout).not.toMatch(ACTS)
  expect(first.stdout).toContain('\\x1b]0;owned')
  for (const file of ['orders.html', 'orders.svg'])
    expect(await readFile(path.join(cwd, file), 'utf8')).not.toMatch(ACTS_ON_A_PAGE)
  const id = /--acknowledge (\S+)/.exec(first.stdout)![1]!

  const second = await runJson<Result>(['bench', 'history', 'bench/orders.yaml', '--check'], { cwd })
  expect(Object.keys(second).slice(0, 5)).toEqual(['scenario', 'file', 'runs', 'metrics', 'changes'])
  expect(second).toMatchObject({ scenario: 'orders', changes: [{ id, state: 'known', isWorse: true }] })
  expect(second.runs[24]).toMatchObject({ run: nameNight(24), at: nightAt(24) })
  expect(second.metrics.map(({ metric, unit, levels }) => [metric, unit, levels.length])).toEqual([
    ['cpu', 'ms', 2],
    ['memory', 'MB', 1],
  ])
  expect(second.changes[0]!.commits.between[0]!.subject).toBe(HOSTILE.trimEnd())

  const alone = await runCli(['bench', 'history', '--wont-fix', id], { cwd })
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('--reason')])
  const decided = await runCli(['bench', 'history', '--wont-fix', id, '--reason', HOSTILE, '--check'], {
    cwd,
  })
  expect([decided.code, decided.stderr]).toEqual([0, ''])
  expect(decided.stdout).toMatch(/^No new change\.$/m)
  expect(decided.stdout).toMatch(/Worse \(won’t fix\)/)
  expect(decided.stdout).not.toMatch(ACTS)
})
