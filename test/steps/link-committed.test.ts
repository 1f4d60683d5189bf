import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { linkCommitted, webHost } from '../../src/steps/link-committed.js'
import { readStory, type Story } from '../../src/stories/read-story.js'
import { createStory } from '../../src/stories/write-story.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'

let repository: string
let workbook: Workbook
let story: Story
const run = { env: { PATH: process.env.PATH }, signal: new AbortController().signal }
const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { stdio: 'pipe' })

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'whyslow-git-'))
  const dir = join(repository, 'perf', 'book')
  await mkdir(dir, { recursive: true })
  await createWorkbook(dir)
  workbook = await openWorkbook({ cwd: dir })
  const { id, file } = await createStory(workbook, { title: 'Orders' })
  story = await readStory(workbook, id)
  for (const name of ['a b.cpuprofile', 'bob.svg', 'new.svg']) await writeFile(join(dirname(file), name), '')
  git('init', '-q')
  git('add', 'perf/book/stories/orders/a b.cpuprofile', 'perf/book/stories/orders/bob.svg')
})

function links(repo: string, api = 'https://api.github.com', passes = (_: string) => true) {
  return linkCommitted(workbook, { repo, api, tokenCommand: null, allow: [] }, passes, run)
}

function origin(url: string) {
  git('config', 'remote.origin.url', url)
}

test('a committed file has an address, others have none', async () => {
  origin('git@github.com:Acme/shop.git')
  const find = await links('acme/shop')
  expect(find(story, 'a b.cpuprofile')).toBe(
    'https://github.com/acme/shop/blob/HEAD/perf/book/stories/orders/a%20b.cpuprofile',
  )
  expect(find(story, 'new.svg')).toBeNull()
  expect(find(story, '../../whyslow.yaml')).toBeNull()
})

test('neither has one whose address may not be shown', async () => {
  origin('git@github.com:acme/shop.git')
  const find = await links('acme/shop', undefined, text => !text.includes('bob'))
  expect(find(story, 'bob.svg')).toBeNull()
  expect(find(story, 'a b.cpuprofile')).not.toBeNull()
})

describe('only where origin is the repository of the tickets', () => {
  test.for([
    ['https://github.com/acme/shop', undefined, true],
    ['https://me:token@github.com/acme/shop.git', undefined, true],
    ['ssh://git@github.com:22/acme/shop.git', undefined, true],
    ['git@git.example.com:acme/shop.git', 'https://git.example.com/api/v3', true],
    ['http://localhost:8080/acme/shop', 'http://localhost:8080', true],
    ['git@git.example.com:acme/shop.git', undefined, false],
    ['https://github.com/acme/shop-fork', undefined, false],
    ['https://evil.example/github.com/acme/shop', undefined, false],
    ['/srv/git/shop.git', undefined, false],
  ] as const)('%s with %s', async ([url, api, expected]) => {
    origin(url)
    const find = await links('acme/shop', api)
    expect(find(story, 'bob.svg') !== null).toBe(expected)
  })
})

test('no repository, or no git: no links', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-nogit-'))
  await createWorkbook(dir)
  const other = await openWorkbook({ cwd: dir })
  const config = { repo: 'acme/shop', api: 'https://api.github.com', tokenCommand: null, allow: [] }
  expect((await linkCommitted(other, config, () => true, run))(story, 'bob.svg')).toBeNull()
  const bare = { ...run, env: { PATH: '/nowhere' } }
  expect((await linkCommitted(workbook, config, () => true, bare))(story, 'bob.svg')).toBeNull()
})

test('the host of an API', () => {
  expect(webHost('https://api.github.com')).toBe('github.com')
  expect(webHost('https://api.acme.ghe.com')).toBe('acme.ghe.com')
  expect(webHost('https://git.example.com/api/v3')).toBe('git.example.com')
})
