import { expect, test } from 'vitest'
import { readArms, readArmsOf, showArms } from '../../src/steps/read-arms.js'

test.each([
  { before: '2026-10-01..2026-10-08', after: '2026-10-08T12:00:00Z..' },
  {
    before: '2026-10-01..',
    after: '2026-10-01..',
    'where-before': `upstream = 'a b' AND path <> 'it''s'`,
    'where-after': 'upstream = "c\\d"',
  },
])('arms are read back from the command that names them: %o', flags => {
  const arms = readArms(flags)!
  expect(readArmsOf(`whyslow story close x --measure ${showArms(arms)} --all-traffic`)).toEqual(arms)
})

test('a command that names none has none', () => {
  expect(readArmsOf('whyslow story close x --measure')).toBeNull()
})
