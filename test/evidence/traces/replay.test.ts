/** Traces by hand, where the right answer can be seen; traces at random, and traces that are torn. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrangeTrees } from '../../../src/evidence/traces/load-traces.js'
import { type NamedChange, replay } from '../../../src/evidence/traces/replay.js'
import { findSlack } from '../../../src/evidence/traces/slack.js'
import {
  CLIENT,
  FAILED,
  growTree,
  MESSAGE,
  readTrace,
  SERVER,
  type Span,
} from '../../../src/evidence/traces/trace.js'
import { NAMES, numberOf, runProgram } from './programs.js'
import { SHAPES } from './shapes.js'

interface Drawn extends Partial<Omit<Span, 'name' | 'start' | 'duration'>> {
  in?: string
  /** From and to, milliseconds. */
  at: [number, number]
}

/** Names are unique unless they end in a number: `call 1` and `call 2` are spans of the name `call`. */
function draw(spans: Record<string, Drawn>): Span[] {
  return Object.entries(spans).map(
    ([
      id,
      {
        in: parent,
        at: [from, to],
        ...more
      },
    ]) => ({
      id,
      parent: parent ?? (id === 'root' ? null : 'root'),
      name: numberOf(id.replace(/ \d+$/, '')),
      clock: 0,
      flags: 0,
      start: from * 1e6 + 1000,
      duration: (to - from) * 1e6,
      ...more,
    }),
  )
}

/** Milliseconds that the last of these traces takes when its spans of a name are faster, or parallel. */
function predict(traces: Record<string, Drawn>[], name: string, change: number | 'parallel'): number {
  const { trees, order } = arrangeTrees(traces.map(spans => growTree(readTrace(draw(spans)), 0)))
  const named: NamedChange =
    change === 'parallel'
      ? { kind: 'parallel', name: numberOf(name) }
      : { kind: 'span', name: numberOf(name), times: change }
  return replay(trees.at(-1)!, order, named) / 1e6
}

function slackOf(spans: Record<string, Drawn>): Record<string, number> {
  const { trees, order } = arrangeTrees([growTree(readTrace(draw(spans)), 0)])
  const slack = findSlack(trees[0]!, order)
  return Object.fromEntries(Array.from(slack, (ns, at) => [NAMES[trees[0]!.name[at]!]!, ns / 1e6]))
}

describe('a span made faster', () => {
  const serial: Record<string, Drawn> = { root: { at: [0, 100] }, a: { at: [10, 40] }, b: { at: [45, 65] } }
  test('one call after the other: what follows moves up', () => {
    expect(predict([serial], 'a', 3)).toBe(80)
    expect(predict([serial], 'a', Infinity)).toBe(70)
    expect(predict([serial], 'root', 2)).toBe(50)
  })
  const beside: Record<string, Drawn> = {
    root: { at: [0, 100] },
    long: { at: [5, 80] },
    short: { at: [5, 60] },
  }
  test('beside something longer: nothing; else up to that', () => {
    expect(predict([beside], 'short', Infinity)).toBe(100)
    expect(predict([beside], 'long', Infinity)).toBe(80)
  })
  test('of nested spans of the name only the outermost shrinks', () => {
    const nested: Record<string, Drawn> = {
      root: { at: [0, 100] },
      'q 1': { at: [10, 50] },
      'q 2': { at: [20, 40], in: 'q 1' },
    }
    expect(predict([nested], 'q', 2)).toBe(80)
  })
  test('nobody waits for what outlives its parent', () => {
    const fired: Record<string, Drawn> = {
      root: { at: [0, 50] },
      audit: { at: [10, 90] },
      b: { at: [10, 30] },
    }
    expect(predict([fired], 'audit', Infinity)).toBe(50)
    expect(predict([fired], 'b', Infinity)).toBe(30)
  })
  test('what outlived its parent in other traces isn’t waited for when it is short', () => {
    const late: Record<string, Drawn> = {
      root: { at: [0, 50] },
      audit: { at: [10, 90] },
      b: { at: [10, 30] },
    }
    const early: Record<string, Drawn> = {
      root: { at: [0, 50] },
      audit: { at: [10, 45] },
      b: { at: [10, 30] },
    }
    expect(predict([early], 'audit', Infinity)).toBe(30 + 5)
    expect(predict([late, late, early], 'audit', Infinity)).toBe(50)
  })
  test('what began beside it in other traces doesn’t wait for it', () => {
    const apart: Record<string, Drawn> = { root: { at: [0, 60] }, a: { at: [0, 20] }, b: { at: [30, 60] } }
    const together: Record<string, Drawn> = { root: { at: [0, 60] }, a: { at: [0, 35] }, b: { at: [30, 60] } }
    expect(predict([apart], 'a', Infinity)).toBe(40)
    expect(predict([together, together, apart], 'a', Infinity)).toBe(60)
  })
  test('all attempts of a retry', () => {
    const retried: Record<string, Drawn> = {
      root: { at: [0, 70] },
      'pay 1': { at: [10, 30], flags: FAILED },
      'pay 2': { at: [30, 50] },
    }
    expect(predict([retried], 'pay', 2)).toBe(50)
  })
  test('an answer whose span reads later than the caller’s end is waited for', () => {
    const answered: Record<string, Drawn> = {
      root: { at: [0, 100] },
      call: { at: [10, 90], flags: CLIENT },
      handle: { at: [10, 95], in: 'call', flags: SERVER },
    }
    expect(predict([answered], 'handle', 85)).toBeCloseTo(100 - 80 * (84 / 85), 5)
    const givenUp = { ...answered, call: { at: [10, 90], flags: CLIENT | FAILED } satisfies Drawn }
    expect(predict([givenUp], 'handle', 85)).toBe(100)
  })
})

describe('calls made parallel', () => {
  const loop: Record<string, Drawn> = {
    root: { at: [0, 100] },
    'q 1': { at: [10, 30] },
    'q 2': { at: [30, 60] },
    'q 3': { at: [60, 70] },
    render: { at: [75, 95] },
  }
  test('begin together; what depended on them follows the last end', () => {
    expect(predict([loop], 'q', 'parallel')).toBe(100 - 60 + 30)
  })
  test('own work between them stays', () => {
    expect(predict([{ ...loop, 'q 2': { at: [34, 60] } }], 'q', 'parallel')).toBe(100 - 60 + 30)
  })
  test('a retry still follows the attempt that failed', () => {
    expect(predict([{ ...loop, 'q 1': { at: [10, 30], flags: FAILED } }], 'q', 'parallel')).toBe(
      100 - 60 + 50,
    )
  })
  test('one alone, or those that were parallel already: nothing', () => {
    expect(predict([loop], 'render', 'parallel')).toBe(100)
    const wide: Record<string, Drawn> = {
      root: { at: [0, 40] },
      'q 1': { at: [5, 30] },
      'q 2': { at: [5, 40] },
    }
    expect(predict([wide], 'q', 'parallel')).toBe(40)
  })
})

describe('clocks', () => {
  const call = (skew: number, clock = 1): Record<string, Drawn> => ({
    root: { at: [0, 100] },
    'call a': { at: [10, 50], flags: CLIENT },
    'serve a': { at: [15 + skew, 45 + skew], in: 'call a', flags: SERVER, clock },
    query: { at: [20 + skew, 40 + skew], in: 'serve a', clock },
  })
  test('off by seconds, either way: as if they agreed', () => {
    for (const skew of [0, -5000, 3000, 7, -7]) expect(predict([call(skew)], 'query', 2)).toBe(90)
  })
  test('one shift a pair of clocks: the middle of what its calls leave', () => {
    const { aligned } = arrangeTrees([growTree(readTrace(draw(call(2000))), 0)])
    expect(aligned).toEqual({ shifted: 1, largest: 2_000_000_000, longer: 0 })
  })
  test('all traces tell more than one: a call that fits by accident is shifted as the others are', () => {
    const wide = (skew: number, from: number, to: number): Record<string, Drawn> => ({
      root: { at: [0, 100] },
      first: { at: [from + skew, to + skew], clock: 1 },
      next: { at: [Math.min(to + 2, 99.9), 100] },
    })
    // Alone, the last one seems to run beside `next`.
    const traces = [wide(40, 0.01, 70), wide(40, 0.01, 80), wide(40, 0.01, 99), wide(40, 0.02, 40)]
    expect(predict(traces, 'first', Infinity)).toBeCloseTo(60, 0)
    expect(predict(traces.slice(-1), 'first', Infinity)).toBe(100)
  })
  test('a tracer that cuts starts to the millisecond: what seems to overlap by less follows', () => {
    const cut = (spans: Record<string, Drawn>) =>
      draw(spans).map(span => ({ ...span, start: Math.floor(span.start / 1e6) * 1e6 }))
    const spans = cut({ root: { at: [0.9, 50] }, a: { at: [1.2, 20.9] }, b: { at: [20.95, 45] } })
    const { trees, order } = arrangeTrees([growTree(readTrace(spans), 0)])
    expect(
      replay(trees[0]!, order, { kind: 'span', name: numberOf('a'), times: Infinity }) / 1e6,
    ).toBeCloseTo(49.1 - 19.7, 6)
  })
})

test('slack by hand', () => {
  const slack = slackOf({
    root: { at: [0, 100] },
    long: { at: [0, 60] },
    short: { at: [0, 40] },
    inner: { at: [10, 30], in: 'short' },
    join: { at: [65, 90] },
    beside: { at: [65, 85] },
    fired: { at: [20, 150] },
  })
  expect(slack).toEqual({ root: 0, long: 0, short: 20, inner: 20, join: 0, beside: 5, fired: Infinity })
})

const spansArbitrary = fc.array(
  fc.record({
    parent: fc.nat({ max: 30 }),
    start: fc.nat({ max: 5000 }),
    duration: fc.nat({ max: 5000 }),
    name: fc.nat({ max: 5 }),
    clock: fc.nat({ max: 2 }),
    flags: fc.constantFrom(0, 0, FAILED, CLIENT, SERVER, MESSAGE),
  }),
  { minLength: 1, maxLength: 30 },
)

test('any traces: the recorded times without a change, no loss by a faster span, and no gain within the slack', () => {
  const traces = fc.array(spansArbitrary, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(traces, many => {
      const grown = many.map(spans =>
        growTree(
          readTrace(
            spans.map((span, i) => ({
              ...span,
              id: `${i}`,
              // Parents come first, so that all hang on the root.
              parent: i === 0 ? null : `${span.parent % i}`,
              start: span.start * 1000,
              duration: span.duration * 1000 + 7,
            })),
          ),
          0,
        ),
      )
      const { trees, order } = arrangeTrees(grown)
      for (const tree of trees) {
        expect(replay(tree!, order, null)).toBe(tree!.duration[0])
        expect(replay(tree!, order, { kind: 'span', name: -1, times: 2 })).toBe(tree!.duration[0])
        const slack = findSlack(tree!, order)
        expect(slack[0]).toBe(0)
        for (let name = 0; name <= 5; name += 1) {
          const now = replay(tree!, order, { kind: 'span', name, times: Infinity })
          expect(now).toBeLessThanOrEqual(tree!.duration[0]!)
          if (name !== tree!.name[0] && now < tree!.duration[0]!) {
            const least = Math.min(...Array.from(slack).filter((_, at) => tree!.name[at] === name))
            expect(least).toBe(0)
          }
        }
      }
    }),
    { numRuns: 300, seed: 9 },
  )
})

test('programs: what each trace gains is what its program gains, where clocks agree', () => {
  for (const { program, change } of Object.values(SHAPES)) {
    const options = Array.from({ length: 200 }, (_, seed) => ({
      seed,
      slowness: 1,
      world: { network: 1.5, skew: {} },
    }))
    const grown = options.map(one => {
      const spans: Span[] = []
      runProgram(program, { ...one, spans })
      return growTree(readTrace(spans), 0)
    })
    const { trees, order, aligned } = arrangeTrees(grown)
    expect(aligned.shifted).toBe(0)
    const named = { ...change, name: numberOf(change.name) }
    const off = options.filter((one, i) => {
      const truth = runProgram(program, { ...one, change })
      // Starts are cut to the microsecond.
      return Math.abs(replay(trees[i]!, order, named) - truth) > 20_000
    })
    expect(off.length / options.length, program.name).toBeLessThanOrEqual(0.02)
  }
})

describe('torn traces', () => {
  const whole = draw({ root: { at: [0, 100] }, a: { at: [10, 40] }, b: { at: [20, 30], in: 'a' } })
  const grow = (spans: Span[]) => growTree(readTrace(spans), 0)
  const cases: Record<string, Span[]> = {
    'a parent is missing': [...whole, { ...whole[2]!, id: 'c', parent: 'gone' }],
    'a second root in the time of the first': [...whole, { ...whole[1]!, id: 'c', parent: null }],
    'spans that are below each other': [
      ...whole,
      { ...whole[1]!, id: 'c', parent: 'd' },
      { ...whole[1]!, id: 'd', parent: 'c' },
    ],
    'a span that is its own parent': [...whole, { ...whole[1]!, id: 'c', parent: 'c' }],
    'one id for two spans': [...whole, { ...whole[1]!, start: 50_000 }],
    'a span without an end': [...whole, { ...whole[1]!, id: 'c', duration: null }],
  }
  test.each(Object.entries(cases))('%s: unknown', (_, spans) => expect(grow(spans)).toBeNull())

  test('exported twice, a second request of the same page, and what ran later on: no harm', () => {
    expect(grow([...whole, ...whole])!.size).toBe(3)
    const page = whole.map(span => (span.id === 'root' ? { ...span, parent: 'browser' } : span))
    expect(grow([...page, { ...whole[0]!, id: 'other', parent: 'browser' }])!.size).toBe(3)
    expect(grow([...whole, { ...whole[0]!, id: 'later', start: 1e9 }])!.size).toBe(3)
  })

  test('begun before its parent: as recorded', () => {
    const early: Record<string, Drawn> = { root: { at: [0, 100] }, a: { at: [-20, 30] } }
    expect(predict([early], 'b', 2)).toBe(100)
    expect(predict([early], 'a', 2)).toBe(75)
  })

  test('20,000 deep, 10,000 wide: in no time', () => {
    const deep = Array.from({ length: 20_000 }, (_, i) => ({
      ...whole[0]!,
      id: `${i}`,
      parent: i === 0 ? null : `${i - 1}`,
      name: numberOf(`deep ${i % 7}`),
    }))
    const wide = Array.from({ length: 10_000 }, (_, i) => ({
      ...whole[0]!,
      id: `${i}`,
      parent: i === 0 ? null : '0',
      name: numberOf(`wide ${i % 300}`),
      start: i * 9000,
      duration: i === 0 ? 1e9 : 10_000 * (1 + (i % 50)),
    }))
    const { trees, order } = arrangeTrees([grow(deep), grow(wide)])
    for (const tree of trees) {
      expect(replay(tree!, order, null)).toBe(tree!.duration[0])
      expect(replay(tree!, order, { kind: 'parallel', name: numberOf('wide 7') })).toBeLessThanOrEqual(
        tree!.duration[0]!,
      )
      expect(findSlack(tree!, order)[0]).toBe(0)
    }
  })
})
