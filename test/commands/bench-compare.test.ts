import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BenchmarkComparison } from '../../src/experiments/benchmarks/comparison.js'
import { makeRepetition } from '../experiments/benchmarks/make-repetition.js'
import { type BenchRepository, makeRepository } from './bench-repository.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { runCli } from './run-cli.js'

// Several times as much work, so that a busy machine doesn't hide it, nor shows a difference where there is none.
const GATES = 'gates: [{metric: cpu, smallest: 60%}]'
const FEW = ['--pairs', '5', '--most-pairs', '5']

let made: BenchRepository
beforeAll(async () => {
  made = await makeRepository({ base: 50, head: 1000 }, GATES)
})
afterAll(() => made.remove())

const options = () => ({ cwd: made.folder, env: { TMPDIR: made.tmp } })
const listCheckouts = async () => (await readdir(made.tmp)).filter(name => name.startsWith('whyslow-bench-'))
async function expectNothingLeft() {
  expect(await listCheckouts()).toEqual([])
  expect(made.git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(1)
  expect(existsSync(path.join(made.folder, 'bench', 'results'))).toBe(false)
}

describe('bench compare', () => {
  it('finds a planted slowdown between two commits, confirms it, and leaves nothing behind', async () => {
    const { code, json } = await readOneJson<BenchmarkComparison>(
      ['bench', 'compare', 'base', 'head', ...FEW],
      options(),
    )
    expect(code).toBe(1)
    expect(json).toMatchObject({
      scenario: 'orders',
      verdict: 'worse',
      interleaved: true,
      base: {
        name: 'base',
        kind: 'commit',
        environment: { commit: made.git('rev-parse', 'base').trim(), isDirty: false },
      },
      head: { name: 'head', kind: 'commit' },
      gates: [{ metric: 'cpu', verdict: 'worse', fails: true }],
      rounds: [{ pairs: 5 }, { pairs: 5 }],
      comparison: { unit: 'pair', metric: 'under' },
      differs: [],
    })
    expect(json.repetitions).toHaveLength(20)
    const starts = (side: string) =>
      json.repetitions.filter(one => one.round === 1 && one.side === side).map(one => one.figures.at)
    const isBaseFirst = starts('base').map((at, i) => at < starts('head')[i]!)
    expect(isBaseFirst).toEqual([true, false, true, false, true])
    await expectNothingLeft()
  })

  it('finds none between a commit and itself: on a busy machine it may not tell', async () => {
    const run = await runCli(['bench', 'compare', 'base', 'base', ...FEW], options())
    expect(run.stdout).toMatch(/^(no meaningful difference|cannot tell yet): base against base/)
    expect(run.code).toBe(run.stdout.startsWith('no') ? 0 : 3)
    await expectNothingLeft()
  })

  it('leaves nothing behind after Ctrl-C and Ctrl-Z, nor where a service doesn’t start', async () => {
    for (const signal of ['SIGINT', 'SIGTSTP'] as const) {
      const run = await runCli(['bench', 'compare', 'base', 'head', ...FEW], {
        ...options(),
        onStart: child => void whenCheckedOut(() => child.kill(signal)),
      })
      expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 130, stdout: '' })
      await expectNothingLeft()
    }
    const file = path.join(made.folder, 'bench', 'orders.yaml')
    const scenario = await readFile(file, 'utf8')
    await writeFile(file, scenario.replace('server.mjs', 'missing.mjs'))
    const failed = await runCli(['bench', 'compare', 'base', '.', ...FEW], options())
    await writeFile(file, scenario)
    expect(failed.code).toBe(4)
    expect(failed.stderr).toMatch(/Of base \([0-9a-f]{10}\)/)
    await expectNothingLeft()
  })

  it('refuses what names no side, before anything is measured', async () => {
    expect((await readJsonError(['bench', 'compare', 'nowhere', 'head'], options())).message).toContain(
      'no commit, branch or folder',
    )
    const option = await runCli(['bench', 'compare', 'base', '--', '-n'], options())
    expect(expectRefused(option)).toContain('none begins with a dash')
    const most = ['bench', 'compare', 'base', 'head', '--pairs', '9', '--most-pairs', '8']
    expect((await readJsonError(most, options())).message).toContain('--most-pairs')
  })

  it('compares two files of results, and says that it may be drift', async () => {
    const write = (name: string, cpu: number) =>
      writeFile(
        path.join(made.folder, name),
        [0.99, 1.01, 1, 1.02, 0.98, 1.01]
          .map(part => `${JSON.stringify(makeRepetition({ cpuPerRequest_ms: cpu * part }))}\n`)
          .join(''),
      )
    await write('a.ndjson', 2)
    await write('b.ndjson', 4)
    const { code, json } = await readOneJson<BenchmarkComparison>(
      ['bench', 'compare', 'a.ndjson', 'b.ndjson'],
      options(),
    )
    expect(code).toBe(1)
    expect(json).toMatchObject({
      verdict: 'worse',
      interleaved: false,
      base: { kind: 'results' },
      comparison: { unit: 'repetition' },
    })
    expect(json.warnings.map(warning => warning.code)).toContain('not-interleaved')
    const mixed = await readJsonError(['bench', 'compare', 'a.ndjson', 'head'], options())
    expect(mixed.message).toContain('holds results')
  })
})

/** As soon as both versions are checked out, and a little later. */
async function whenCheckedOut(act: () => void): Promise<void> {
  while ((await listCheckouts()).length < 2) await setTimeout(20)
  await setTimeout(500)
  act()
}
