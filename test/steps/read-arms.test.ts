import { describe, expect, test } from 'vitest'
import { readArms, showArms } from '../../src/steps/read-arms.js'

const OPEN = { where: null, from: null, to: null }
const WHERE = { 'where-before': "upstream = 'a'", 'where-after': "upstream = 'b'" }

test('side by side', () => {
  expect(readArms(WHERE)).toEqual({
    design: 'canary',
    before: { ...OPEN, where: "upstream = 'a'" },
    after: { ...OPEN, where: "upstream = 'b'" },
  })
  expect(readArms({ ...WHERE, before: '2026-10-01..', after: '2026-10-01..' })!.design).toBe('canary')
  expect(readArms({ ...WHERE, before: '2026-10-01..2026-10-08', after: '2026-10-07..' })!.design).toBe(
    'canary',
  )
})

test('apart in time, also when each side has a where', () => {
  const periods = { before: '2026-10-01..2026-10-08', after: '2026-10-08..' }
  expect(readArms(periods)).toEqual({
    design: 'before-after',
    before: { where: null, from: '2026-10-01T00:00:00.000Z', to: '2026-10-08T00:00:00.000Z' },
    after: { where: null, from: '2026-10-08T00:00:00.000Z', to: null },
  })
  expect(readArms({ ...WHERE, ...periods })!.design).toBe('before-after')
  expect(readArms({ ...WHERE, before: periods.after, after: periods.before })!.design).toBe('before-after')
})

test('nothing named is null', () => expect(readArms({})).toBeNull())

describe('refused', () => {
  test.each([
    [{ before: '2026-10-01..2026-10-08' }, '--before names one side; --after is missing.'],
    [{ after: '2026-10-01..2026-10-08' }, '--after names one side; --before is missing.'],
    [{ 'where-before': 'status = 200' }, '--where-before names one side; --where-after is missing.'],
    [
      { before: '2026-10-01..2026-10-08', after: '2026-10-07..' },
      'The side before must end when the side after begins, or earlier.',
    ],
    [{ before: '2026-10-08..', after: '2026-10-08..' }, 'The side before must end'],
    [{ before: '2026-10-08..2026-10-09', after: '2026-10-01..2026-10-02' }, 'The side before must end'],
    [
      { before: 'last week', after: '2026-10-01..' },
      'Expected a period such as 2026-10-01..2026-10-08, found “last week”.',
    ],
  ])('%o', (flags, message) => expect(() => readArms(flags)).toThrow(message))
})

test('what is shown reads the same again', () => {
  const text = showArms(readArms({ before: '2026-10-01..2026-10-08T09:30', after: '2026-10-08T09:30..' })!)
  expect(text).toBe('--before 2026-10-01..2026-10-08T09:30:00Z --after 2026-10-08T09:30:00Z..')
  expect(showArms(readArms(WHERE)!)).toBe(
    `--where-before 'upstream = '\\''a'\\''' --where-after 'upstream = '\\''b'\\'''`,
  )
  const [, before, , after] = text.split(' ')
  expect(showArms(readArms({ before: before!, after: after! })!)).toBe(text)
})
