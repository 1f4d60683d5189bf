import { expect, test } from 'vitest'
import { ArithmeticError, parseArithmetic } from '../../src/stats/arithmetic.js'

const NAMES = ['money', 'effort']
const VALUES = { money: 10, effort: 4 }

test.each([
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['10 - 4 - 3', 3],
  ['16 / 4 / 2', 2],
  ['-2 * -(3 + 1)', 8],
  ['2--3', 5],
  ['money / effort', 2.5],
  ['log(1) + sqrt(effort) + min(5, money, 7) + max(1, 2)', 9],
  ['0.5*money', 5],
])('%s', (text, value) => {
  expect(parseArithmetic(text, NAMES).evaluate(VALUES)).toBeCloseTo(value, 12)
})

test('it knows which names were used', () => {
  expect(parseArithmetic('money * money + 1', NAMES).names).toEqual(['money'])
})

test.each([
  ['', 1, 'expected a number, a name or a bracket, found the end'],
  ['money +', 8, 'found the end'],
  ['(money', 7, 'expected “)”, found the end'],
  ['money effort', 7, 'expected the end or one of + - * /, found “effort”'],
  ['2 * mony', 5, 'expected one of money, effort, or one of the functions log, sqrt, min, max; found “mony”'],
  ['sqrt(1, 2)', 1, 'expected sqrt of 1 value, found 2'],
  ['sqrt', 5, 'expected “(”, found the end'],
  ['1.2.3', 1, 'found “1.2.3”'],
  ['2money', 1, 'found “2money”'],
  ['constructor', 1, 'found “constructor”'],
  ['process.exit(1)', 1, 'found “process.exit”'],
  ['money; 1', 6, 'found “;”'],
  [`${'('.repeat(51)}1${')'.repeat(51)}`, 52, 'at most 50 levels'],
])('refused: %s', (text, character, message) => {
  try {
    parseArithmetic(text, NAMES)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(ArithmeticError)
    expect(error).toMatchObject({ character, message: expect.stringContaining(message) })
  }
})
