import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Repository } from '../../src/experiments/benchmarks/run-git.js'
import type { Scenario } from '../../src/experiments/benchmarks/scenario.js'
import { addWorktree, removeStale, resolveCommit } from '../../src/steps/benchmarks/git-worktrees.js'
import { nameSide, type OpenSides, withSides } from '../../src/steps/benchmarks/open-sides.js'
import { type BenchRepository, makeRepository } from '../commands/bench-repository.js'

let made: BenchRepository
let repository: Repository
let scenario: Scenario
const signal = new AbortController().signal

beforeAll(async () => {
  made = await makeRepository({ base: 1, head: 2 }, '')
  repository = { folder: made.folder, env: process.env }
  const service = { cwd: '.', setup: null }
  const file = path.join(made.folder, 'bench', 'orders.yaml')
  scenario = { file, shown: 'bench/orders.yaml', service } as unknown as Scenario
})
afterAll(() => made.remove())
afterEach(() => void vi.unstubAllEnvs())

const worktrees = () => made.git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length

describe('the name of a side', () => {
  it('is a commit, a folder that is named as a path, or a file of results', async () => {
    const sha = made.git('rev-parse', 'base').trim()
    expect(await nameSide('base', repository)).toMatchObject({ kind: 'commit', target: sha, warnings: [] })
    expect(await nameSide('HEAD~1', repository)).toMatchObject({ kind: 'commit', target: sha })
    expect(await nameSide('.', repository)).toMatchObject({ kind: 'folder', target: made.folder })
    expect(await nameSide('bench', repository)).toMatchObject({ kind: 'folder' })
    await writeFile(path.join(made.folder, 'r.ndjson'), '')
    expect(await nameSide('r.ndjson', repository)).toMatchObject({ kind: 'results' })
  })

  it('that stands for both says what was taken', async () => {
    made.git('branch', 'bench')
    const named = await nameSide('bench', repository)
    expect(named).toMatchObject({
      kind: 'commit',
      warnings: [{ code: 'side-ambiguous', next: expect.stringContaining('./bench') }],
    })
    expect(await nameSide('./bench', repository)).toMatchObject({ kind: 'folder', warnings: [] })
    made.git('branch', '-D', 'bench')
  })

  it('is never an option, nor a command', async () => {
    for (const name of ['--output=/tmp/x', '-n', '--all']) {
      await expect(resolveCommit(repository, name)).rejects.toThrow('none begins with a dash')
    }
    const file = path.join(made.folder, 'injected')
    for (const name of [`$(touch ${file})`, `;touch ${file}`, `\`touch ${file}\``, 'a\0b', '', 'a\nb']) {
      expect(await resolveCommit(repository, name)).toBeNull()
    }
    expect(existsSync(file)).toBe(false)
    await expect(nameSide('no-such', repository)).rejects.toThrow('no commit, branch or folder')
    await expect(nameSide('server.mjs', repository)).rejects.toThrow('no .ndjson')
  })

  it('in a repository that git doesn’t read is unknown, in git’s words', async () => {
    const strange = { ...repository, env: { ...process.env, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' } }
    await expect(nameSide('base', strange)).rejects.toMatchObject({
      message: expect.stringContaining('dubious ownership'),
      exit: 4,
    })
    expect(await nameSide('.', strange)).toMatchObject({ kind: 'folder' })
    const outside = { ...repository, folder: made.tmp }
    await expect(nameSide('base', outside)).rejects.toThrow('no commit, branch or folder')
  })

  it('of a tag or a file is no commit', async () => {
    expect(await resolveCommit(repository, 'HEAD:services/orders/server.mjs')).toBeNull()
  })
})

describe('sides', () => {
  const openWarned = async <T>(base: string, head: string, work: (sides: OpenSides) => Promise<T>) => {
    const named = { base: await nameSide(base, repository), head: await nameSide(head, repository) }
    return withSides(named, { repository, scenario, signal }, async sides => ({
      result: await work(sides),
      warnings: sides.warnings,
    }))
  }
  const open: <T>(...of: Parameters<typeof openWarned<T>>) => Promise<T> = async (base, head, work) =>
    (await openWarned(base, head, work)).result

  it('are checked out at the same place, without hooks, and removed', async () => {
    const hook = path.join(made.top, '.git', 'hooks', 'post-checkout')
    await mkdir(path.dirname(hook), { recursive: true })
    await writeFile(hook, `#!/bin/sh\ntouch '${made.top}/hooked'\n`, { mode: 0o755 })
    const folders = await open('base', 'base', async ({ base, head }) => {
      expect(base.folder).not.toBe(head.folder)
      expect(await readFile(path.join(base.folder, 'server.mjs'), 'utf8')).toMatch(/^\/\/ base/)
      expect(worktrees()).toBe(3)
      return [base.folder, head.folder]
    })
    expect(worktrees()).toBe(1)
    expect(folders.filter(folder => existsSync(folder))).toEqual([])
    expect(existsSync(path.join(made.top, 'hooked'))).toBe(false)
  })

  it('are removed when the work fails, also with new and locked files', async () => {
    const failing = open('base', '.', async ({ base }) => {
      await writeFile(path.join(base.folder, 'new'), 'x')
      made.git('worktree', 'lock', path.dirname(path.dirname(base.folder)))
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(worktrees()).toBe(1)
  })

  it('say that the scenario, or what is installed, is another one there', async () => {
    const { file } = scenario
    const before = await readFile(file, 'utf8')
    await writeFile(file, `${before}# more\n`)
    await mkdir(path.join(made.folder, 'node_modules'))
    const codes = await open('base', '.', ({ warnings }) => Promise.resolve(warnings.map(({ code }) => code)))
    expect(codes).toEqual(['scenario-differs', 'setup-missing'])
    await writeFile(file, before)
  })

  it('say which of the two has another scenario, and aren’t led elsewhere by the variables of a hook', async () => {
    const { file } = scenario
    const before = await readFile(file, 'utf8')
    await writeFile(file, `${before}# more\n`)
    made.git('commit', '--quiet', '--all', '--message', 'more')
    repository = { ...repository, env: { ...process.env, GIT_DIR: path.join(made.tmp, 'nowhere') } }
    const { warnings } = await openWarned('HEAD', 'base', () => Promise.resolve())
    repository = { ...repository, env: process.env }
    made.git('reset', '--quiet', '--hard', 'HEAD~1')
    const [differs] = warnings
    expect(differs?.message).toContain('bench/orders.yaml is another one in base.')
  })

  it('that can’t be removed cost no result: a warning says where they are, and the next run works', async () => {
    vi.stubEnv('TMPDIR', made.tmp)
    const away = `${made.tmp}-away`
    const breakFolder = async (to: string) => {
      await rename(made.tmp, to)
      await writeFile(made.tmp, 'no folder any more')
    }
    const { warnings } = await openWarned('base', '.', () => breakFolder(away))
    const [name] = await readdir(away)
    const parent = path.join(made.tmp, name!)
    expect(warnings.find(({ code }) => code === 'checkout-left')).toMatchObject({
      message: expect.stringContaining(parent),
      next: expect.stringContaining(`rm -rf ${parent} && git worktree prune`),
    })
    await rm(made.tmp)
    await rename(away, made.tmp)
    // Registered still, of a process that is over.
    const stale = path.join(made.tmp, name!.replace(/bench-\d+/, 'bench-999999999'), 'code')
    made.git('worktree', 'add', '--quiet', '--detach', stale)
    await breakFolder(away)
    await removeStale(repository)
    await rm(made.tmp)
    await rename(away, made.tmp)
    await rm(path.join(made.tmp, name!), { recursive: true, force: true })
    made.git('worktree', 'prune')
    expect(worktrees()).toBe(1)
  })

  it('that lack the folder are refused', async () => {
    made.git('checkout', '--quiet', '--orphan', 'empty')
    made.git('rm', '-r', '--cached', '--quiet', '.')
    made.git('commit', '--quiet', '--allow-empty', '-m', 'empty')
    made.git('checkout', '--quiet', '--force', 'main')
    await expect(open('empty', 'base', () => Promise.resolve())).rejects.toThrow(
      'empty has no folder services/orders',
    )
    expect(worktrees()).toBe(1)
  })

  it('of a run that was killed are removed the next time, and no others', async () => {
    const sha = made.git('rev-parse', 'base').trim()
    const mine = await addWorktree(repository, sha)
    // A process that is over.
    const gone = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim()
    const isKept = async (name: (host: string) => string) => {
      const { parent } = await addWorktree(repository, sha)
      const [own, host] = /whyslow-bench-\d+-(\w+)-\w+-/.exec(parent)!
      const as = parent.replace(own, name(host!))
      await rename(parent, as)
      made.git('worktree', 'repair', path.join(as, 'code'))
      expect(worktrees()).toBe(3)
      await removeStale(repository)
      const isThere = existsSync(as)
      await rm(as, { recursive: true, force: true })
      expect(worktrees()).toBe(isThere ? 3 : 2)
      made.git('worktree', 'prune')
      return isThere
    }
    expect(await isKept(host => `whyslow-bench-${gone}-${host}-0-`)).toBe(false)
    // Its number is another process's by now.
    expect(await isKept(host => `whyslow-bench-${process.pid}-${host}-0a0a0a0a-`)).toBe(false)
    expect(await isKept(() => `whyslow-bench-${gone}-0a0a0a0a-0-`)).toBe(true)
    expect(existsSync(mine.folder)).toBe(true)
    await mine.remove()
    expect(worktrees()).toBe(1)
  })
})
