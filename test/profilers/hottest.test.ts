import { describe, expect, it } from 'vitest'
import { groupOfFrame } from '../../src/profilers/groups.js'
import { hottestFunctions } from '../../src/profilers/hottest.js'
import type { Frame, Profile, StackNode } from '../../src/profilers/profile.js'

function frame(name: string, file: string | null = '/app/a.js', kind: Frame['kind'] = 'code'): Frame {
  return { function: name, file, line: file ? 1 : null, column: file ? 1 : null, kind }
}

function profile(frames: Frame[], nodes: [frame: number, parent: number, self: number][]): Profile {
  const stacks: StackNode[] = nodes.map(([frame, parent, self]) => ({
    frame,
    parent,
    self,
    samples: 1,
  }))
  return {
    name: null,
    unit: 'ms',
    tool: 'test',
    toolVersion: null,
    pid: null,
    startedAt: null,
    duration_ms: 100,
    samples: nodes.length,
    interval_us: null,
    frames,
    stacks,
  }
}

describe('hottestFunctions', () => {
  it('adds up a function over all its call paths, and counts a recursive call once', () => {
    const frames = [frame('walk'), frame('visit'), frame('main')]
    // main → walk → visit → walk → visit, and main → visit
    const calls = profile(frames, [
      [2, -1, 1],
      [0, 0, 2],
      [1, 1, 3],
      [0, 2, 4],
      [1, 3, 5],
      [1, 0, 6],
    ])
    expect(
      hottestFunctions(calls).hottest.map(({ function: name, self, total }) => [name, self, total]),
    ).toEqual([
      ['visit', 14, 18],
      ['walk', 6, 14],
      ['main', 1, 21],
    ])
  })

  it('keeps idle time out of the functions and counts everything else as active', () => {
    const frames = [frame('(idle)', null, 'idle'), frame('work'), frame('(garbage collector)', null, 'gc')]
    const result = hottestFunctions(
      profile(frames, [
        [0, -1, 70],
        [1, -1, 20],
        [2, -1, 10],
      ]),
    )
    expect(result).toMatchObject({ idle: 70, active: 30 })
    expect(result.hottest.map(({ function: name, group }) => [name, group])).toEqual([
      ['work', 'own code'],
      ['(garbage collector)', 'v8/gc'],
    ])
  })

  it('goes down 20,000 frames, and stops at the limit', () => {
    const depth = 20_000
    const frames = Array.from({ length: depth }, (_, index) => frame(`f${index}`))
    const deep = profile(
      frames,
      frames.map((_, index) => [index, index - 1, 1]),
    )
    const { hottest } = hottestFunctions(deep, { limit: 3 })
    expect(hottest.map(one => one.total)).toEqual([20_000, 19_999, 19_998])
  })

  it('has nothing to say about an empty profile', () => {
    expect(hottestFunctions(profile([], []))).toEqual({ hottest: [], idle: 0, active: 0 })
  })
})

describe('groupOfFrame', () => {
  it.each([
    ['/app/src/a.js', 'own code'],
    ['/app/node_modules/express/lib/router.js', 'express'],
    ['/app/node_modules/.pnpm/a@1/node_modules/@scope/name/index.js', '@scope/name'],
    ['node:internal/timers', 'node'],
    ['whyslow:claim', 'whyslow'],
    [null, 'native'],
  ])('%s is %s', (file, group) => {
    expect(groupOfFrame(frame('f', file))).toBe(group)
  })
})
