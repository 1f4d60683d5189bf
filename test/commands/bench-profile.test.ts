/** `bench profile` on two commits of a real service, filed in the story that the scenario guards. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BenchmarkComparison } from '../../src/experiments/benchmarks/comparison.js'
import { profileFailure } from '../../src/steps/benchmarks/profile-failure.js'
import type { ProfiledSides } from '../../src/steps/benchmarks/profile-sides.js'
import type { SettledScenario } from '../../src/steps/benchmarks/settle-scenario.js'
import { type BenchRepository, makeRepository } from './bench-repository.js'
import { runCli } from './run-cli.js'

let repository: BenchRepository
beforeAll(async () => {
  repository = await makeRepository({ base: 10, head: { ms: 10 } }, '')
})
afterAll(() => repository.remove())

test('what takes longer per request is found, and lies beside the story', async () => {
  const { folder: cwd, git } = repository
  await runCli(['init'], { cwd })
  await runCli(['story', 'new', '--title', 'Hashes are slow'], { cwd })
  const [id] = await readdir(path.join(cwd, 'stories'))
  const file = path.join(cwd, 'bench', 'orders.yaml')
  const scenario = (await readFile(file, 'utf8')).replace(/duration: 400ms/, 'duration: 4s, rate: 40/s')
  await writeFile(file, `${scenario}\nstory: ${id}\n`)
  const status = git('status', '--porcelain')

  const run = await runCli(['bench', 'profile', 'base', 'head', '--captures', '1', '--json'], { cwd })
  const result = JSON.parse(run.stdout) as ProfiledSides
  expect(run.code, run.stdout.slice(0, 500)).toBe(0)
  expect(result).toMatchObject({ scenario: 'orders', base: { name: 'base', kind: 'commit' }, story: id })
  expect(result.captures.map(({ side }) => side)).toEqual(['base', 'head'])
  for (const { requests, duration_ms } of result.captures)
    expect(requests / (duration_ms / 1000)).toBeCloseTo(40, -1)
  expect(result.diff.per).toBe('request')
  const grown = result.diff.frames.filter(
    ({ file: of, total, ...own }) =>
      of?.endsWith('server.mjs') && (total ?? own).significant && (total ?? own).change_ms > 1,
  )
  expect(grown.length).toBeGreaterThan(0)

  const filed = await readdir(path.join(cwd, 'stories', id!))
  const { pages, captures } = result
  for (const one of [
    pages.diff,
    ...Object.values(pages.base),
    ...Object.values(pages.head),
    ...captures.flatMap(({ files }) => files),
  ])
    expect(filed).toContain(path.basename(one))
  expect(filed.filter(name => /-(base|head)-1\.cpuprofile$/.test(name))).toHaveLength(2)
  const story = await readFile(path.join(cwd, 'stories', id!, 'story.md'), 'utf8')
  expect(story).toContain('head against base: ')
  expect(story).toContain('whyslow bench profile base head bench/orders.yaml')
  expect(await readFile(pages.diff, 'utf8')).toContain('server.mjs')

  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1)
  expect(git('status', '--porcelain')).toBe(status)
  await expect(readFile(path.join(cwd, 'bench', 'results', 'orders.ndjson'))).rejects.toThrow('ENOENT')
})

test('a verdict stays where there can be no profile of it', async () => {
  const results = path.join(repository.folder, 'base.ndjson')
  await writeFile(results, '')
  const comparison = { gates: [{ fails: true }], warnings: [] } as unknown as BenchmarkComparison
  const settled = { scenario: { story: null } } as SettledScenario
  const { signal } = new AbortController()
  const request = { base: results, head: 'head', cwd: repository.folder, env: process.env, signal }
  const profiled = await profileFailure(settled, null, comparison, request as never)
  expect(profiled).toMatchObject({ gates: comparison.gates, profile: null })
  expect(profiled.warnings).toEqual([expect.objectContaining({ code: 'profile-missing' })])
  expect(profiled.warnings[0]!.message).toContain('holds results')
})

test('a verdict stays where its profile is interrupted, or its folder can’t be made', async () => {
  const comparison = { gates: [{ fails: true }], warnings: [] } as unknown as BenchmarkComparison
  const scenario = {
    story: null,
    shown: 'bench/my orders.yaml',
    file: path.join(repository.folder, 'x.yaml'),
  }
  const profile = (signal: AbortSignal, out: string) =>
    profileFailure({ scenario } as SettledScenario, null, comparison, {
      ...{ base: 'base', head: 'head', cwd: repository.folder, env: process.env, captures: 1, out, signal },
      now: () => new Date(),
    } as never)
  const out = path.join(repository.folder, 'out')
  const interrupted = await profile(AbortSignal.abort(), out)
  expect(interrupted).toMatchObject({ gates: comparison.gates, profile: null })
  expect(interrupted.warnings).toEqual([
    {
      code: 'profile-missing',
      message: 'A gate failed, and there is no profile of it: taking it was interrupted.',
      next: "To take it by itself: whyslow bench profile base head 'bench/my orders.yaml'",
    },
  ])
  await writeFile(path.join(repository.folder, 'a-file'), '')
  const nowhere = await profile(new AbortController().signal, path.join(repository.folder, 'a-file', 'out'))
  expect(nowhere.warnings[0]!.message).toContain('ENOTDIR')
})
