/** Walking through a flame graph: every step stays on a call that is seen. */
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layoutFlame } from '../../src/profilers/flame.js'
import { readProfiles } from '../../src/profilers/read-profiles.js'
import { renderFlameScreen } from '../../src/reports/flame-screen.js'
import {
  FLAME_START,
  type FlameMove,
  type FlameWalk,
  layZoomed,
  levelOf,
  moveInFlame,
  rootOf,
} from '../../src/reports/flame-walk.js'
import { PLAIN, widthOf } from '../../src/reports/style.js'
import { makeDeep, makeFrame, makeProfile } from '../profilers/make-profile.js'

const SHOP = path.join(import.meta.dirname, '../../fixtures/profiles/shop')
const { profiles } = await readProfiles(path.join(SHOP, 'front.cpuprofile'))
const front = layoutFlame(profiles[0]!)
const small = layoutFlame(makeProfile({ 'a;b': 50, 'a;c;d': 30, 'a;c': 10, e: 9, f: 1 }))
const MOVES: FlameMove[] = ['caller', 'callee', 'left', 'right', 'in', 'out']

/** Names of what is selected after each move. */
function walkNames(moves: FlameMove[], columns = 100): (string | undefined)[] {
  let walk = FLAME_START
  return moves.map(move => {
    walk = moveInFlame(small, walk, move, columns)
    return small.nodes[walk.selected]?.frame.function
  })
}

describe('moves', () => {
  test('down to the heaviest callee, up to the caller, to and fro on a level', () => {
    expect(walkNames(['callee', 'callee', 'right', 'callee', 'caller', 'left', 'caller', 'caller'])).toEqual([
      'a',
      'b',
      'c',
      'd',
      'c',
      'b',
      'a',
      undefined,
    ])
  })

  test('a step that leads nowhere changes nothing', () => {
    expect(walkNames(['caller', 'left', 'callee', 'left', 'callee', 'callee'])).toEqual([
      undefined,
      undefined,
      'a',
      'a',
      'b',
      'b',
    ])
  })

  test('what takes no column is passed over', () => {
    expect(walkNames(['callee', 'right', 'right', 'right'], 100)).toEqual(['a', 'e', 'f', 'f'])
    expect(walkNames(['callee', 'right', 'right'], 20)).toEqual(['a', 'e', 'e'])
  })

  test('zoomed in, the call fills the width, and no step leads out of it until it is zoomed out', () => {
    let walk: FlameWalk = FLAME_START
    const go = (...moves: FlameMove[]) => {
      for (const move of moves) walk = moveInFlame(small, walk, move, 100)
    }
    go('callee', 'callee', 'right', 'in')
    expect(layZoomed(small, walk, 100)).toEqual([[{ index: walk.selected + 1, start: 0, end: 75 }]])
    go('caller', 'left', 'right')
    expect(small.nodes[walk.selected]!.frame.function).toBe('c')
    go('in', 'out', 'caller')
    expect(small.nodes[walk.selected]!.frame.function).toBe('a')
    expect(walk.zooms).toEqual([])
  })

  test('any sequence stays on a call within what is zoomed into, and the call is on the screen', () => {
    const slivers = Object.fromEntries(
      Array.from({ length: 400 }, (_, i) => [`a;f${i % 97};g${i % 31};h${i}`, 1]),
    )
    const graphs = [
      small,
      front,
      ...[makeProfile(slivers), makeDeep(300), makeProfile({})].map(one => layoutFlame(one)),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...graphs),
        fc.array(fc.constantFrom(...MOVES), { maxLength: 60 }),
        fc.integer({ min: 60, max: 200 }),
        fc.integer({ min: 9, max: 60 }),
        fc.boolean(),
        (flame, moves, width, height, unicode) => {
          let walk = FLAME_START
          for (const move of moves) walk = moveInFlame(flame, walk, move, width)
          expect(walk.selected).toBeGreaterThanOrEqual(-1)
          expect(walk.selected).toBeLessThan(flame.nodes.length)
          let above = walk.selected
          while (above !== rootOf(walk) && above >= 0) above = flame.nodes[above]!.parent
          expect(above).toBe(rootOf(walk))
          const lines = renderFlameScreen(flame, walk, height, { color: false, unicode, width })
          expect(lines.length).toBeLessThanOrEqual(height)
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
          const marks =
            lines
              .slice(2)
              .join('\n')
              .match(/\[[^[\]]*\]|◆|(?<!\w)\*/g) ?? []
          expect(marks).toHaveLength(flame.nodes.length === 0 ? 0 : 1)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('the screen', () => {
  const walkTo = (...moves: FlameMove[]) =>
    moves.reduce((walk, move) => moveInFlame(small, walk, move, 60), FLAME_START)

  test('the selection in brackets, with what is known of it above', () => {
    const lines = renderFlameScreen(small, walkTo('callee', 'callee', 'right'), 12, { ...PLAIN, width: 60 })
    expect(lines.join('\n')).toBe(
      [
        'c  /app/a.js:1 · own code',
        'self 10 ms (10.0%) · total 40 ms (40.0%)',
        `▏all 100 ms ${'─'.repeat(48)}`,
        `▏a 90% ${'─'.repeat(47)}▏e 9%▏`,
        `▏b 50% ${'─'.repeat(23)}[c 40%                 ]`,
        `${' '.repeat(30)}▏d 30% ${'─'.repeat(11)}`,
      ].join('\n'),
    )
  })

  test('in colour it is inverse as well', () => {
    const [, , , , row] = renderFlameScreen(small, walkTo('callee', 'callee'), 12, {
      color: true,
      unicode: true,
      width: 60,
    })
    expect(row).toContain('\u001b[1m\u001b[7m[b 50%')
  })

  test('a graph deeper than the screen scrolls with the selection, and says where one is', () => {
    const deep = layoutFlame(makeDeep(300))
    let walk = FLAME_START
    for (let i = 0; i < 200; i += 1) walk = moveInFlame(deep, walk, 'callee', 80)
    expect(levelOf(deep, walk)).toBe(199)
    const lines = renderFlameScreen(deep, walk, 13, { ...PLAIN, width: 80 })
    expect(lines).toHaveLength(13)
    expect(lines[1]).toContain('levels 195–204 of 300')
    expect(lines.filter(line => line.startsWith('['))).toHaveLength(1)
  })

  test('names are text of strangers', () => {
    const evil = '\u001b[2J\u202eevil'
    const hostile = layoutFlame(
      makeProfile({ [evil]: 60, b: 40 }, {}, name => makeFrame(name, { file: `/${evil}` })),
    )
    const walk = moveInFlame(hostile, FLAME_START, 'callee', 80)
    const text = renderFlameScreen(hostile, walk, 12, { ...PLAIN, width: 80 }).join('\n')
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    expect(text).toContain('\\x1b[2J\\u202eevil')
  })
})
