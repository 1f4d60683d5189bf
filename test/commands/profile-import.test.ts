/** Profiles of other tools: summarised, and filed in a story. */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ImportedProfiles } from '../../src/steps/import-profiles.js'
import type { StoryFrontMatter } from '../../src/stories/schema.js'
import { createStory } from '../../src/stories/write-story.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { makeFolder, ROOT, runCli } from './run-cli.js'

const FIXTURES = path.join(ROOT, 'fixtures/profiles')
const fixture = (name: string) => path.join(FIXTURES, name)

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  for (const id of ['orders', 'reports']) await createStory(cwd, { id, title: `${id} are slow` })
})
afterAll(() => rm(cwd, { recursive: true }))

const show = async (id: string) => (await readOneJson<StoryFrontMatter>(['story', 'show', id], { cwd })).json

test('without a story: read and summarised, nothing written', async () => {
  const before = await readdir(cwd, { recursive: true })
  const { code, json } = await readOneJson<ImportedProfiles>(
    [
      'profile',
      'import',
      fixture('node/orders.cpuprofile'),
      fixture('py-spy/orders.speedscope'),
      '--limit',
      '2',
    ],
    { cwd },
  )
  expect(code).toBe(0)
  expect(json).toMatchObject({ story: null, warnings: [], totals: [{ unit: 'ms' }] })
  expect(json.profiles).toHaveLength(3)
  expect(json.profiles[0]).toEqual({
    file: fixture('node/orders.cpuprofile'),
    format: 'cpuprofile',
    tool: 'v8',
    name: null,
    unit: 'ms',
    duration_ms: expect.any(Number),
    samples: 181,
    interval_us: 2113,
  })
  expect(json.hottest).toHaveLength(2)
  expect(json.hottest[0]).toEqual({
    function: expect.any(String),
    file: expect.stringMatching(/orders\.(?:py|cjs)$/),
    line: expect.any(Number),
    group: 'own code',
    unit: 'ms',
    self_ms: expect.any(Number),
    total_ms: expect.any(Number),
  })
  expect(await readdir(cwd, { recursive: true })).toEqual(before)
})

test('time, memory and samples each have their own hottest functions', async () => {
  const names = ['node/orders.cpuprofile', 'node/orders.heapprofile', 'py-spy/orders.raw'].map(fixture)
  const { json } = await readOneJson<ImportedProfiles>(['profile', 'import', ...names, '--limit', '1'], {
    cwd,
  })
  expect(json.hottest.map(row => Object.keys(row).filter(key => key.startsWith('self_')))).toEqual([
    ['self_ms'],
    ['self_bytes'],
    ['self_samples'],
  ])
  const { stdout } = await runCli(['profile', 'import', ...names], { cwd })
  expect(stdout).toMatch(/\nIn all 412 ms\.\n\nfunction/)
  expect(stdout).toMatch(/\nIn all 972 kB\.\n/)
  expect(stdout).toMatch(
    /\nIn all 58 samples\.\n[\s\S]*<listcomp> +orders\.py:14 +own code +19 samples +32\.8%/,
  )
})

test('filed in a story: copied, evidence, the running timebox, and no word of the home folder', async () => {
  const home = path.join(cwd, 'home')
  const app = path.join(home, 'shop')
  const express = path.join(app, 'node_modules/express')
  await mkdir(express, { recursive: true })
  await writeFile(path.join(express, 'package.json'), '{"version": "4.18.2"}')
  await writeFile(
    path.join(express, 'index.js'),
    'exports.route = ms => { const end = Date.now() + ms; let x = 0; while (Date.now() < end) x += 1; return x }\n',
  )
  await writeFile(path.join(app, 'main.js'), `require('express').route(400)\n`)
  const options = ['--cpu-prof', '--cpu-prof-name', 'shop.cpuprofile', '--cpu-prof-dir', app]
  expect(spawnSync(process.execPath, [...options, path.join(app, 'main.js')]).status).toBe(0)

  await runCli(['timebox', 'start', 'orders', '--for', '10m'], { cwd })
  const { code, json } = await readOneJson<ImportedProfiles>(
    ['profile', 'import', path.join(app, 'shop.cpuprofile'), fixture('datadog-pprof/wall.pb.gz')],
    { cwd, env: { HOME: home } },
  )
  expect(code).toBe(0)
  expect(json.story).toBe('orders')
  expect(json.hottest.find(row => row.function.endsWith('route'))).toMatchObject({ group: 'express@4.18.2' })
  const folder = path.join(cwd, 'stories/orders')
  expect(json.profiles.map(({ file }) => file)).toEqual([
    path.join(folder, 'shop.cpuprofile'),
    path.join(folder, 'wall.pb.gz'),
  ])
  expect(json.flameGraphs).toEqual([path.join(folder, 'shop.cpuprofile.svg')])
  for (const name of ['shop.cpuprofile', 'shop.cpuprofile.svg']) {
    const text = await readFile(path.join(folder, name), 'utf8')
    expect(text).toContain('route')
    expect(text).not.toContain(home)
  }
  expect(await readFile(path.join(folder, 'wall.pb.gz'))).toEqual(
    await readFile(fixture('datadog-pprof/wall.pb.gz')),
  )

  const story = await show('orders')
  expect(story.profiles).toMatchObject([
    { file: 'shop.cpuprofile', tool: 'v8', kind: 'cpu', timebox: 't1' },
    { file: 'wall.pb.gz', tool: 'pprof', kind: 'cpu', samples: 66, timebox: 't1' },
  ])
  expect(story.timeboxes[0]!.profiles).toEqual(['shop.cpuprofile', 'wall.pb.gz'])
  expect(story.evidence).toMatchObject([
    {
      id: 'profile1',
      kind: 'profile',
      finding: expect.stringMatching(/; of that: .*route \(index\.js:1\) \d+\.\d%/),
      command: 'whyslow profile import stories/orders/shop.cpuprofile stories/orders/wall.pb.gz',
    },
  ])

  // Compressed, too.
  await writeFile(
    path.join(app, 'z.cpuprofile.gz'),
    gzipSync(await readFile(path.join(app, 'shop.cpuprofile'))),
  )
  await runCli(['profile', 'import', path.join(app, 'z.cpuprofile.gz')], { cwd, env: { HOME: home } })
  const zipped = gunzipSync(await readFile(path.join(folder, 'z.cpuprofile.gz'))).toString()
  expect(zipped).not.toContain(home)
  expect(zipped).toContain('"whyslow":{"packages":{"~/shop/node_modules/express":"express@4.18.2"}}')

  // What is installed later is another version; the filed profile knows which one ran.
  await writeFile(path.join(express, 'package.json'), '{"version": "5.0.0"}')
  const later = await readOneJson<ImportedProfiles>(
    ['profile', 'import', path.join(folder, 'shop.cpuprofile')],
    {
      cwd: home,
      env: { HOME: home },
    },
  )
  expect(later.json.hottest.find(row => row.function.endsWith('route'))).toMatchObject({
    file: '~/shop/node_modules/express/index.js',
    group: 'express@4.18.2',
  })
  await runCli(['timebox', 'stop', 'orders', '--learned', 'x'], { cwd })
})

test('one broken file of two: it is named, and nothing is filed', async () => {
  const broken = path.join(cwd, 'broken.cpuprofile')
  await writeFile(broken, (await readFile(fixture('node/orders.cpuprofile'), 'utf8')).slice(0, 2000))
  const error = await readJsonError(
    ['profile', 'import', fixture('py-spy/orders.raw'), broken, '--story', 'reports'],
    { cwd },
  )
  expect(error).toMatchObject({ exit: 2, place: { file: broken, line: 1 } })
  expect(await readdir(path.join(cwd, 'stories/reports'))).toEqual(['story.md'])
  expect((await show('reports')).evidence).toEqual([])
})

test('what is no profile says what makes one of it', async () => {
  const file = path.join(cwd, 'odd')
  const refuse = async (content: string | Buffer) => {
    await writeFile(file, content)
    return expectRefused(await runCli(['profile', 'import', 'odd'], { cwd }))
  }
  expect(await refuse('')).toContain('The file is empty.')
  expect(await refuse('PERFILE2\0\0')).toContain('→ perf script')
  expect(await refuse('{"snapshot":{"meta":{}}}')).toContain('This is a heap snapshot')
  expect(await refuse('{"traceEvents":[]}')).toContain('a trace of Chrome')
  expect(await refuse('hello\n')).toContain('No profile format fits this file.')
  expect(expectRefused(await runCli(['profile', 'import', 'nope'], { cwd }))).toContain(
    'there is no such file',
  )
  expect(expectRefused(await runCli(['profile', 'import', 'stories'], { cwd }))).toContain('it is a folder')
})

test('a story needs a workbook, and has to be there', async () => {
  const folder = await makeFolder(false)
  await cp(fixture('py-spy/orders.raw'), path.join(folder, 'a.raw'))
  const outside = await runCli(['profile', 'import', 'a.raw', '--story', 'orders'], { cwd: folder })
  expect(expectRefused(outside)).toContain('There is no workbook here')
  expect((await runCli(['profile', 'import', 'a.raw'], { cwd: folder })).stdout).toMatch(
    /^a\.raw: collapsed, 58 samples\n/,
  )
  const unknown = await runCli(['profile', 'import', fixture('py-spy/orders.raw'), '--story', 'nope'], {
    cwd,
  })
  expect(expectRefused(unknown)).toContain('There is no story “nope”')
  await rm(folder, { recursive: true })
})

test('names from the file are text on the terminal', async () => {
  await writeFile(path.join(cwd, 'evil.raw'), 'main;\u001b]0;title\u0007 evil 3\nmain;b 1\n')
  const { stdout } = await runCli(['profile', 'import', 'evil.raw'], { cwd })
  expect(stdout).not.toContain('\u001b')
})
