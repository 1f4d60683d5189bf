/** What a repetition was measured on, in a real repository. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeEnvironment, readCommit } from '../../../src/experiments/benchmarks/environment.js'

let dir: string
const git = (...args: string[]) =>
  execFileSync('git', ['-C', dir, '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
    encoding: 'utf8',
  }).trim()
const write = async (file: string, content: unknown) => {
  const target = path.join(dir, file)
  await mkdir(path.dirname(target), { recursive: true })
  await writeFile(target, typeof content === 'string' ? content : JSON.stringify(content))
}
beforeAll(async () => {
  dir = await realpath(await mkdtemp(path.join(tmpdir(), 'whyslow-environment-')))
})
afterAll(() => rm(dir, { recursive: true }))

test('outside git there is no commit', async () => {
  expect(await readCommit({ folder: dir, env: process.env })).toEqual({ sha: null, isDirty: false })
})

test('results don’t make a commit dirty; code does, also where git doesn’t know it yet', async () => {
  git('init', '-q')
  await write('.gitignore', 'ignored\n')
  await write('packages/api/server.js', '')
  git('add', '.')
  git('commit', '-q', '-m', 'First')
  const sha = git('rev-parse', 'HEAD')
  const api = path.join(dir, 'packages/api')
  const results = path.join(api, 'bench/results')
  // Within a hook of git, which names another repository.
  const env = { ...process.env, GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere/index' }
  const read = () => readCommit({ folder: api, env }, [results, '/elsewhere/orders.ndjson'])
  expect(await read()).toEqual({ sha, isDirty: false })
  await write('packages/api/bench/results/orders.ndjson', '{}\n')
  await write('ignored', '')
  expect(await read()).toEqual({ sha, isDirty: false })
  expect(await readCommit({ folder: api, env: process.env })).toEqual({ sha, isDirty: true })
  await write('shared.js', '')
  expect(await read()).toEqual({ sha, isDirty: true })
  await rm(path.join(dir, 'shared.js'))
  await write('packages/api/server.js', '// changed')
  expect(await read()).toEqual({ sha, isDirty: true })
})

test('dependencies as they are installed, wherever Node would find them; the lock file of the repository', async () => {
  const api = path.join(dir, 'packages/api')
  await write('package.json', { dependencies: { left: '1' } })
  await write('package-lock.json', '{}')
  await write('packages/api/package.json', {
    dependencies: { near: '^1.0.0', '@scope/far': '*', missing: '1' },
    devDependencies: { tool: '1' },
  })
  await write('packages/api/node_modules/near/package.json', { version: '1.2.3' })
  await write('node_modules/@scope/far/package.json', { version: '4.5.6' })
  await write('node_modules/near/package.json', { version: '0.0.1' })
  const parts = {
    commit: { sha: 'abc', isDirty: true },
    folder: dir,
    cwd: api,
    node: 'v24.0.0',
    whyslow: '1',
    loadAverage: 0.5,
    mix: null,
  }
  const environment = await describeEnvironment(parts)
  expect(environment).toMatchObject({
    commit: 'abc',
    isDirty: true,
    node: 'v24.0.0',
    whyslow: '1',
    loadAverage: 0.5,
    dependencies: { '@scope/far': '4.5.6', near: '1.2.3' },
    lockFile: expect.stringMatching(/^[0-9a-f]{12}$/),
    mix: null,
  })
  expect(environment.cores).toBeGreaterThan(0)
  expect(environment.memory_mb).toBeGreaterThan(100)
  expect(environment.system).toMatch(/^\S+ \S+ \S+$/)
  const draw = async (path: string) =>
    (await describeEnvironment({ ...parts, mix: [{ method: 'GET', path, share: 1 }] })).mix
  expect(await draw('/orders/1')).toMatch(/^[0-9a-f]{12}$/)
  expect(await draw('/orders/1')).not.toBe(await draw('/orders/2'))
  await write('package-lock.json', '{"changed": true}')
  expect((await describeEnvironment(parts)).lockFile).not.toBe(environment.lockFile)
})
