import { describe, expect, it } from 'vitest'
import { matchFrames } from '../../src/profilers/match-frames.js'
import type { Frame } from '../../src/profilers/profile.js'

const frame = (name: string, file: string | null, line = 1, column = 1): Frame => ({
  function: name,
  file,
  line: file === null ? null : line,
  column: file === null ? null : column,
  kind: 'code',
})

/** `before line → after line` of each pair, `–` where there is none. */
function pairs(before: Frame[], after: Frame[]): string[] {
  const show = (one: Frame | null) => (one === null ? '–' : `${one.file ?? ''}:${one.line ?? ''}`)
  return matchFrames(before, after)
    .pairs.map(pair => `${show(pair.before)} → ${show(pair.after)}`)
    .sort()
}

describe('matchFrames', () => {
  it('goes by name and file, whatever the line', () => {
    expect(
      pairs(
        [frame('f', '/a.js', 10), frame('old', '/a.js', 20), frame('write', null)],
        [frame('f', '/a.js', 14), frame('f', '/b.js', 10), frame('write', null)],
      ),
    ).toEqual(['/a.js:10 → /a.js:14', '/a.js:20 → –', ': → :', '– → /b.js:10'])
  })

  it('takes a dependency by its path within the package, in any version and any folder', () => {
    expect(
      pairs(
        [frame('route', '/app/node_modules/.pnpm/express@4.18.1/node_modules/express/lib/router.js', 5)],
        [frame('route', '/srv/node_modules/express/lib/router.js', 9)],
      ),
    ).toHaveLength(1)
    expect(
      pairs(
        [frame('route', '/app/node_modules/express/lib/index.js')],
        [frame('route', '/app/node_modules/koa/lib/index.js')],
      ),
    ).toHaveLength(2)
  })

  it('finds the folder that own code moved to', () => {
    const files = ['server.js', 'routes/index.js', 'lib/index.js']
    const at = (folder: string) => files.map(file => frame('f', `${folder}/${file}`))
    expect(pairs(at('/srv/releases/41'), at('/srv/releases/42'))).toEqual([
      '/srv/releases/41/lib/index.js:1 → /srv/releases/42/lib/index.js:1',
      '/srv/releases/41/routes/index.js:1 → /srv/releases/42/routes/index.js:1',
      '/srv/releases/41/server.js:1 → /srv/releases/42/server.js:1',
    ])
  })

  it('keeps apart what has the same name in one file, by line', () => {
    const anonymous = (...lines: number[]) => lines.map(line => frame('(anonymous)', '/a.js', line))
    // Line 50 was not sampled after; 90 must not take its place.
    expect(pairs(anonymous(10, 50, 90), anonymous(10, 90))).toEqual([
      '/a.js:10 → /a.js:10',
      '/a.js:50 → –',
      '/a.js:90 → /a.js:90',
    ])
    // All moved down by 40, which makes 50 a line of both.
    expect(pairs(anonymous(10, 50), anonymous(50, 90))).toEqual([
      '/a.js:10 → /a.js:50',
      '/a.js:50 → /a.js:90',
    ])
  })

  it('goes on in the order of the file where lines say nothing', () => {
    const anonymous = (...lines: number[]) => lines.map(line => frame('(anonymous)', '/a.js', line))
    expect(pairs(anonymous(10, 20, 30), anonymous(11, 23, 37))).toEqual([
      '/a.js:10 → /a.js:11',
      '/a.js:20 → /a.js:23',
      '/a.js:30 → /a.js:37',
    ])
  })

  it('tells functions of one minified line apart by column', () => {
    const at = (...columns: number[]) => columns.map(column => frame('t', '/bundle.js', 1, column))
    const { pairs: found } = matchFrames(at(10, 500, 900), at(10, 900))
    expect(found.map(pair => [pair.before?.column, pair.after?.column])).toEqual([
      [10, 10],
      [500, undefined],
      [900, 900],
    ])
  })

  it('says where each frame went', () => {
    const [before, after] = [frame('f', '/a.js', 1), frame('f', '/a.js', 2)]
    const { pairOf } = matchFrames([before], [after])
    expect(pairOf.get(before)).toBe(pairOf.get(after))
  })
})
