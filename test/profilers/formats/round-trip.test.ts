/** Out and in again: every stack and every weight is as it was, whatever the names are. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Profile } from '../../../src/profilers/profile.js'
import { listPaths, makeDeep, makeFrame, makeProfile, profiles, readText, writeAs } from '../profiles.js'

const WRITTEN = ['pprof', 'collapsed', 'speedscope']

async function roundTrip(format: string, profile: Profile): Promise<Profile> {
  const read = await readText(writeAs(format, profile))
  expect(read).toMatchObject({ format, warnings: [] })
  expect(read.profiles).toHaveLength(1)
  return read.profiles[0]!
}

describe.each(WRITTEN)('%s', format => {
  it('keeps every stack and weight of random profiles', async () => {
    await fc.assert(
      fc.asyncProperty(profiles, async profile => {
        const back = await roundTrip(format, profile)
        expect(back.unit).toBe(profile.unit)
        const counts = format === 'pprof'
        expect(listPaths(back, { counts })).toEqual(listPaths(profile, { counts }))
      }),
      { numRuns: 300 },
    )
  })

  it('is the same file when it is written again', async () => {
    await fc.assert(
      fc.asyncProperty(profiles, async profile => {
        const once = await roundTrip(format, profile)
        const twice = await roundTrip(format, once)
        expect(Buffer.from(writeAs(format, twice))).toEqual(Buffer.from(writeAs(format, once)))
      }),
      { numRuns: 50 },
    )
  })

  it.each(['ms', 'samples'] as const)('keeps names that end like a count: %s', async unit => {
    const profile = makeProfile(
      [makeFrame('chunk 3'), makeFrame('chunk 4')],
      [
        { frame: 0, parent: -1, self: 1, samples: 1 },
        { frame: 1, parent: 0, self: 2, samples: 2 },
      ],
      unit,
    )
    expect(listPaths(await roundTrip(format, profile))).toEqual(listPaths(profile))
  })

  it('keeps decimal counts', async () => {
    const profile = makeProfile(
      [makeFrame('a'), makeFrame('b')],
      [
        { frame: 0, parent: -1, self: 0.25, samples: 1 },
        { frame: 1, parent: 0, self: 1.5, samples: 2 },
      ],
      'samples',
    )
    expect(listPaths(await roundTrip(format, profile))).toEqual(listPaths(profile))
  })

  it('holds a stack of 20,000 frames', async () => {
    const profile = makeDeep(20_000)
    const back = await roundTrip(format, profile)
    expect(back.stacks).toHaveLength(20_000)
    expect(back.stacks.every((node, index) => node.parent < index)).toBe(true)
    const deepest = back.stacks.at(-1)!
    expect(back.frames[deepest.frame]).toMatchObject({
      function: 'f19999',
      file: '/app/deep.js',
      line: 20_000,
    })
    expect(deepest.self).toBe(12)
  })

  it('is opened when it is compressed', async () => {
    const profile = makeDeep(3)
    const read = await readText(gzipSync(writeAs(format, profile)))
    expect(read.format).toBe(format)
    expect(listPaths(read.profiles[0]!)).toEqual(listPaths(profile))
  })
})

it('stacks that each have time, 20,000 deep: speedscope holds them, the others say why they cannot', () => {
  const deep = makeDeep(20_000)
  for (const node of deep.stacks) Object.assign(node, { self: 1, samples: 1 })
  expect(writeAs('speedscope', deep).length).toBeLessThan(5_000_000)
  for (const format of ['pprof', 'collapsed'])
    expect(() => writeAs(format, deep)).toThrow(/^As (?:pprof|collapsed stacks) the profile would /)
})
