import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { widthOf } from '../../src/reports/style.js'

test('a width is what the library says, of each character, alone, as an emoji and in colour', () => {
  const wrong: string[] = []
  for (let code = 0x20; code < 0x2700; code++) {
    const one = String.fromCodePoint(code)
    for (const text of [one, `${one}\ufe0f`])
      if (widthOf(text) !== stringWidth(text)) wrong.push(`${code.toString(16)} ${text}`)
  }
  expect(widthOf('\u001b[1;31m…é\u001b[0m')).toBe(2)
  expect(wrong).toEqual([])
})
