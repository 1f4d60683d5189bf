import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { spliceYaml } from '../../src/workbook/splice.js'
import { applyEdit, diffValues, toPlainValue, type YamlEdit } from '../../src/workbook/yaml-edits.js'

/** A document as a person might have typed it: its text, and whether it is laid out in a flow collection. */
type Style = 'plain' | 'single' | 'double' | 'block' | 'empty'
type Leaf = { kind: 'leaf'; value: string | number | boolean | null; style: Style }
type Entry = { key: string; node: Typed; above: boolean; behind: boolean; blank: boolean; gap: number }
type Typed = Leaf | { kind: 'map' | 'list'; flow: boolean; tight: boolean; entries: Entry[] }

const word = fc.oneof(
  fc.constantFrom(
    'a: b #c',
    '#x',
    '- y',
    '',
    ' ',
    'yes',
    'null',
    '5',
    '~',
    '[',
    '{a',
    "it's",
    '"q"',
    '日本 é',
    'a, b',
    '&x',
    '*y',
    '!z',
    '%',
    '@',
    '|',
    '>',
    '---',
    '2026-01-01T00:00:00Z',
    'key:',
    ': ',
    'a\tb',
    '\u0007',
    '\ufeff',
    '1e3',
    '0x1f',
    '\\n',
    'x'.repeat(200),
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const lines = fc.array(
  fc.oneof(fc.constantFrom('', ' lead', 'trail ', '# no comment', '- x', 'a: b'), word),
  { minLength: 1, maxLength: 4 },
)
const text = fc.oneof(
  { weight: 4, arbitrary: word },
  lines.map(all => all.join('\n')),
  lines.map(all => `${all.join('\n')}\n`),
)
const scalar = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)
const key = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'id',
    'GET /x/:id',
    'x y',
    '1',
    'é',
    '__proto__',
    'constructor',
    '#k',
    '"k"',
    'a: b',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
)

const { typed } = fc.letrec<{ typed: Typed; leaf: Leaf; branch: Typed }>(tie => ({
  typed: fc.oneof({ depthSize: 'small', maxDepth: 4 }, tie('leaf'), tie('branch')) as fc.Arbitrary<Typed>,
  leaf: fc.record({
    kind: fc.constant('leaf' as const),
    value: scalar,
    style: fc.constantFrom<Style>('plain', 'single', 'double', 'block', 'empty'),
  }),
  branch: fc.record({
    kind: fc.constantFrom('map' as const, 'list' as const),
    flow: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    tight: fc.boolean(),
    entries: fc.uniqueArray(
      fc.record({
        key,
        node: tie('typed') as fc.Arbitrary<Typed>,
        above: fc.boolean(),
        behind: fc.boolean(),
        blank: fc.boolean(),
        gap: fc.integer({ min: 1, max: 4 }),
      }),
      { selector: entry => entry.key, maxLength: 5 },
    ),
  }),
}))

let comments = 0
const comment = () => {
  comments += 1
  return `# comment ${comments}.`
}

function typeFlow(node: Typed): string {
  if (node.kind === 'leaf')
    return node.style === 'single' && typeof node.value === 'string' && /^[ -~]*$/.test(node.value)
      ? `'${node.value.replaceAll("'", "''")}'`
      : JSON.stringify(node.value)
  if (node.kind === 'list') return `[${node.entries.map(entry => typeFlow(entry.node)).join(', ')}]`
  return `{${node.entries.map(entry => `${JSON.stringify(entry.key)}: ${typeFlow(entry.node)}`).join(', ')}}`
}

/** What stands behind a key or a dash: the rest of its line, and the lines below. */
function typeBlock(node: Typed, indent: number, behind: string): string {
  if (node.kind === 'leaf') {
    if (node.style === 'empty' && node.value === null) return `${behind}\n`
    if (node.style === 'block' && typeof node.value === 'string' && /^[a-z].*\n$/s.test(node.value)) {
      const block = stringify({ k: node.value }, { lineWidth: 0 })
      if (block.startsWith('k: |'))
        return ` ${block
          .slice(3)
          .replace('\n', `${behind}\n`)
          .replaceAll('\n  ', `\n${' '.repeat(indent + 2)}`)}`
    }
    if (node.style === 'plain') {
      const plain = stringify(node.value, { lineWidth: 0 })
      if (plain.split('\n').length === 2) return ` ${plain.trimEnd()}${behind}\n`
    }
    return ` ${typeFlow(node)}${behind}\n`
  }
  if (node.flow || node.entries.length === 0) return ` ${typeFlow(node)}${behind}\n`
  const inner = indent + (node.kind === 'list' && node.tight ? 0 : 2)
  return `${behind}\n${typeEntries(node, Math.max(inner, 0))}`
}

function typeEntries(node: Exclude<Typed, Leaf>, indent: number): string {
  const pad = ' '.repeat(indent)
  return node.entries
    .map(entry => {
      const above = (entry.blank ? '\n' : '') + (entry.above ? `${pad}${comment()}\n` : '')
      const behind = entry.behind ? `${' '.repeat(entry.gap)}${comment()}` : ''
      const head = node.kind === 'map' ? `${stringify(entry.key).trimEnd()}:` : '-'
      const isTightList = node.kind === 'list' && entry.node.kind === 'list'
      const below = isTightList && entry.node.kind !== 'leaf' ? { ...entry.node, tight: false } : entry.node
      return `${above}${pad}${head}${typeBlock(below, indent, behind)}`
    })
    .join('')
}

const documents = fc
  .tuple(typed, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([node, crlf, ended, headed]) => {
    comments = 0
    const head = headed ? `${comment()}\n` : ''
    const root =
      node.kind === 'leaf'
        ? {
            kind: 'map' as const,
            flow: false,
            tight: false,
            entries: [{ key: 'k', node, above: false, behind: true, blank: false, gap: 2 }],
          }
        : node
    const body = root.flow || root.entries.length === 0 ? `${typeFlow(root)}\n` : typeEntries(root, 0)
    const all = head + body
    const whole = ended ? all : all.replace(/\n$/, '')
    return crlf ? whole.replaceAll('\n', '\r\n') : whole
  })

const newValue = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
})).value

function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path]
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return [path, ...steps.flatMap(step => pathsOf((value as Record<string, unknown>)[step], [...path, step]))]
}

function pickEdit(value: unknown, at: number, kind: number, name: string, to: unknown): YamlEdit | undefined {
  const paths = pathsOf(value)
  const path = paths[at % paths.length]!
  const target = path.reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], value)
  if (kind === 0 && path.length > 0) return { path, delete: true }
  if (kind === 1 && Array.isArray(target))
    return { path, insert: at % 2 === 0 ? [to] : [to, 'and'], at: at % (target.length + 1) }
  if (kind === 2 && !Array.isArray(target) && typeof target === 'object')
    return { path: [...path, name], value: to }
  return path.length > 0 ? { path, value: to } : undefined
}

const edits = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 4 }), key, newValue)
const commentsIn = (yaml: string) => yaml.match(/# comment \d+\./g) ?? []

/** `parse` gives `-0` for `-0`; JSON doesn't. */
const valid = (yaml: string) => {
  try {
    const value = parse(yaml) as unknown
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

test('any edit of any document reads as what was meant, and comments elsewhere survive', () => {
  const seen = { documents: 0, edits: 0, lostComments: 0 }
  fc.assert(
    fc.property(documents, fc.array(edits, { minLength: 1, maxLength: 4 }), (yaml, wanted) => {
      fc.pre(valid(yaml))
      seen.documents += 1
      let before = yaml
      for (const [at, kind, name, to] of wanted) {
        const value = parse(before) as unknown
        const edit = pickEdit(value, at, kind, name, to)
        const applied = edit && applyEdit(value, edit)
        if (!applied) continue
        seen.edits += 1
        const after = spliceYaml(before, [edit])
        expect(parse(after)).toEqual(applied.value)
        const addsOnly = 'insert' in applied.edit || isScalarChange(value, applied.edit)
        if (addsOnly && commentsIn(after).length !== commentsIn(before).length) {
          seen.lostComments += 1
          throw new Error(`lost a comment:\n${before}\n→ ${JSON.stringify(edit)}\n${after}`)
        }
        if (before.includes('\r\n') && !/[^\r]\n/.test(before)) expect(after).not.toMatch(/[^\r]\n/)
        before = after
      }
    }),
    { numRuns: 1000, seed: 7 },
  )
  expect(seen.edits).toBeGreaterThan(1000)
})

function isScalarChange(value: unknown, edit: YamlEdit): boolean {
  if (!('value' in edit)) return false
  const old = edit.path.reduce<unknown>(
    (inner, step) => (inner as Record<string, unknown> | undefined)?.[step],
    value,
  )
  return typeof old !== 'object' || old === null
}

test('one changed scalar changes only the lines that it stood on', () => {
  fc.assert(
    fc.property(documents, fc.nat(), scalar, (yaml, at, to) => {
      fc.pre(valid(yaml))
      const value = parse(yaml) as unknown
      const leaves = pathsOf(value).filter(
        path => path.length > 0 && isScalarChange(value, { path, value: to }),
      )
      const path = leaves[at % leaves.length]
      fc.pre(path !== undefined && leaves.length > 0)
      const before = yaml.split('\n')
      const after = spliceYaml(yaml, [{ path: path!, value: to }]).split('\n')
      let same = 0
      while (same < before.length && before[same] === after[same]) same += 1
      let tail = 0
      while (
        tail < before.length - same &&
        tail < after.length - same &&
        before.at(-1 - tail) === after.at(-1 - tail)
      )
        tail += 1
      const old = path!.reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], value)
      const most = typeof old === 'string' ? old.split('\n').length + 1 : 1
      expect(before.length - same - tail).toBeLessThanOrEqual(most)
    }),
    { numRuns: 600, seed: 11 },
  )
})

test('the difference of two values, spliced, makes one into the other', () => {
  fc.assert(
    fc.property(fc.dictionary(key, newValue), fc.dictionary(key, newValue), (one, other) => {
      const yaml = stringify(one)
      fc.pre(isDeepStrictEqual(parse(yaml), one))
      expect(parse(spliceYaml(yaml, diffValues(one, other)))).toEqual(toPlainValue(other))
    }),
    { numRuns: 300, seed: 13 },
  )
})
