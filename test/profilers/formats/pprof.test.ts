/** pprof as other tools write it, made with the library that Datadog's profiler uses. */
import { gzipSync } from 'node:zlib'
import { Profile as Pprof, type ProfileInput, StringTable } from 'pprof-format'
import { describe, expect, it } from 'vitest'
import { listPaths, makeFrame, readText } from '../profiles.js'

interface Made {
  types?: [type: string, unit: string][]
  values?: number[][]
  byDefault?: string
  startLine?: number
  more?: (text: (string: string) => number) => ProfileInput
}

/** `main` at line 3, into which nothing is inlined, calls `outer`, into which `inner` is inlined. */
function make({
  types = [['cpu', 'nanoseconds']],
  values = [[5e6]],
  byDefault,
  startLine = 0,
  more,
}: Made): Uint8Array {
  const stringTable = new StringTable()
  const text = (string: string) => stringTable.dedup(string)
  return new Pprof({
    stringTable,
    sampleType: types.map(([type, unit]) => ({ type: text(type), unit: text(unit) })),
    sample: values.map(value => ({ locationId: [2, 1], value })),
    location: [
      { id: 1, line: [{ functionId: 1, line: 3 }] },
      {
        id: 2,
        line: [
          { functionId: 3, line: 41, column: 5 },
          { functionId: 2, line: 12 },
        ],
      },
    ],
    function: [
      { id: 1, name: text('main'), filename: text('/a.go'), startLine },
      { id: 2, name: text('outer'), filename: text('/a.go'), startLine },
      { id: 3, name: text('inner'), filename: text('/b.go'), startLine },
    ],
    ...(byDefault === undefined ? {} : { defaultSampleType: text(byDefault) }),
    ...more?.(text),
  }).encode()
}
const read = async (made: Made) => readText(make(made))

describe('pprof', () => {
  it('inlined lines of a location become frames, callers first', async () => {
    const { format, profiles } = await read({})
    expect(format).toBe('pprof')
    const names = profiles[0]!.stacks.map(({ frame }) => profiles[0]!.frames[frame]!)
    expect(names).toEqual([
      makeFrame('main', { file: '/a.go', line: 3 }),
      makeFrame('outer', { file: '/a.go', line: 12 }),
      makeFrame('inner', { file: '/b.go', line: 41, column: 5 }),
    ])
    expect(profiles[0]!.stacks.map(({ self }) => self)).toEqual([0, 0, 5])
  })

  it('a function begins where the file says, whichever of its lines was seen', async () => {
    const { profiles } = await read({ startLine: 2 })
    expect(profiles[0]!.frames.map(({ line, column }) => [line, column])).toEqual([
      [2, null],
      [2, null],
      [2, null],
    ])
  })

  it.each([
    [
      'Go CPU',
      [
        ['samples', 'count'],
        ['cpu', 'nanoseconds'],
      ],
      undefined,
      'ms',
      2e-6,
      1,
      null,
    ],
    [
      'Go heap',
      [
        ['alloc_objects', 'count'],
        ['alloc_space', 'bytes'],
        ['inuse_objects', 'count'],
        ['inuse_space', 'bytes'],
      ],
      'inuse_space',
      'bytes',
      4,
      3,
      'inuse_space (bytes) was read, alloc_objects (count), alloc_space (bytes) was not',
    ],
    [
      'Go allocations',
      [
        ['alloc_objects', 'count'],
        ['alloc_space', 'bytes'],
        ['inuse_objects', 'count'],
        ['inuse_space', 'bytes'],
      ],
      'alloc_space',
      'bytes',
      2,
      1,
      'alloc_space (bytes) was read',
    ],
    [
      'contention',
      [
        ['contentions', 'count'],
        ['delay', 'nanoseconds'],
      ],
      undefined,
      'ms',
      2e-6,
      1,
      null,
    ],
    ['samples only', [['samples', 'count']], undefined, 'samples', 1, 1, null],
    ['microseconds', [['wall', 'microseconds']], undefined, 'ms', 1e-3, 1, null],
    [
      'milliseconds, default count',
      [
        ['samples', 'count'],
        ['wall', 'milliseconds'],
      ],
      'samples',
      'ms',
      2,
      1,
      null,
    ],
    [
      'cpu before wall',
      [
        ['cpu', 'nanoseconds'],
        ['wall', 'nanoseconds'],
      ],
      undefined,
      'ms',
      1e-6,
      1,
      'cpu (nanoseconds) was read, wall (nanoseconds) was not',
    ],
  ] as const)('sample types: %s', async (_, types, byDefault, unit, self, samples, said) => {
    const values = [types.map((__, index) => index + 1)]
    const { profiles, warnings } = await read({
      types: types.map(([type, of]) => [type, of]),
      values,
      ...(byDefault === undefined ? {} : { byDefault }),
    })
    expect(profiles[0]).toMatchObject({ unit, samples })
    expect(profiles[0]!.stacks.at(-1)!.self).toBeCloseTo(self, 12)
    expect(warnings.map(({ message }) => message).join()).toContain(said ?? '')
    expect(warnings).toHaveLength(said === null ? 0 : 1)
  })

  it('time, duration, period; addresses without symbols; a sample without a stack', async () => {
    const { profiles } = await read({
      values: [[1e6]],
      more: text => ({
        timeNanos: 1_700_000_000_000_000_000n,
        durationNanos: 10_000_000_000,
        periodType: { type: text('cpu'), unit: text('nanoseconds') },
        period: 10_000_000,
        mapping: [{ id: 1, filename: text('/bin/app') }],
        location: [{ id: 9, address: 0xdeadbeefcafen, mappingId: 1 }],
        sample: [
          { locationId: [9], value: [1e6] },
          { locationId: [], value: [2e6] },
        ],
      }),
    })
    expect(profiles[0]).toMatchObject({
      startedAt: '2023-11-14T22:13:20.000Z',
      duration_ms: 10_000,
      interval_us: 10_000,
    })
    expect(listPaths(profiles[0]!)).toEqual([
      '[["(no stack)",null,null,null,"code"]] 2.00000000',
      '[["0xdeadbeefcafe","/bin/app",null,null,"code"]] 1.00000000',
    ])
  })

  it('weights beyond 2^32, and samples of one stack that add up', async () => {
    const { profiles } = await read({ values: [[9e15], [1e15]] })
    expect(profiles[0]!.stacks.at(-1)!.self).toBe(1e10)
  })

  it('a difference is refused', async () => {
    await expect(read({ values: [[-5]] })).rejects.toMatchObject({
      message: expect.stringContaining('negative values'),
    })
  })

  it.each([
    ['a location that is not there', { location: [] }, 'a sample names location 1'],
    ['a function that is not there', { function: [] }, 'a location names function'],
    ['too few values', { sample: [{ locationId: [1], value: [] }] }, 'a sample has 0 values'],
  ] as const)('%s: which, and at which byte', async (_, more, why) => {
    await expect(
      read({ more: () => structuredClone(more) as unknown as ProfileInput }),
    ).rejects.toMatchObject({
      name: 'WhyslowError',
      message: expect.stringMatching(new RegExp(`${why}.* at byte \\d+`)),
    })
  })

  it('cut off anywhere: refused, or no pprof', async () => {
    const whole = make({ values: Array.from({ length: 20 }, () => [1e6]) })
    for (let length = 1; length < whole.length; length += 7)
      await expect(readText(whole.subarray(0, length)), String(length)).rejects.toMatchObject({
        name: 'WhyslowError',
      })
    const zipped = gzipSync(whole)
    await expect(readText(zipped.subarray(0, zipped.length - 20))).rejects.toThrow('broken or cut off')
  })
})
