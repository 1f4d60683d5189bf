import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { layoutFlame } from '../../src/profilers/flame.js'
import type { Profile } from '../../src/profilers/profile.js'
import { readProfiles } from '../../src/profilers/read-profiles.js'
import { renderFlameSvg } from '../../src/reports/flame-svg.js'
import { renderFlame } from '../../src/reports/flame-terminal.js'
import { PLAIN, widthOf } from '../../src/reports/style.js'
import { makeDeep, makeFrame, makeProfile } from '../profilers/make-profile.js'

const SHOP = path.join(import.meta.dirname, '../../fixtures/profiles/shop')
const { profiles } = await readProfiles(path.join(SHOP, 'front.cpuprofile'))
const front = layoutFlame(profiles[0]!)
const evil = '</title><script>alert(1)</script>\u001b[2J\u202e\ufffe"&\''
const hostile = layoutFlame(
  makeProfile({ [evil]: 60, 'b;c': 40 }, {}, name => makeFrame(name, { file: `/${evil}` })),
)
const TEXT = { title: 'CPU profile of process 7', subtitle: '5 s' }
const manyOf = (count: number): Profile =>
  makeProfile(Object.fromEntries(Array.from({ length: count }, (_, i) => [`main;f${i % 97};g${i};h${i}`, 1])))

/** Without colours. */
const bare = (text: string) => text.replaceAll(/\u001b\[[\d;]*m/g, '')

describe('in a terminal', () => {
  test.for([60, 80, 120])('%i columns', async width => {
    const text = renderFlame(front, { ...PLAIN, width })
    for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width)
    await expect(text).toMatchFileSnapshot(`../golden/flame-${width}.txt`)
  })

  test('plain ASCII', async () => {
    const text = renderFlame(front, { ...PLAIN, unicode: false, width: 80 })
    expect(text).toMatch(/^[\n -~]*$/)
    await expect(text).toMatchFileSnapshot('../golden/flame-ascii.txt')
  })

  test('colours by group, with a legend that fits', () => {
    const text = renderFlame(front, { color: true, unicode: true, width: 60 })
    expect(text).toContain('\u001b[30m\u001b[43m▏')
    expect(bare(text)).toMatch(/\n own code {3}Node {3}garbage collection {3}native /)
    for (const line of bare(text).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(60)
  })

  test('levels like the one above are folded where there are too many, so that the end comes into sight', () => {
    const chain = Array.from({ length: 60 }, (_, i) => `next${i}`).join(';')
    const flame = layoutFlame(makeProfile({ [`${chain};hot`]: 70, [`${chain};cold`]: 30 }))
    expect(renderFlame(flame, { ...PLAIN, width: 60 })).toBe(
      [
        `▏all 100 ms ${'─'.repeat(48)}`,
        `▏next0 100% ${'─'.repeat(48)}`,
        '⋮ 59 levels like the one above: next1 … next59',
        `▏cold 30% ${'─'.repeat(8)}▏hot 70% ${'─'.repeat(33)}`,
      ].join('\n'),
    )
  })

  test('then the deepest levels are, with their number', () => {
    const pyramid: Record<string, number> = {}
    for (let i = 1; i <= 40; i += 1)
      pyramid[Array.from({ length: i }, (_, level) => `f${level}`).join(';')] = 3
    const lines = renderFlame(layoutFlame(makeProfile(pyramid)), { ...PLAIN, width: 80 }, 10).split('\n')
    expect(lines).toHaveLength(11)
    expect(lines.at(-1)).toBe('⋮ 31 deeper levels: f9 … f39')
  })

  test('20,000 levels', () => {
    expect(renderFlame(layoutFlame(makeDeep(20_000)), PLAIN).split('\n')).toHaveLength(3)
  })

  test('names are text', () => {
    const text = renderFlame(hostile, { ...PLAIN, width: 120 })
    expect(text).toContain('</title><script>alert(1)</script>\\x1b[2J\\u202e')
    expect(text).not.toMatch(/[\u001b\u202e]/)
  })

  test('nothing to draw', () => {
    expect(renderFlame(layoutFlame(makeProfile({})), PLAIN)).toBe('')
  })
})

describe('as SVG', () => {
  test('says what it is, and each call where it is and what it took', () => {
    const svg = renderFlameSvg(front, TEXT)
    expect(svg).toMatch(/<title id="title">Flame graph: CPU profile of process 7<\/title>/)
    expect(svg).toMatch(/<desc id="description">5 s\. Each box is a call, .* Most was spent in: addListener /)
    expect(svg).toMatch(
      /<title>forward, \/srv\/shop\/\S+:\d+ \(own code\): \d+ ms, \d+\.\d%; itself [\d.]+ ms<\/title>/,
    )
    expect(svg).toMatch(/>own code<.*>Node<.*>garbage collection<.*>native</s)
    expect(svg).not.toMatch(/<script|href|url\(/)
  })

  test('names are text', () => {
    const svg = renderFlameSvg(hostile, { title: evil, subtitle: evil })
    expect(svg).not.toMatch(/<script|[\u001b\u202e\ufffe]/)
    expect(svg).toContain(
      '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[2J\\u202e\\ufffe&quot;&amp;&#39;',
    )
  })

  test.for([5000, 30_000])('stays small: %i stacks', count => {
    const flame = layoutFlame(manyOf(count))
    const svg = renderFlameSvg(flame, TEXT)
    expect(Buffer.byteLength(svg)).toBeLessThan(200_000)
    const drawn = svg.match(/<g><title>/g)!.length - 1
    expect(svg).toContain(`>${(flame.nodes.length - drawn).toLocaleString('en-US')} calls are not drawn`)
  })

  test('20,000 levels', () => {
    const svg = renderFlameSvg(layoutFlame(makeDeep(20_000)), TEXT)
    expect(svg).toContain('19,999 deeper levels: recurse … recurse')
  })
})
