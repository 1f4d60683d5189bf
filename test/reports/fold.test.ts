import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldLines } from '../../src/reports/fold.js'
import { paint, widthOf } from '../../src/reports/style.js'

const COLOUR = { color: true, unicode: true, width: 80 }

describe('lines for a screen that cuts them', () => {
  test('a long word goes on below', () => {
    expect(foldLines('ab\ncdefg', 2)).toEqual(['ab', 'cd', 'ef', 'g'])
    expect(foldLines('漢字漢', 4)).toEqual(['漢字', '漢'])
  })

  test('a colour goes on behind each break, and ends where it ended', () => {
    expect(foldLines(`${paint(COLOUR, 'bold', 'abc\nd')}e`, 2)).toEqual([
      '\u001b[1mab\u001b[0m',
      '\u001b[1mc\u001b[0m',
      '\u001b[1md\u001b[22me',
    ])
  })

  test('colours within each other', () => {
    expect(foldLines(`\u001b[30m\u001b[43mabcd\u001b[49m\u001b[39mef`, 3)).toEqual([
      '\u001b[30m\u001b[43mabc\u001b[0m',
      '\u001b[30m\u001b[43md\u001b[49m\u001b[39mef',
    ])
  })

  test('nothing is lost, and nothing is wider', () => {
    const piece = fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.boolean())
      .map(([text, isBold]) => {
        const shown = text.replaceAll(/\p{Cc}/gu, '')
        return isBold ? paint(COLOUR, 'bold', shown) : shown
      })
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 4, max: 60 }), (pieces, width) => {
        const lines = foldLines(pieces.join('\n'), width)
        const bare = (text: string) => text.replaceAll(/\u001b\[\d+m/g, '')
        expect(bare(lines.join(''))).toBe(bare(pieces.join('')))
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })
})
