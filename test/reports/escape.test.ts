import { describe, expect, test } from 'vitest'
import { escapeJson, escapeLines, escapeTerminal, escapeWorkflow, toAscii } from '../../src/reports/escape.js'
import { fitLine, PLAIN } from '../../src/reports/style.js'

describe('escapeTerminal', () => {
  test.each([
    ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['\u009b31m', '\\x9b31m'],
    ['a\u202egpj.exe', 'a\\u202egpj.exe'],
    ['a\u2066b\u2069', 'a\\u2066b\\u2069'],
    ['pay\u200bpal', 'pay\\u200bpal'],
    ['soft\u00adhyphen', 'soft\\xadhyphen'],
    ['line\nfeed\r', 'line\\nfeed\\x0d'],
    ['half \ud800 pair', 'half \\ud800 pair'],
    ['hidden \u{e0041}', 'hidden \\u{e0041}'],
    ['Zoë 😀 漢字 <b> =cmd()', 'Zoë 😀 漢字 <b> =cmd()'],
  ])('%j', (text, shown) => {
    expect(escapeTerminal(text)).toBe(shown)
  })
})

test('fitLine: one line that the terminal does not wrap, whatever it holds', () => {
  expect(fitLine({ ...PLAIN, width: 24 }, 'measuring \u001b]0;x\u0007\n/orders/and/more')).toBe(
    'measuring \\x1b]0;x\\x07…',
  )
  expect(fitLine({ ...PLAIN, width: 24 }, '漢'.repeat(20))).toBe(`${'漢'.repeat(11)}…`)
  expect(fitLine(PLAIN, '')).toBe('')
})

test('escapeLines keeps the line ends and nothing else', () => {
  expect(escapeLines('a\u001b[1m\nb\r\n')).toBe('a\\x1b[1m\nb\\x0d\n')
})

test('escapeJson is the same data', () => {
  const data = { text: '\u001b[1m \u009b \u202e \u{e0041} ##[error] "\\' }
  const json = escapeJson(JSON.stringify(data, null, 2))
  expect(JSON.parse(json)).toEqual(data)
  expect(json).toMatch(/^[\n -~]*$/)
  expect(json).not.toContain('##[')
})

describe('escapeWorkflow', () => {
  test.each([
    ['::error::boom', '\\x3a:error::boom'],
    ['  ::set-output name=a::b', '  \\x3a:set-output name=a::b'],
    ['one\n::warning file=a,line=1::two', 'one\n\\x3a:warning file=a,line=1::two'],
    ['see ##[error]boom', 'see #\\x23[error]boom'],
  ])('%j', (text, shown) => {
    expect(escapeWorkflow(text)).toBe(shown)
  })

  test.each(['::1', '  ::ffff:192.0.2.1  12', 'GET /a::error::b', '## heading [link]'])('%j stays', text => {
    expect(escapeWorkflow(text)).toBe(text)
  })
})

test('toAscii spells typography and codes the rest', () => {
  expect(toAscii('“a” – b · ≥ 1 … →')).toBe('"a" - b | >= 1 ... ->')
  expect(toAscii('Zoë 😀')).toBe('Zo\\xeb \\u{1f600}')
})
