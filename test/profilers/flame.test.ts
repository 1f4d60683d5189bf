import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layoutFlame } from '../../src/profilers/flame.js'
import type { Profile } from '../../src/profilers/profile.js'
import { makeDeep, makeFrame, makeProfile } from './make-profile.js'

const boxes = (profile: Profile, options = {}) =>
  layoutFlame(profile, options).nodes.map(({ frame, depth, x, width, self, total }) => [
    frame.function,
    depth,
    Number(x.toFixed(6)),
    Number(width.toFixed(6)),
    self,
    total,
  ])

test('callees lie within their callers, by name, and the caller’s own time is on their right', () => {
  expect(boxes(makeProfile({ main: 10, 'main;walk': 20, 'main;ask': 30, 'main;ask;wait': 40 }))).toEqual([
    ['main', 0, 0, 1, 10, 100],
    ['ask', 1, 0, 0.7, 30, 70],
    ['wait', 2, 0, 0.4, 40, 40],
    ['walk', 1, 0.7, 0.2, 20, 20],
  ])
})

test('the heaviest first, when asked for', () => {
  const profile = makeProfile({ 'main;a': 1, 'main;b': 3, 'main;c': 2 })
  expect(boxes(profile, { order: 'heavy' }).map(([name]) => name)).toEqual(['main', 'b', 'c', 'a'])
})

test('what one path called twice is one box', () => {
  const profile = makeProfile({ 'main;work': 3, 'main;work;leaf': 2 })
  const twice = { ...profile, stacks: [...profile.stacks, { frame: 1, parent: 0, self: 5, samples: 5 }] }
  expect(boxes(twice)).toEqual([
    ['main', 0, 0, 1, 0, 10],
    ['work', 1, 0, 1, 8, 10],
    ['leaf', 2, 0, 0.2, 2, 2],
  ])
})

describe('idle time', () => {
  const profile = makeProfile({ '(idle)': 90, main: 10 }, {}, name =>
    makeFrame(name, name === '(idle)' ? { kind: 'idle', file: null } : {}),
  )
  test('is left out', () => {
    expect(layoutFlame(profile)).toMatchObject({ total: 10, depth: 1, narrow: 0 })
    expect(boxes(profile)).toEqual([['main', 0, 0, 1, 10, 10]])
  })
  test('is drawn when asked for', () => {
    expect(boxes(profile, { idle: true }).map(([name]) => name)).toEqual(['(idle)', 'main'])
  })
})

test('what is too narrow is left out with all that it called, and counted; the others stay where they were', () => {
  const profile = makeProfile({ 'a;deep;deeper': 1, 'b;wide': 99 })
  const { nodes, narrow } = layoutFlame(profile, { minWidth: 0.05 })
  expect(nodes.map(({ frame, x }) => [frame.function, x])).toEqual([
    ['b', 0.01],
    ['wide', 0.01],
  ])
  expect(narrow).toBe(3)
})

test('20,000 levels', () => {
  const { depth, nodes } = layoutFlame(makeDeep(20_000))
  expect(depth).toBe(20_000)
  expect(nodes.at(-1)).toMatchObject({ depth: 19_999, x: 0, width: 1, self: 900 })
})

test('nothing to draw', () => {
  expect(layoutFlame(makeProfile({}))).toMatchObject({ total: 0, nodes: [], depth: 0, narrow: 0 })
})

test('of any profile, boxes of a level don’t overlap, and lie within their callers', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 })
  const paths = fc.array(fc.tuple(path, fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(paths, list => {
      const profile = makeProfile(Object.fromEntries(list.map(([names, self]) => [names.join(';'), self])))
      const { nodes, total } = layoutFlame(profile)
      expect(nodes.reduce((sum, node) => sum + node.self, 0)).toBe(total)
      const ends = new Map<number, number>()
      for (const { parent, depth, x, width, total: own } of nodes) {
        expect(x).toBeGreaterThanOrEqual((ends.get(depth) ?? 0) - 1e-9)
        ends.set(depth, x + width)
        expect(own / total).toBeCloseTo(width)
        if (parent < 0) continue
        expect(x).toBeGreaterThanOrEqual(nodes[parent]!.x - 1e-9)
        expect(x + width).toBeLessThanOrEqual(nodes[parent]!.x + nodes[parent]!.width + 1e-9)
      }
    }),
  )
})
