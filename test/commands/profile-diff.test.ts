/** Profiles of a made-up server, the same every time, through the built command. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProfileDiff } from '../../src/profilers/diff-profiles.js'
import { createRandom } from '../../src/stats/random.js'
import { CHANGED, CHANGED_MS, type Scenario, simulateCapture } from '../profilers/simulated-server.js'
import { writeCpuProfile } from '../profilers/write-cpuprofile.js'
import { expectRefused, readOneJson } from './one-json.js'
import { makeFolder, runCli, transcribe } from './run-cli.js'

let cwd: string
const requests: Record<string, number> = {}
beforeAll(async () => {
  cwd = await makeFolder(false)
  const random = createRandom(5)
  const save = async (name: string, given: Partial<Scenario>) => {
    const { profile, requests: count } = simulateCapture(random, { seconds: 20, interval_us: 1000, ...given })
    requests[name] = count
    await writeFile(path.join(cwd, `${name}.cpuprofile`), writeCpuProfile(profile))
  }
  await save('old', {})
  await save('again', {})
  await save('fine', { seconds: 5, interval_us: 100 })
  await save('slow', { factor: 3 })
  await save('gone', { factor: 0 })
  for (const name of ['a1', 'a2', 'b1', 'b2']) await save(name, { factor: name.startsWith('b') ? 2 : 1 })
})
afterAll(() => rm(cwd, { recursive: true }))

const files = (...names: string[]) => names.map(name => `${name}.cpuprofile`)
const counted = (before: string, after: string) => [
  'profile',
  'diff',
  ...files(before, after),
  '--requests',
  `${requests[before]},${requests[after]}`,
]
const read = async (args: string[]) => readOneJson<ProfileDiff>(args, { cwd })

test('it says what changed, by how much, and how sure that is', async () => {
  const { code, json } = await read([...counted('old', 'slow'), '--check'])
  expect(code).toBe(1)
  expect(json).toMatchObject({ per: 'request', warnings: [{ code: 'one-capture' }] })
  const [first] = json.frames
  expect(first).toEqual({
    function: CHANGED,
    file: '/app/lib/3.js',
    line: 31,
    kind: 'code',
    group: 'own code',
    before_ms: expect.any(Number),
    after_ms: expect.any(Number),
    change_ms: expect.closeTo(first!.after_ms - first!.before_ms, 9),
    interval_ms: [expect.any(Number), expect.any(Number)],
    significant: true,
    moved: false,
    total: null,
    only: null,
  })
  expect(first!.interval_ms![0]).toBeLessThan(2 * CHANGED_MS)
  expect(first!.interval_ms![1]).toBeGreaterThan(2 * CHANGED_MS)
  expect(json.frames.filter(one => one.significant)).toHaveLength(1)
})

test('the same code: nothing, also at another interval and for another time', async () => {
  for (const other of ['again', 'fine']) {
    const { code, json } = await read([...counted('old', other), '--check'])
    expect(code).toBe(0)
    expect(json.frames.filter(one => one.significant || one.total?.significant)).toEqual([])
  }
})

test('what shrank is no reason for --check, and what vanished is shown', async () => {
  const { code, stdout } = await runCli([...counted('old', 'gone'), '--check'], { cwd })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^f3 is gone: it took \d\.\d+ ms per request; all together/)
  expect(stdout).toMatch(/\nf3 .* gone {2}/)
})

test('several captures a side, with one count each or one for all', async () => {
  const sides = ['profile', 'diff', ...['a1', 'a2'].flatMap(name => ['--before', ...files(name)])]
  const all = [...sides, ...['b1', 'b2'].flatMap(name => ['--after', ...files(name)])]
  const counts = ['a1', 'a2', 'b1', 'b2'].map(name => requests[name]!)
  const { json } = await read([...all, '--requests', counts.join(',')])
  expect(json.captures.before.map(one => one.requests)).toEqual(counts.slice(0, 2))
  expect(json.frames[0]).toMatchObject({ function: CHANGED, significant: true })
  expect(json.warnings.map(({ code }) => code)).not.toContain('one-capture')
  const { json: summed } = await read([
    ...all,
    '--requests-before',
    String(counts[0]! + counts[1]!),
    '--requests-after',
    `${counts[2]},${counts[3]}`,
  ])
  expect(summed.frames[0]).toMatchObject({
    function: CHANGED,
    before_ms: expect.closeTo(json.frames[0]!.before_ms, 1),
  })
})

describe('as text', () => {
  test.for([60, 80, 120])('at %i columns', async columns => {
    const text = [
      await transcribe(counted('old', 'slow'), { cwd, columns }),
      await transcribe(['profile', 'diff', ...files('old', 'fine'), '--limit', '3'], { cwd, columns }),
    ].join('\n')
    for (const line of text.split('--- stderr')[0]!.split('\n').slice(1))
      expect(line.length).toBeLessThanOrEqual(columns)
    await expect(text).toMatchFileSnapshot(`../golden/profile-diff-${columns}.txt`)
  })
})

test('with --html it writes a page beside', async () => {
  const { code, stdout } = await runCli([...counted('old', 'slow'), '--html', 'diff.html'], { cwd })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^f3 takes /)
  expect(await readFile(path.join(cwd, 'diff.html'), 'utf8')).toMatch(/^<!DOCTYPE html>/)
})

describe('wrong use', () => {
  const refused = async (...args: string[]) =>
    expectRefused(await runCli(['profile', 'diff', ...args], { cwd }))

  test('sides', async () => {
    expect(await refused()).toContain('Expected two profiles, or both --before and --after.')
    expect(await refused(...files('old'))).toContain('whyslow profile diff old.cpuprofile new.cpuprofile')
    expect(await refused('--before', ...files('old'))).toContain('--after FILE')
    expect(await refused(...files('old', 'slow'), '--after', ...files('slow'))).toContain(
      'Expected two profiles',
    )
    expect(await refused(...files('old', 'nope'))).toMatch(/nope\.cpuprofile/)
  })

  test('counts', async () => {
    const two = files('old', 'slow')
    expect(await refused(...two, '--requests', '100')).toContain(
      '--requests has 1 counts, and there are 2 captures.',
    )
    expect(await refused(...two, '--requests', '100,none')).toContain('Expected counts of requests')
    expect(await refused(...two, '--requests-before', '100')).toContain('--requests-after')
    expect(await refused(...two, '--requests-before', '1,2', '--requests-after', '9')).toContain(
      '--requests-before has 2 counts, and there are 1 captures.',
    )
  })
})
