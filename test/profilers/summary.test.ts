import { describe, expect, test } from 'vitest'
import { adviseOnProfile, warnOfProfile } from '../../src/profilers/advise.js'
import type { Frame, Profile } from '../../src/profilers/profile.js'
import { summariseProfile } from '../../src/profilers/summary.js'
import { makeDeep, makeFrame, makeProfile } from './make-profile.js'

const KINDS: Record<string, Partial<Frame>> = {
  '(idle)': { kind: 'idle', file: null, line: null },
  '(garbage collector)': { kind: 'gc', file: null, line: null },
  '(program)': { kind: 'program', file: null, line: null },
  stringify: { file: null, line: null },
  emit: { file: 'node:events', line: 500 },
  handle: { file: '/app/node_modules/router/index.js', line: 7 },
}
const take = (paths: Record<string, number>, more: Partial<Profile> = {}) =>
  makeProfile(paths, more, name => makeFrame(name, KINDS[name]))
const advise = (profile: Profile, pid: number | null = null) =>
  adviseOnProfile(summariseProfile(profile), { pid, show: file => file.replace('/app/', '') })
const codes = (profile: Profile) => advise(profile).map(one => one.code)

test('groups, and the path on which most was spent', () => {
  const summary = summariseProfile(
    take({ '(idle)': 500, 'emit;handle': 40, 'emit;handle;save': 30, 'emit;handle;load': 25, 'load;x': 5 }),
  )
  expect(summary).toMatchObject({ idle: 500, active: 100, activeSamples: 100, unit: 'ms' })
  expect(summary.groups).toEqual([
    { group: 'own code', self: 60, share: 0.6 },
    { group: 'router', self: 40, share: 0.4 },
  ])
  expect(summary.heaviestPath.map(one => [one.function, one.total, one.share])).toEqual([
    ['emit', 95, 0.95],
    ['handle', 95, 0.95],
  ])
})

test('a path of 20,000 calls', () => {
  expect(summariseProfile(makeDeep(20_000)).heaviestPath).toHaveLength(20_000)
})

describe('what to look at next', () => {
  test('garbage collection above a tenth: a heap profile of that process', () => {
    const paths = { '(garbage collector)': 12, a: 20, b: 25, c: 20, d: 23 }
    const [first, ...others] = advise(take(paths), 4711)
    expect(others).toEqual([])
    expect(first).toMatchObject({
      code: 'garbage-collection',
      message: expect.stringContaining('12.0% of the active time (12 ms)'),
      next: expect.stringContaining('whyslow profile attach 4711 --heap'),
    })
    expect(codes(take({ ...paths, '(garbage collector)': 9 }))).toEqual([])
  })

  test('idle for most of the time: traces', () => {
    const paths = { '(idle)': 400, a: 30, b: 30, c: 30, d: 30 }
    expect(advise(take(paths))).toMatchObject([
      { code: 'mostly-idle', message: expect.stringMatching(/^It waited 76\.9% of the time/) },
    ])
    expect(advise(take(paths))[0]!.next).toMatch(/^Traces/)
    expect(codes(take({ ...paths, '(idle)': 100 }))).toEqual([])
  })

  test('one function above a third: its file and line', () => {
    expect(advise(take({ 'main;layout': 40, a: 30, b: 30 }))).toMatchObject([
      {
        code: 'one-function',
        message: 'layout alone takes 40.0% of the active time (40 ms).',
        next: 'Look at a.js:1',
      },
    ])
  })

  test('a built-in above a third: where it is called from', () => {
    expect(advise(take({ 'save;emit;stringify': 60, 'other;stringify': 10, a: 30 }))[0]!.next).toBe(
      'It has no file of its own; most of it is called from save, a.js:1',
    )
  })

  test('native time without a name is no function', () => {
    expect(codes(take({ '(program)': 60, a: 20, b: 20 }))).toEqual([])
  })

  test('flat: nothing above 3%', () => {
    const flat = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`main;f${i}`, 5]))
    expect(advise(take(flat))).toMatchObject([
      { code: 'flat', message: expect.stringMatching(/^It is flat: no function takes more than 2\.5%/) },
    ])
  })

  test('of a heap profile: memory, and no garbage collection', () => {
    const heap = take({ 'main;parse': 4_200_000, '(garbage collector)': 900_000 }, { unit: 'bytes' })
    expect(advise(heap)).toMatchObject([
      {
        code: 'one-function',
        message: 'parse alone takes 82.4% of what was allocated (4.2 MB).',
      },
    ])
  })
})

describe('few samples', () => {
  test('below 100 that weren’t idle: a longer capture, and no advice on functions', () => {
    const few = take({ '(idle)': 40, a: 60 })
    expect(codes(few)).toEqual([])
    expect(warnOfProfile(summariseProfile(few), 7)).toMatchObject([
      { code: 'few-samples', next: expect.stringContaining('whyslow profile attach 7 --seconds 60') },
    ])
    expect(warnOfProfile(summariseProfile(take({ a: 100 })), 7)).toEqual([])
  })

  test('where a file doesn’t tell samples, nothing is said of them', () => {
    const collapsed = take({ a: 60 }, { interval_us: null })
    expect(warnOfProfile(summariseProfile(collapsed), 7)).toEqual([])
    expect(codes(collapsed)).toEqual(['one-function'])
  })
})
