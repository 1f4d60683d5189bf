/** speedscope's JSON and V8's heap profiles: what they say, and where they are wrong. */
import { describe, expect, it } from 'vitest'
import { listPaths, makeFrame, readText } from '../profiles.js'

const SCHEMA = 'https://www.speedscope.app/file-format-schema.json'

function speedscope(profile: object, rest: object = {}): string {
  const frames = [{ name: 'a' }, { name: 'b', file: 'b.rb', line: 3, col: 7 }, { name: '(idle)' }]
  return JSON.stringify({
    $schema: SCHEMA,
    shared: { frames },
    profiles: [{ name: 't', ...profile }],
    ...rest,
  })
}
const evented = (events: object[], rest: object = {}) =>
  speedscope({ type: 'evented', unit: 'milliseconds', startValue: 100, endValue: 120, events, ...rest })
const open = (frame: number, at: number) => ({ type: 'O', frame, at })
const close = (frame: number, at: number) => ({ type: 'C', frame, at })
const path = (...names: [name: string, place?: object][]) =>
  JSON.stringify(
    names.map(([name, place]) => {
      const frame = makeFrame(name, place)
      return [name, frame.file, frame.line, frame.column, frame.kind]
    }),
  )
const B = { file: 'b.rb', line: 3, column: 7 }

describe('speedscope', () => {
  it('an evented profile: time belongs to the frame on top, and what is open at the end is closed there', async () => {
    const { format, profiles } = await readText(
      evented([open(0, 100), open(1, 102), close(1, 107), open(1, 110), close(1, 111)]),
    )
    expect(format).toBe('speedscope')
    expect(profiles[0]).toMatchObject({
      name: 't',
      tool: 'speedscope',
      unit: 'ms',
      duration_ms: 20,
      samples: 5,
    })
    const sums = [`${path(['a'])} 14.0000000`, `${path(['a'], ['b', B])} 6.00000000`]
    expect(listPaths(profiles[0]!)).toEqual(sums.sort())
  })

  it.each([
    ['nanoseconds', 'ms', 3e-6],
    ['microseconds', 'ms', 3e-3],
    ['milliseconds', 'ms', 3],
    ['seconds', 'ms', 3000],
    ['bytes', 'bytes', 3],
    ['none', 'samples', 3],
  ])('sampled, in %s', async (unit, expected, self) => {
    const { profiles } = await readText(
      speedscope({ type: 'sampled', unit, startValue: 0, endValue: 3, samples: [[0, 1]], weights: [3] }),
    )
    expect(profiles[0]!.unit).toBe(expected)
    expect(profiles[0]!.stacks.at(-1)!.self).toBeCloseTo(self, 12)
  })

  it('the exporter is the tool, and frames of V8 are known by their names', async () => {
    const { profiles } = await readText(
      speedscope(
        { type: 'sampled', unit: 'seconds', startValue: 0, endValue: 1, samples: [[2]], weights: [1] },
        { exporter: 'rbspy@0.17.1' },
      ),
    )
    expect(profiles[0]).toMatchObject({ tool: 'rbspy', toolVersion: '0.17.1', frames: [{ kind: 'idle' }] })
  })

  it.each([
    [
      speedscope({ type: 'sampled', unit: 'none', samples: [[0, 9]], weights: [1] }),
      '“profiles[0].samples[0][1]” names frame 9',
    ],
    [
      speedscope({ type: 'sampled', unit: 'none', samples: [[0]], weights: [1, 2] }),
      '1 samples but 2 weights',
    ],
    [
      speedscope({ type: 'sampled', unit: 'none', samples: [[0]], weights: [-1] }),
      '“profiles[0].weights[0]” is negative',
    ],
    [
      speedscope({ type: 'sampled', unit: 'none', samples: [[0]], weights: ['1'] }),
      '“profiles[0].weights” is not a list of numbers',
    ],
    [
      speedscope({ type: 'sampled', unit: 'hours', samples: [], weights: [] }),
      '“profiles[0].unit” is none of nanoseconds',
    ],
    [speedscope({ type: 'other', unit: 'none' }), '“profiles[0].type” is neither'],
    [evented([open(0, 100), close(1, 101)]), '“profiles[0].events[1]” closes frame 1, but frame 0 is on top'],
    [evented([close(1, 101)]), '“profiles[0].events[0]” closes frame 1, but none is open'],
    [evented([open(0, 101), close(0, 100)]), '“profiles[0].events[1].at” is 100, before the event'],
    [evented([{ type: 'X', frame: 0, at: 101 }]), '“profiles[0].events[0].type” is neither O nor C'],
    [
      JSON.stringify({ $schema: SCHEMA, shared: { frames: [{}] }, profiles: [] }),
      '“shared.frames[0]” has no name',
    ],
    [JSON.stringify({ $schema: SCHEMA }), '“shared.frames” is missing'],
    [JSON.stringify({ $schema: SCHEMA, shared: { frames: [] }, profiles: [] }), 'holds no profile'],
  ])('%s', async (text, why) => {
    await expect(readText(text)).rejects.toMatchObject({
      name: 'WhyslowError',
      message: expect.stringContaining(why),
    })
  })

  it('a file that was cut off: the line and the column', async () => {
    const text = JSON.stringify(JSON.parse(evented([])), null, 2)
    await expect(readText(text.slice(0, text.indexOf('"evented"')))).rejects.toMatchObject({
      message: expect.stringContaining('not whole JSON'),
      place: { line: expect.any(Number), column: expect.any(Number) },
    })
  })
})

describe('heap profiles', () => {
  const node = (name: string, selfSize: unknown, children: unknown, id = 1) => ({
    callFrame: {
      functionName: name,
      scriptId: '0',
      url: name === '(root)' ? '' : 'file:///a.js',
      lineNumber: 0,
      columnNumber: 0,
    },
    selfSize,
    id,
    children,
  })
  const heap = (head: unknown, samples?: object[]) => JSON.stringify({ head, ...(samples && { samples }) })
  const A = { file: '/a.js', line: 1, column: 1 }

  it('bytes by call path, and the samples of each', async () => {
    const head = node('(root)', 0, [node('f', 64, [node('g', 128, [], 3)], 2)])
    const samples = [2, 3, 3].map((nodeId, ordinal) => ({ size: 64, nodeId, ordinal }))
    const { format, profiles } = await readText(heap(head, samples))
    expect(format).toBe('heapprofile')
    expect(profiles[0]).toMatchObject({ unit: 'bytes', samples: 3, duration_ms: 0 })
    expect(listPaths(profiles[0]!, { counts: true })).toEqual(
      [`${path(['f', A], ['g', A])} 128.000000 2`, `${path(['f', A])} 64.0000000 1`].sort(),
    )
  })

  it('a stack of 20,000 frames', async () => {
    const depth = 20_000
    const opening = JSON.stringify(node('f', 0, [])).replace('[]}', '[')
    const inner = JSON.stringify(node('g', 4096, []))
    const head = JSON.stringify(node('(root)', 0, [])).replace('[]}', '[')
    const text = `{"head":${head}${opening.repeat(depth)}${inner}${']}'.repeat(depth + 1)}}`
    const { profiles } = await readText(text)
    expect(profiles[0]!.stacks).toHaveLength(depth + 1)
    expect(profiles[0]!.stacks.at(-1)!.self).toBe(4096)
  })

  it.each([
    [heap(node('(root)', 'x', [])), 'head has no selfSize'],
    [heap(node('(root)', 0, [node('f', 1, null)])), '“head.children[0].children” is missing'],
    [heap(node('(root)', 0, [{ selfSize: 1, children: [] }])), 'head.children[0] has no callFrame'],
    [heap(node('(root)', 0, [7])), '“head.children[0]” is no node'],
  ])('%s', async (text, why) => {
    await expect(readText(text)).rejects.toMatchObject({
      name: 'WhyslowError',
      message: expect.stringContaining(why),
    })
  })
})
