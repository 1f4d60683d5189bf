import { describe, expect, test } from 'vitest'
import { mergeProfiles } from '../../src/profilers/merge-profiles.js'
import { trimProfile } from '../../src/profilers/trim-profile.js'
import { makeDeep, makeFrame, makeProfile } from './make-profile.js'

test('the same call paths are added up, the others stand beside them', () => {
  const one = makeProfile({ 'main;walk': 10, 'main;ask': 5 }, { pid: 1 })
  const two = makeProfile({ 'serve;walk': 1, 'main;walk': 20, 'main;walk;ask': 2 }, { pid: 2 })
  const { frames, stacks, samples, pid } = mergeProfiles([one, two])
  const name = (index: number): string =>
    index < 0 ? '' : `${name(stacks[index]!.parent)}/${frames[stacks[index]!.frame]!.function}`
  expect(Object.fromEntries(stacks.map((node, index) => [name(index), node.self]))).toEqual({
    '/main': 0,
    '/main/walk': 30,
    '/main/ask': 5,
    '/serve': 0,
    '/serve/walk': 1,
    '/main/walk/ask': 2,
  })
  expect(stacks.every((node, index) => node.parent < index)).toBe(true)
  expect(frames).toHaveLength(4)
  expect(samples).toBe(38)
  expect(pid).toBeNull()
})

test('functions of one name at two places stay two', () => {
  const place = (file: string) => makeProfile({ main: 1 }, {}, name => makeFrame(name, { file }))
  expect(mergeProfiles([place('/a.js'), place('/b.js')]).frames).toHaveLength(2)
})

test('units that differ can’t be added up; nothing can’t be shown', () => {
  expect(() => mergeProfiles([makeProfile({ a: 1 }), makeProfile({ a: 1 }, { unit: 'bytes' })])).toThrow(
    "A profile of time and one of memory can't be added up.",
  )
  expect(() => mergeProfiles([])).toThrow('There is no profile in it.')
})

describe('the wall time', () => {
  const at = (startedAt: string | null, duration_ms: number) =>
    makeProfile({ a: 1 }, { startedAt, duration_ms })
  test.for([
    ['side by side', [at('2026-10-05T10:00:00Z', 5000), at('2026-10-05T10:00:01Z', 5000)], 6000],
    ['one after the other', [at('2026-10-05T10:00:00Z', 5000), at('2026-10-05T11:00:00Z', 4000)], 9000],
    ['one within the other', [at('2026-10-05T10:00:00Z', 5000), at('2026-10-05T10:00:01Z', 1000)], 5000],
    ['of unknown time', [at(null, 5000), at(null, 7000)], 7000],
  ] as const)('%s', ([, profiles, expected]) => {
    expect(mergeProfiles(profiles).duration_ms).toBe(expected)
  })
})

test('20,000 levels, twice', () => {
  const { stacks } = mergeProfiles([makeDeep(20_000), makeDeep(20_000)])
  expect(stacks).toHaveLength(20_000)
  expect(stacks.at(-1)!.self).toBe(1800)
})

describe('trimmed', () => {
  const weigh = ({ stacks }: { stacks: { self: number }[] }) =>
    stacks.reduce((sum, node) => sum + node.self, 0)

  test('to a depth: the weight below stays there', () => {
    const { profile, left } = trimProfile(makeDeep(20_000), { levels: 100, paths: 1e6 })
    expect(left).toBe(19_900)
    expect(profile.stacks).toHaveLength(101)
    expect(profile.stacks.at(-1)).toMatchObject({ parent: 99, self: 900 })
    expect(profile.frames[profile.stacks.at(-1)!.frame]!.function).toMatch(/^\(left out/)
  })

  test('to a number of paths: the heaviest stay', () => {
    const paths = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`main;f${i};g${i}`, i + 1]))
    const whole = makeProfile(paths)
    const { profile, left } = trimProfile(whole, { levels: 100, paths: 11 })
    expect(left).toBe(190)
    expect(profile.frames[profile.stacks[profile.stacks.length - 2]!.frame]!.function).toBe('f99')
    expect(weigh(profile)).toBe(weigh(whole))
  })

  test('not at all where it fits', () => {
    const profile = makeProfile({ a: 1 })
    expect(trimProfile(profile, { levels: 1, paths: 1 }).profile).toBe(profile)
  })
})
