import { expect, test } from 'vitest'
import { z } from 'zod'
import { WhyslowError } from '../../src/errors.js'
import { parseYaml } from '../../src/workbook/yaml-file.js'

const schema = z.strictObject({
  id: z.string(),
  status: z.enum(['reported', 'framed']).optional(),
  answer: z
    .union([
      z.literal('unknown'),
      z.strictObject({ value: z.union([z.string(), z.number()]), source: z.enum(['measured', 'person']) }),
    ])
    .optional(),
  list: z.array(z.strictObject({ name: z.string(), size: z.number().min(1).max(9) })).optional(),
  by: z.record(z.string(), z.strictObject({ n: z.int() })).optional(),
})

function problems(text: string, linesBefore = 0): string[] {
  try {
    parseYaml(text, schema, { file: 'f', linesBefore })
  } catch (error) {
    if (error instanceof WhyslowError)
      return error.message
        .split('\n')
        .slice(1)
        .map(line => line.slice(4))
    throw error
  }
  return []
}

test('a union says what was wrong inside of the branch that was meant', () => {
  expect(problems('id: a\nanswer: unknwn')).toEqual([
    '2:9  expected unknown or a mapping, found “unknwn”; did you mean “unknown”?',
  ])
  expect(problems('id: a\nanswer: {value: [1], sorce: person}')).toEqual([
    '2:17  expected text or a number, found a list',
    '2:22  unknown key “sorce”; did you mean “source”?',
  ])
  expect(problems('id: a\nanswer:\n  value: 3\n  source: persn\n')).toEqual([
    '4:11  expected measured or person, found “persn”; did you mean “person”?',
  ])
  expect(problems('id: a\nanswer: 3')).toEqual(['2:9  expected unknown or a mapping, found the number 3'])
})

test('missing keys are named once, at the mapping that lacks them', () => {
  expect(problems('status: framed\nanswer:\n  value: 3\nlist:\n  - size: 3\n')).toEqual([
    '1:1  “id” is missing: expected text',
    '2:1  “source” is missing: expected measured or person',
    '5:5  “name” is missing: expected text',
  ])
  expect(problems('')).toEqual(['1:1  “id” is missing: expected text'])
})

test('lists, records, limits and empty values', () => {
  expect(
    problems(
      'id:\nlist:\n  - name: x\n    size: 0\n  - {name: y, size: 10, nme: 1}\n  - 3\nby:\n  one: {n: 1.5}\n  two: {m: 1}\n',
    ),
  ).toEqual([
    '1:1  expected text, found nothing',
    '4:11  expected a number of at least 1, found the number 0',
    '5:21  expected a number of at most 9, found the number 10',
    '5:25  unknown key “nme”; did you mean “name”?',
    '6:5  expected a mapping, found the number 3',
    '8:12  expected a whole number, found the number 1.5',
    '9:9  unknown key “m”; did you mean “n”?',
  ])
})

test('syntax errors are located, and nothing is guessed from a text that is broken', () => {
  expect(problems('id: a\n\tstatus: framed\n')).toEqual(['2:1  indented with a tab: expected spaces'])
  expect(problems('id: a\nlist: [1, 2\nstatus: framed\n', 1)[0]).toMatch(/^4:1 {2}bad indentation: /)
  expect(problems('id: "a\nstatus: framed\n')[0]).toMatch(/^\d:\d+ {2}missing closing "quote/)
  expect(problems('id: a: b\n')[0]).toMatch(/^1:5 {2}a second “: ” on one line/)
  expect(problems('id: *a\n')).toEqual([
    "1:5  “*a” names no anchor before it; quote the text if it isn't an alias",
  ])
  expect(problems('id: a\n---\nid: b\n')).toEqual(['2:1  a second YAML document: expected only one'])
  expect(problems('- a\n')).toEqual(['1:1  expected a mapping, found a list'])
  expect(problems('just text')).toEqual(['1:1  expected a mapping, found “just text”'])
})

test('a key that is there twice is reported together with what else is wrong', () => {
  expect(problems('id: a\nstatus: x\nid: b\n"status": y\n')).toEqual([
    '3:1  the key “id” is there twice',
    '4:1  the key “status” is there twice',
    '4:11  expected reported or framed, found “y”',
  ])
})

test('aliases are followed, and a bomb of them is refused', () => {
  expect(parseYaml('id: &x a\nby: {one: &n {n: 1}, two: *n}', schema, { file: 'f' }).by).toEqual({
    one: { n: 1 },
    two: { n: 1 },
  })
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const [index, name] of [...'bcdefgh'].entries()) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${'abcdefg'[index]}`).join(', ')}]`)
  }
  expect(problems(bomb.join('\n'))[0]).toContain("can't be read: Excessive alias count")
})

test('many problems are cut short', () => {
  const text = `id: a\n${Array.from({ length: 50 }, (_, n) => `k${n}: 1`).join('\n')}\n`
  const found = problems(text)
  expect(found.length).toBe(21)
  expect(found.at(-1)).toBe('and 30 more')
})
