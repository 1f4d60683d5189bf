import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { spliceYaml } from '../../src/workbook/splice.js'
import { diffValues, type YamlEdit } from '../../src/workbook/yaml-edits.js'

const set = (text: string, path: (string | number)[], value: unknown) => spliceYaml(text, [{ path, value }])
const add = (text: string, path: (string | number)[], insert: unknown, at?: number) =>
  spliceYaml(text, [at === undefined ? { path, insert: [insert] } : { path, insert: [insert], at }])
const cut = (text: string, path: (string | number)[]) => spliceYaml(text, [{ path, delete: true }])

const STORY = `# schema
id: get-orders        # never change this
title:   'Orders: slow for ''big'' customers'   # quoted on purpose
status:  reported     # where we are
route: "GET /orders/:id"
empty:
nothing: # yet
scope: {where: "route = 'x'", window: null}   # flow

questions:
  impact: unknown     # ask Ana
  shown: unknown
  # the next one is hard
  churn: {value: 3, source: measured}

text: |  # kept
  first
  second

folded: >-
  one
  two
list:
- a   # one
- b
# before steps
steps:
  - id: s1

    text: x
  # between
  - id: s2
    text: "y"
    # deep end
# the end
`

test('one value changes, nothing else', () => {
  const column = STORY.split('\n')[2]!.indexOf('#')
  const change = (path: (string | number)[], value: unknown) => {
    const before = STORY.split('\n')
    const after = set(STORY, path, value).split('\n')
    expect(after.length).toBe(before.length)
    return after.filter((line, index) => line !== before[index])
  }
  expect(change(['status'], 'framed')).toEqual(['status:  framed       # where we are'])
  expect(change(['status'], 'investigating it')).toEqual(['status:  investigating it # where we are'])
  expect(change(['title'], "it's #1: slow")).toEqual([
    `${"title:   'it''s #1: slow'".padEnd(column)}# quoted on purpose`,
  ])
  expect(change(['title'], 7)).toEqual([`${'title:   7'.padEnd(column)}# quoted on purpose`])
  expect(change(['route'], 'GET /"x"')).toEqual(['route: "GET /\\"x\\""'])
  expect(change(['id'], 'a: b #c')).toEqual(['id: "a: b #c"         # never change this'])
  expect(change(['id'], '5')).toEqual(['id: "5"               # never change this'])
  expect(change(['empty'], 'x')).toEqual(['empty: x'])
  expect(change(['nothing'], 5)).toEqual(['nothing: 5 # yet'])
  expect(change(['scope', 'window'], 'a, b')).toEqual([
    `scope: {where: "route = 'x'", window: "a, b"}   # flow`,
  ])
  expect(change(['scope', 'window'], { from: 'x', to: 'y' })).toEqual([
    `scope: {where: "route = 'x'", window: {from: x, to: y}}   # flow`,
  ])
  expect(change(['scope', 'more'], 1)).toEqual([
    `scope: {where: "route = 'x'", window: null, more: 1}   # flow`,
  ])
  expect(change(['questions', 'churn', 'value'], 4)).toEqual(['  churn: {value: 4, source: measured}'])
  expect(change(['list', 0], true)).toEqual(['- true # one'])
  expect(change(['steps', 1, 'text'], 'z')).toEqual(['    text: "z"'])
  expect(change(['steps', 0, 'id'], null)).toEqual(['  - id: null'])
})

test('a value that becomes a mapping keeps the comment on its line', () => {
  const after = set(STORY, ['questions', 'impact'], { value: 'stuck', source: 'person' })
  expect(after).toContain(
    '  impact:             # ask Ana\n    value: stuck\n    source: person\n  shown: unknown\n',
  )
  expect(set('a: 1\nb: 2', ['b'], [1, { c: 2 }])).toBe('a: 1\nb:\n  - 1\n  - c: 2\n')
  expect(set('a: []  # none\n', ['a'], ['x'])).toBe('a:     # none\n  - x\n')
  expect(set('- 1\n- 2 # two\n', [0], { a: 1, b: [2] })).toBe('- a: 1\n  b:\n    - 2\n- 2 # two\n')
  expect(set('- 1\n- 2 # two\n', [1], { a: 1 })).toBe('- 1\n- # two\n  a: 1\n')
})

test('a collection that becomes a value', () => {
  expect(set('a: # c\n  b: 1 # gone\n  # kept\nd: 2\n', ['a'], 'x')).toBe('a: x # c\n  # kept\nd: 2\n')
  expect(set('- a: 1\n  b: 2\n- 3\n', [0], 'x')).toBe('- x\n- 3\n')
  expect(set('a:\n- 1\n- 2\nb: 3\n', ['a'], [])).toBe('a: []\nb: 3\n')
})

test('texts of several lines', () => {
  expect(set(STORY, ['text'], 'other\n')).toContain('\ntext: |  # kept\n  other\n\nfolded')
  expect(set(STORY, ['text'], 'one line')).toContain('\ntext: one line # kept\n\nfolded')
  expect(set(STORY, ['status'], 'one\n  two')).toContain(
    '\nstatus: |-            # where we are\n  one\n    two\nroute',
  )
  expect(parse(set(STORY, ['folded'], 'a\nb\n\n')).folded).toBe('a\nb\n\n')
  expect(set(STORY, ['route'], 'a\nb')).toContain('route: "a\\nb"\n')
  expect(set('a: "x\n  y" # c\nb: 1\n', ['a'], 'z')).toBe('a: "z" # c\nb: 1\n')
})

test('texts that are misread as block scalars are written in quotes', () => {
  expect(set('k: 0 # c\n', ['k'], ' \n')).toBe('k: "\\ \\n" # c\n')
  expect(set('a: {}\n', ['a'], [{ b: '?\nyes' }])).toBe('a:\n  - b: |-\n      ?\n      yes\n')
  expect(set('{a: {}}\n', ['a'], [{ b: '?\nyes' }])).toBe('{a: [{"b":"?\\nyes"}]}\n')
  expect(parse(set('a: 1\n', ['b'], [[{ ' ': ' \n' }]]))).toEqual({ a: 1, b: [[{ ' ': ' \n' }]] })
})

test('entries are added at the end of their mapping or list', () => {
  expect(add(STORY, ['list'], 'c')).toContain('- b\n- c\n# before steps\n')
  expect(add(STORY, ['list'], 'c', 0)).toContain('list:\n- c\n- a   # one\n')
  expect(add(STORY, ['steps'], { id: 's3', text: 'a: b' })).toContain(
    '    # deep end\n  - id: s3\n    text: "a: b"\n# the end\n',
  )
  expect(add(STORY, ['steps'], { id: 's3' }, 1)).toContain(
    '    text: x\n  - id: s3\n  # between\n  - id: s2\n',
  )
  expect(set(STORY, ['questions', 'new'], [])).toContain('source: measured}\n  new: []\n\ntext')
  expect(set(STORY, ['new'], { a: { b: [] } })).toContain('# deep end\nnew:\n  a:\n    b: []\n# the end\n')
  expect(set(STORY, ['steps', 0, 'more'], 1)).toContain('    text: x\n    more: 1\n  # between\n')
  expect(set(STORY, ['deep', 'er', 'est'], 1)).toContain('deep:\n  er:\n    est: 1\n')
  expect(add(STORY, ['nothing'], 1)).toContain('\nnothing: # yet\n  - 1\nscope')
  expect(add('a: [1, 2]\n', ['a'], 'x, y')).toBe('a: [1, 2, "x, y"]\n')
  expect(add('a: [1, 2]\n', ['a'], 0, 0)).toBe('a: [0, 1, 2]\n')
  expect(add('a: [\n  1,\n  2,\n]\n', ['a'], 3)).toBe('a: [\n  1,\n  2,\n  3,\n]\n')
  expect(add('- - 1\n  - 2\n', [0], 0, 0)).toBe('- - 0\n  - 1\n  - 2\n')
  expect(set('', ['a'], 1)).toBe('a: 1\n')
  expect(set('# only a comment', ['a'], { b: 1 })).toBe('# only a comment\na:\n  b: 1\n')
  expect(set('{}\n', ['a'], 1)).toBe('a: 1\n')
  expect(set('a: 1', ['b'], 2)).toBe('a: 1\nb: 2\n')
})

test('entries are taken out', () => {
  expect(cut(STORY, ['status'])).toBe(STORY.replace('status:  reported     # where we are\n', ''))
  expect(cut(STORY, ['text'])).toBe(STORY.replace('text: |  # kept\n  first\n  second\n', ''))
  expect(cut(STORY, ['steps', 0])).toBe(STORY.replace('  - id: s1\n\n    text: x\n', ''))
  expect(cut(STORY, ['steps', 0, 'id'])).toContain('  - text: x\n  # between\n')
  expect(cut(STORY, ['scope', 'where'])).toContain('scope: {window: null}   # flow')
  expect(cut(STORY, ['scope', 'window'])).toContain(`scope: {where: "route = 'x'"}   # flow`)
  expect(cut('a:\n  b: 1\nc: 2\n', ['a', 'b'])).toBe('a: {}\nc: 2\n')
  expect(cut('a:\n- b\n', ['a', 0])).toBe('a: []\n')
  expect(cut(STORY, ['missing'])).toBe(STORY)
})

test('line breaks stay as they are', () => {
  const windows = STORY.replaceAll('\n', '\r\n')
  const edits: YamlEdit[] = [
    { path: ['status'], value: 'framed' },
    { path: ['list'], insert: [{ a: 1, b: 2 }] },
    { path: ['empty'], value: 'one\ntwo\n' },
    { path: ['text'], delete: true },
    { path: ['new'], value: ['x'] },
  ]
  expect(spliceYaml(windows, edits)).toBe(spliceYaml(STORY, edits).replaceAll('\n', '\r\n'))
})

test('a byte order mark and a missing last line break are no obstacle', () => {
  expect(set('\ufeffa: 1', ['a'], 2)).toBe('\ufeffa: 2')
  expect(set('\ufeffa: 1', ['b'], 2)).toBe('\ufeffa: 1\nb: 2\n')
  expect(set('\ufeff', ['b'], 2)).toBe('\ufeffb: 2\n')
})

test('anchors, tags and explicit keys: the smallest part around them is written anew, comments kept', () => {
  const text =
    'base: &base {a: 1} # shared\nuse:\n  # mine\n  x: *base # y\nother: !!str 5 # s\n? odd\n: v\nz: 1 # z\n'
  expect(parse(set(text, ['use', 'x', 'a'], 2))).toMatchObject({ base: { a: 1 }, use: { x: { a: 2 } } })
  expect(parse(set(text, ['base', 'a'], 2), { merge: false })).toMatchObject({
    base: { a: 2 },
    use: { x: { a: 1 } },
  })
  for (const after of [
    set(text, ['other'], 6),
    set(text, ['odd'], 'w'),
    cut(text, ['odd']),
    set(text, ['odd'], { k: 1 }),
  ]) {
    for (const comment of ['# shared', '# mine', '# z']) expect(after).toContain(comment)
  }
})

test('a text that is not valid YAML is refused, located', () => {
  expect(() => spliceYaml('a: [1\nb: 2\n', [{ path: ['b'], value: 3 }], { file: 'x.yaml' })).toThrow(
    'x.yaml:2:1',
  )
})

test('the difference of two values is as small as it can be', () => {
  const before = {
    a: 1,
    b: { c: [1, 2], d: 'x' },
    list: [
      { id: 'one', n: 1 },
      { id: 'two', n: 2 },
      { id: 'three', n: 3 },
    ],
  }
  const after = {
    a: 1,
    b: { c: [1, 2, 3], e: undefined },
    list: [{ id: 'zero' }, { id: 'one', n: 1 }, { id: 'three', n: 4 }],
    f: null,
  }
  expect(diffValues(before, after)).toEqual([
    { path: ['b', 'd'], delete: true },
    { path: ['b', 'c'], insert: [3], at: 2 },
    { path: ['list', 1], delete: true },
    { path: ['list'], insert: [{ id: 'zero' }], at: 0 },
    { path: ['list', 2, 'n'], value: 4 },
    { path: ['f'], value: null },
  ])
  expect(diffValues(before, before)).toEqual([])
  expect(diffValues([1, 1], [1])).toEqual([{ path: [], value: [1] }])
  expect(diffValues({ a: [1, 2] }, { a: [2, 1] })).toEqual([{ path: ['a'], value: [2, 1] }])
})
