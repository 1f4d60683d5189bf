import { expect, test } from 'vitest'
import { configSchema } from '../../src/workbook/config.js'
import { splitWords } from '../../src/workbook/samplers.js'
import { parseYaml } from '../../src/workbook/yaml-file.js'

const read = (text: string) => parseYaml(text, configSchema, { file: 'whyslow.yaml' }).samplers

test('a sampler is its words, with the placeholders', () => {
  expect(
    read(`samplers:
  py-spy: { command: "py-spy record --pid {pid} --duration {seconds} -o {out}", output: collapsed }
`),
  ).toEqual([
    {
      name: 'py-spy',
      words: ['py-spy', 'record', '--pid', '{pid}', '--duration', '{seconds}', '-o', '{out}'],
      output: 'collapsed',
    },
  ])
  expect(read('samplers:\n')).toEqual([])
})

test.for([
  ['x {pid} {out}', 'raw', /expected collapsed, pprof/],
  ['x {pid}', 'collapsed', /with \{out\} in it/],
  ['x {out}', 'collapsed', /with \{pid\} in it/],
  ['x {pid} {out} {time}', 'collapsed', /found \{time\}/],
  [`x '{pid} {out}`, 'collapsed', /quotes are closed/],
  ['{out} {pid}', 'collapsed', /begins with its program/],
])('%s as %s is refused at its place', ([command, output, expected]) => {
  const text = `samplers:\n  spy: {command: ${JSON.stringify(command)}, output: ${output}}\n`
  expect(() => read(text)).toThrow(expected as RegExp)
  expect(() => read(text)).toThrow(/whyslow\.yaml:2:\d+/)
})

test('words are split as a shell splits them, and no shell is there', () => {
  expect(splitWords(`a 'b c' "d \\"e\\" $f" g\\ h`)).toEqual(['a', 'b c', 'd "e" $f', 'g h'])
  expect(splitWords(`a"b"'c'd ''`)).toEqual(['abcd', ''])
  expect(splitWords('a; rm -rf $(x) | b > c')).toEqual(['a;', 'rm', '-rf', '$(x)', '|', 'b', '>', 'c'])
  expect(splitWords('  ')).toEqual([])
  expect(splitWords('a "b')).toBeNull()
  expect(splitWords('a\\')).toBeNull()
})
