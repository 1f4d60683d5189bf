import { describe, expect, test } from 'vitest'
import { describeChange, flagsOf } from '../../src/evidence/whatif/name-change.js'
import { type ChangeFlags, readChange } from '../../src/steps/read-change.js'

const CHANGES: [ChangeFlags, string, string][] = [
  [{ 'without-mode': '900ms' }, 'no peak at 900 ms', '--without-mode 900ms'],
  [{ cap: '1.5s' }, 'no answer over 1.50 s', '--cap 1500ms'],
  [
    { cap: '400ms', share: '80%' },
    '80% of the answers over 400 ms capped at that',
    '--cap 400ms --share 0.8',
  ],
  [{ part: 'upstream', times: '3' }, 'the upstream 3 times faster', '--part upstream --times 3'],
  [{ part: 'queue', free: true }, 'the queue taking no time', '--part queue --free'],
  [{ span: 'db query', times: '1.5x' }, 'span “db query” 1.5 times faster', '--span db query --times 1.5'],
  [{ parallel: 'db query' }, 'calls of “db query” side by side', '--parallel db query'],
]

test.each(CHANGES)('%j', (flags, words, named) => {
  const change = readChange(flags)!
  expect(describeChange(change)).toBe(words)
  expect(flagsOf(change).join(' ')).toBe(named)
})

test('no flag is no change', () => {
  expect(readChange({})).toBeNull()
  expect(readChange({ free: false })).toBeNull()
})

const WRONG: [ChangeFlags, string][] = [
  [{ cap: '400ms', span: 'x', free: true }, 'found --cap and --span'],
  [{ cap: '0ms' }, 'more than 0 behind --cap'],
  [{ cap: 'soon' }, 'Expected a duration'],
  [{ cap: '400ms', share: '0%' }, 'more than 0 behind --share'],
  [{ cap: '400ms', share: '120%' }, 'Expected a share'],
  [{ share: '80%' }, '--share is for --cap'],
  [{ times: '3' }, '--times and --free are for --part and --span'],
  [{ parallel: 'x', free: true }, '--times and --free are for --part and --span'],
  [{ part: 'queue' }, 'How many times faster?'],
  [{ part: 'queue', times: '3', free: true }, 'found both'],
  [{ part: 'queue', times: '0.5' }, 'more than 1, found “0.5”'],
  [{ part: 'queue', times: '-2' }, 'found “-2”'],
  [{ part: 'queue', times: 'fast' }, 'found “fast”'],
  [{ span: ' ', free: true }, 'Expected the name of a span behind --span'],
]

describe('wrong use', () => {
  test.each(WRONG)('%j', (flags, message) => {
    expect(() => readChange(flags)).toThrow(message)
  })
})
