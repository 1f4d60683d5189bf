/** Real captures, shown and written by the built program. */
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readStory } from '../../src/stories/read-story.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { makeFolder, ROOT, runCli, transcribe } from './run-cli.js'
import { HAS_TMUX, typeInto } from './terminal.js'

const SHOP = path.join(ROOT, 'fixtures/profiles/shop')

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  for (const name of ['front', 'invoices']) {
    await copyFile(path.join(SHOP, `${name}.cpuprofile`), path.join(cwd, `${name}.cpuprofile`))
  }
  await createStory(cwd, { id: 'invoices-slow', title: 'Invoices are slow' })
  await createStory(cwd, { id: 'empty', title: 'Nothing yet' })
  const story = await readStory(cwd, 'invoices-slow')
  const entry = { tool: 'node', kind: 'cpu', durationMs: 5000, samples: 3000, timebox: null }
  await copyFile(path.join(SHOP, 'front.cpuprofile'), path.join(path.dirname(story.file), 'early.cpuprofile'))
  await copyFile(
    path.join(SHOP, 'invoices.cpuprofile'),
    path.join(path.dirname(story.file), 'late-1.cpuprofile'),
  )
  await copyFile(
    path.join(SHOP, 'front.cpuprofile'),
    path.join(path.dirname(story.file), 'late-2.cpuprofile'),
  )
  await updateStory(story, frontMatter => ({
    ...frontMatter,
    profiles: [
      { ...entry, file: 'late-1.cpuprofile', pid: 11, at: '2026-10-05T12:00:00Z' },
      { ...entry, file: 'early.cpuprofile', pid: 10, at: '2026-10-05T10:00:00Z' },
      { ...entry, file: 'late-2.cpuprofile', pid: 12, at: '2026-10-05T12:00:01Z' },
    ],
  }))
}, 60_000)
afterAll(() => rm(cwd, { recursive: true }))

const show = (...args: string[]) => ['profile', 'show', ...args]

interface Data {
  profiles: { file: string; format: string; pid: number | null; startedAt: string | null }[]
  hottest: Record<string, unknown>[]
  groups: { group: string; self_ms: number; share: number }[]
  heaviestPath: { function: string }[]
  advice: { code: string; next: string }[]
  warnings: { code: string }[]
  idle_ms: number
  active_ms: number
}

describe('as text', () => {
  test('what it is, what is hot, whose it is, where it is called, and what to do next', async () => {
    await expect(
      await transcribe(show('invoices.cpuprofile', '--limit', '4', '--per-second', '9'), {
        cwd,
        columns: 90,
      }),
    ).toMatchFileSnapshot('../golden/profile-show.txt')
  })

  test('several are added up, and named', async () => {
    const { stdout } = await runCli(show('front.cpuprofile', 'invoices.cpuprofile'), { cwd })
    expect(stdout).toMatch(
      /^front\.cpuprofile: CPU profile, .*\ninvoices\.cpuprofile: CPU profile, .*\nTogether: 2 profiles, 5\.19 s, 7,607 samples/,
    )
  })
})

describe('as data', () => {
  test('what the contract promises', async () => {
    const { code, json } = await readOneJson<Data>(show('invoices.cpuprofile', '--requests', '50'), { cwd })
    expect(code).toBe(0)
    expect(json.hottest[0]).toEqual({
      function: 'layoutPages',
      file: '/srv/shop/layout.js',
      line: 12,
      group: 'own code',
      share: expect.closeTo(0.9447, 3),
      self_ms: expect.closeTo(1392.118, 2),
      total_ms: expect.closeTo(1392.118, 2),
      selfPerRequest_ms: expect.closeTo(27.8, 1),
      totalPerRequest_ms: expect.closeTo(27.8, 1),
    })
    expect(json.groups[0]).toEqual({
      group: 'own code',
      self_ms: expect.any(Number),
      share: expect.any(Number),
    })
    expect(json.groups.reduce((sum, one) => sum + one.share, 0)).toBeCloseTo(1)
    expect(json.groups.reduce((sum, one) => sum + one.self_ms, 0)).toBeCloseTo(json.active_ms)
    expect(json.heaviestPath.map(one => one.function)).toEqual([
      '(anonymous)',
      'renderInvoice',
      'layoutPages',
    ])
    expect(json.advice.map(one => one.code)).toEqual(['mostly-idle', 'one-function'])
    expect(json.warnings).toEqual([])
  })

  test('of one group', async () => {
    const { json } = await readOneJson<Data>(show('invoices.cpuprofile', '--group', 'own code'), { cwd })
    expect(new Set(json.hottest.map(one => one.group))).toEqual(new Set(['own code']))
    const refused = await readJsonError(show('invoices.cpuprofile', '--group', 'nobody'), { cwd })
    expect(refused.next[0]).toMatch(/^Groups in it: own code, node, /)
  })
})

describe('which profile', () => {
  test('a story: its latest capture, with what the story knows of it', async () => {
    const { json } = await readOneJson<Data>(show('invoices-slow'), { cwd })
    expect(json.profiles).toMatchObject([
      {
        file: path.join(cwd, 'stories/invoices-slow/late-1.cpuprofile'),
        pid: 11,
        startedAt: '2026-10-05T12:00:00Z',
      },
      { file: path.join(cwd, 'stories/invoices-slow/late-2.cpuprofile'), pid: 12 },
    ])
  })

  test('a file of a story by its bare name', async () => {
    const { json } = await readOneJson<Data>(show('early.cpuprofile'), { cwd })
    expect(json.profiles).toMatchObject([{ pid: 10 }])
  })

  test.for([
    [
      ['nowhere.cpuprofile'],
      'There is no profile “nowhere.cpuprofile”: no such file here, no story and no file of a story.',
      /Stories with profiles: invoices-slow/,
    ],
    [['empty'], 'The story empty has no profile yet.', /whyslow profile attach PID --story empty/],
    [['whyslow.yaml'], 'No profile format fits this file.', /cpuprofile/],
  ] as const)('%j is refused', async ([args, message, next]) => {
    const error = await readJsonError(show(...args), { cwd })
    expect(error.message).toBe(message)
    expect(error.next.join('\n')).toMatch(next)
  })

  test('outside of a workbook', async () => {
    const { json } = await readOneJson<Data>(show(path.join(SHOP, 'front.cpuprofile')), { cwd: '/' })
    expect(json.profiles).toHaveLength(1)
  })
})

describe('in another form', () => {
  test.for(['collapsed', 'pprof', 'speedscope'])('%s, to stdout or a file, and back', async as => {
    const file = `back.${as}`
    expect(await runCli(show('invoices.cpuprofile', '--as', as, '--out', file), { cwd })).toMatchObject({
      code: 0,
      stdout: `${file}\n`,
    })
    const { json } = await readOneJson<Data>(show(file), { cwd })
    expect(json.hottest[0]).toMatchObject({ function: 'layoutPages', self_ms: expect.closeTo(1392.118, 2) })
  })

  test('to stdout as it is, also where a name looks like a command to a CI job', async () => {
    await writeFile(path.join(cwd, 'odd.collapsed'), '::error::a;b 7\n')
    const { stdout } = await runCli(show('odd.collapsed', '--as', 'collapsed'), { cwd })
    expect(stdout).toMatch(/^::error::a;b 7$/m)
  })

  test.skipIf(!HAS_TMUX)('what is binary is not for a terminal', async () => {
    const screen = await typeInto(show('invoices.cpuprofile', '--as', 'pprof'), cwd, [])
    expect(screen).toMatch(
      /pprof is binary, which a terminal can't show\.[\s\S]*--out profile\.pprof[\s\S]*exit 2/,
    )
  })

  test('a page and a picture beside what is shown, without the home folder', async () => {
    const plain = await runCli(show('invoices.cpuprofile'), { cwd })
    const files = ['--html', 'flame.html', '--svg', 'flame.svg']
    const run = await runCli(show('invoices.cpuprofile', ...files), { cwd, env: { HOME: '/srv' } })
    expect(run).toMatchObject({ code: 0, stdout: plain.stdout })
    expect(run.stderr).toContain('Written: flame.svg\nWritten: flame.html\n')
    for (const name of ['flame.html', 'flame.svg']) {
      const text = await readFile(path.join(cwd, name), 'utf8')
      expect(text).toContain('~/shop/layout.js')
      expect(text).not.toContain('/srv/shop')
    }
    const { json } = await readOneJson<Data & { files: object }>(show('invoices.cpuprofile', ...files), {
      cwd,
    })
    expect(json.files).toEqual({ html: path.join(cwd, 'flame.html'), svg: path.join(cwd, 'flame.svg') })
    expect(json.hottest[0]).toMatchObject({ function: 'layoutPages' })
  })

  test('a profile is not written over by a slip', async () => {
    const run = await runCli(show('--html', 'invoices.cpuprofile', 'invoices.cpuprofile'), { cwd })
    expect(expectRefused(run)).toContain('ends in .html, found “invoices.cpuprofile”')
  })

  test('nor with --open, and --out says for what', async () => {
    const before = await readFile(path.join(cwd, 'invoices.cpuprofile'), 'utf8')
    const over = ['--open', '--out', 'invoices.cpuprofile']
    const run = await runCli(show('invoices.cpuprofile', ...over), { cwd })
    expect(expectRefused(run)).toContain('ends in .html, found “invoices.cpuprofile”')
    expect(await readFile(path.join(cwd, 'invoices.cpuprofile'), 'utf8')).toBe(before)
    const alone = await runCli(show('invoices.cpuprofile', '--out', 'x.html'), { cwd })
    expect(expectRefused(alone)).toMatch(/--out: --as,\s+--open/)
  })

  test('--json and a file on stdout don’t go together', async () => {
    const run = await runCli(show('invoices.cpuprofile', '--as', 'svg', '--json'), { cwd })
    expect(JSON.parse(run.stdout).error).toMatchObject({ exit: 2, next: ['Name a file: --out profile.svg'] })
    const { json } = await readOneJson<{ file: string; bytes: number }>(
      show('invoices.cpuprofile', '--as', 'svg', '--out', 'x.svg'),
      { cwd },
    )
    expect(json).toMatchObject({ as: 'svg', file: path.join(cwd, 'x.svg') })
    expect((await readFile(json.file)).length).toBe(json.bytes)
  })

  test('wrong use', async () => {
    expect(
      expectRefused(await runCli(show('invoices.cpuprofile', '--per-second', 'many'), { cwd })),
    ).toContain('found “many”')
    expect(expectRefused(await runCli(show('invoices.cpuprofile', '--as', 'jpeg'), { cwd }))).toContain(
      'jpeg',
    )
  })
})

describe.skipIf(process.platform !== 'linux')('--open', () => {
  test('hands the page to the system’s opener', async () => {
    const bin = path.join(cwd, 'bin')
    await mkdir(bin)
    await writeFile(path.join(bin, 'xdg-open'), `#!/bin/sh\necho "$1" > "${cwd}/opened"\n`)
    await chmod(path.join(bin, 'xdg-open'), 0o755)
    const env = { PATH: `${bin}:${process.env.PATH}`, DISPLAY: ':0' }
    const run = await runCli(show('invoices.cpuprofile', '--open', '--out', 'page.html'), { cwd, env })
    expect(run).toMatchObject({ code: 0, stdout: 'page.html\n', stderr: '' })
    let opened = ''
    for (let tries = 0; opened === '' && tries < 100; tries += 1) {
      await sleep(50)
      opened = await readFile(path.join(cwd, 'opened'), 'utf8').catch(() => '')
    }
    expect(opened).toBe(`${path.join(cwd, 'page.html')}\n`)
  })

  test('says where the page is when there is no screen', async () => {
    const env = { DISPLAY: '', WAYLAND_DISPLAY: '' }
    const run = await runCli(show('invoices.cpuprofile', '--open', '--html', 'page.html'), { cwd, env })
    expect(run).toMatchObject({ code: 0, stdout: 'page.html\n' })
    expect(run.stderr).toContain(`→ Open ${path.join(cwd, 'page.html')}`)
  })
})
