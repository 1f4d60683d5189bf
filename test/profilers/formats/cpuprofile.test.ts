import { describe, expect, it } from 'vitest'
import { WhyslowError } from '../../../src/errors.js'
import { readCpuProfile } from '../../../src/profilers/formats/cpuprofile.js'

type Node = { id: number; name: string; children?: number[]; url?: string; line?: number; hits?: number }

function makeProfile(nodes: Node[], rest: object): string {
  return JSON.stringify({
    nodes: nodes.map(({ id, name, children, url = '', line = -1, hits = 0 }) => ({
      id,
      callFrame: {
        functionName: name,
        scriptId: '1',
        url,
        lineNumber: line,
        columnNumber: line < 0 ? -1 : 0,
      },
      hitCount: hits,
      children,
    })),
    ...rest,
  })
}

const NODES: Node[] = [
  { id: 1, name: '(root)', children: [2, 3, 4, 5] },
  { id: 2, name: '(idle)' },
  { id: 3, name: '(program)' },
  { id: 4, name: '(garbage collector)' },
  { id: 5, name: 'outer', url: 'file:///app/my%20code.js', line: 9, children: [6] },
  { id: 6, name: '', url: 'node:internal/timers', line: 0 },
]
const origin = { file: 'a.cpuprofile' }

function selfByFunction(text: string): Record<string, number> {
  const { frames, stacks } = readCpuProfile(text, origin)
  return Object.fromEntries(stacks.map(node => [frames[node.frame]!.function, node.self]))
}

function errorOf(text: string): WhyslowError {
  try {
    readCpuProfile(text, origin)
  } catch (error) {
    if (error instanceof WhyslowError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('readCpuProfile', () => {
  it('gives each sample the time until the next one, in ms, and the last the time until the end', () => {
    const text = makeProfile(NODES, {
      startTime: 1_000_000,
      endTime: 1_010_000,
      samples: [2, 5, 6, 4],
      timeDeltas: [1000, 2000, 3000, 1500],
    })
    expect(selfByFunction(text)).toEqual({
      '(idle)': 2,
      '(program)': 0,
      '(garbage collector)': 2.5,
      outer: 3,
      '(anonymous)': 1.5,
    })
    expect(readCpuProfile(text, origin)).toMatchObject({
      duration_ms: 10,
      samples: 4,
      interval_us: 2000,
      pid: null,
    })
  })

  it('reads frames as people name them, and knows which are no code', () => {
    const text = makeProfile(NODES, { startTime: 0, endTime: 1, samples: [], timeDeltas: [] })
    const frames = readCpuProfile(text, origin).frames
    expect(frames).toContainEqual({
      function: 'outer',
      file: '/app/my code.js',
      line: 10,
      column: 1,
      kind: 'code',
    })
    expect(frames.map(frame => frame.kind).sort()).toEqual(['code', 'code', 'gc', 'idle', 'program'])
    expect(frames.find(frame => frame.kind === 'gc')).toMatchObject({ file: null, line: null })
    expect(frames.map(frame => frame.function)).not.toContain('(root)')
  })

  it('puts samples in order when the clock steps back, so that no weight is negative', () => {
    const text = makeProfile(NODES, {
      startTime: 0,
      endTime: 5000,
      samples: [5, 6, 2],
      timeDeltas: [1000, 3000, -1000],
    })
    expect(selfByFunction(text)).toMatchObject({ outer: 2, '(idle)': 1, '(anonymous)': 1 })
  })

  it('never counts more than the capture lasted', () => {
    const text = makeProfile(NODES, {
      startTime: 0,
      endTime: 3000,
      samples: [5, 6],
      timeDeltas: [-2000, 4000],
    })
    const total = Object.values(selfByFunction(text)).reduce((sum, ms) => sum + ms, 0)
    expect(total).toBe(3)
  })

  it('shares out the duration by hit counts when there are no samples', () => {
    const nodes = [
      { id: 1, name: '(root)', children: [2, 3] },
      { id: 2, name: 'a', url: 'a.js', line: 1, hits: 3 },
      { id: 3, name: 'b', url: 'b.js', line: 1, hits: 1 },
    ]
    expect(selfByFunction(makeProfile(nodes, { startTime: 0, endTime: 8000 }))).toEqual({ a: 6, b: 2 })
  })

  it('reads a stack of 20,000 frames, parents before children', () => {
    const depth = 20_000
    const nodes = Array.from({ length: depth }, (_, index) => ({
      id: index + 1,
      name: index === 0 ? '(root)' : `f${index}`,
      url: index === 0 ? '' : 'deep.js',
      line: index,
      children: index + 1 < depth ? [index + 2] : [],
    }))
    const text = makeProfile(nodes, { startTime: 0, endTime: 2000, samples: [depth], timeDeltas: [1000] })
    const { stacks } = readCpuProfile(text, origin)
    expect(stacks).toHaveLength(depth - 1)
    expect(stacks.every((node, index) => node.parent < index)).toBe(true)
    expect(stacks.at(-1)!.self).toBe(1)
  })

  it('says where a file was cut off', () => {
    const whole = JSON.stringify({ nodes: [], startTime: 0, endTime: 1 }, null, 1)
    const error = errorOf(whole.slice(0, whole.indexOf('"endTime"') + 4))
    expect(error.place).toMatchObject({ file: 'a.cpuprofile', line: 4 })
    expect(error.exit).toBe(2)
  })

  it.each([
    ['[]', 'no object'],
    ['{}', '“nodes” is missing'],
    ['{"head": {}}', 'before 8'],
    ['{"nodes": [{}], "startTime": 0, "endTime": 1}', 'nodes[0] has no id'],
    [makeProfile([{ id: 1, name: 'a', children: [7] }], { startTime: 0, endTime: 1 }), 'node 7'],
    [
      makeProfile(
        [
          { id: 1, name: '(root)' },
          { id: 2, name: 'a', children: [3] },
          { id: 3, name: 'b', children: [2] },
        ],
        { startTime: 0, endTime: 1 },
      ),
      'circle',
    ],
    [makeProfile(NODES, { startTime: 0, endTime: 1, samples: [1, 2], timeDeltas: [1] }), '2 samples but 1'],
    [makeProfile(NODES, { startTime: 0, endTime: 1, samples: [99], timeDeltas: [1] }), 'node 99'],
    [makeProfile(NODES, { startTime: 0, endTime: 1, samples: ['x'], timeDeltas: [1] }), '“samples”'],
  ])('says what is wrong with %s', (text, why) => {
    expect(errorOf(text).message).toContain(why)
  })
})
