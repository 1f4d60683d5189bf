import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCommands } from '../scripts/console-blocks.js'

/** Required keys, as CONTRIBUTING.md writes them: `{sources: [{id, file}], warnings}`. Null: any value. */
type Shape = { [key: string]: Shape } | [Shape] | null

function parseShape(text: string): Shape {
  const tokens = text.match(/[{}[\],:]|\w+/g) ?? []
  const read = (): Shape => {
    const token = tokens.shift()
    if (token === '[') {
      const shape = read()
      tokens.shift()
      return [shape]
    }
    const shape: Shape = {}
    for (let key = tokens.shift(); key !== undefined && key !== '}'; key = tokens.shift()) {
      if (key === ',') continue
      const isNested = tokens[0] === ':'
      if (isNested) tokens.shift()
      shape[key] = isNested ? read() : null
    }
    return shape
  }
  return read()
}

/** Paths that a value lacks. An array has to have an entry, so that its shape can be seen. */
function missingKeys(shape: Shape, value: unknown, at = '$'): string[] {
  if (shape === null) return value === undefined ? [at] : []
  if (value === null || typeof value !== 'object') return [at]
  if (Array.isArray(shape)) {
    if (!Array.isArray(value) || value.length === 0) return [`${at}[]`]
    return value.flatMap((entry, i) => missingKeys(shape[0], entry, `${at}[${i}]`))
  }
  return Object.entries(shape).flatMap(([key, inner]) =>
    missingKeys(inner, (value as Record<string, unknown>)[key], `${at}.${key}`),
  )
}

const contributing = await readFile(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8')

const SCENARIO = '../fixtures/benchmarks/bench/orders.yaml'
const RESULTS = '../fixtures/benchmarks/bench/results'

/** `profile attach`, `profile run` and `bench run` need a process, `profile diff` two profiles, `bench history` many runs: their tests check them. */
const COMMANDS: Record<string, string> = {
  import: 'import ../fixtures/recordings/shop/access.log.gz ../fixtures/recordings/shop/accounts.csv',
  sources: 'sources',
  overview: 'overview',
  requests: 'requests --limit 3',
  triage: 'triage',
  compare: `compare --where-before "upstream = '127.0.0.1:14001'" --where-after "upstream = '127.0.0.1:14003'"`,
  'hypothesis test': 'hypothesis test get-orders',
  'hypothesis list': 'hypothesis list',
  explain: `explain 'GET /products/:id'`,
  slo: 'slo',
  'profile import': 'profile import ../fixtures/profiles/node/orders.cpuprofile',
  'profile show': 'profile show ../fixtures/profiles/shop/invoices.cpuprofile',
  tools: 'tools',
  'bench compare': `bench compare ${RESULTS}/before.ndjson ${RESULTS}/after.ndjson ${SCENARIO}`,
}
const PREPARE = [
  'whyslow init shop && cd shop',
  `whyslow import - --as nginx <../fixtures/logs/nginx-combined.log`,
]
const REGISTER = `hypothesis new get-orders --claim x --where-before "upstream = '127.0.0.1:14001'" --where-after "upstream = '127.0.0.1:14003'"`

describe('--json has the keys that CONTRIBUTING.md promises', () => {
  const results = new Map<string, unknown>()

  beforeAll(() => {
    const names = Object.keys(COMMANDS)
    const commands = names.flatMap(name =>
      name === 'hypothesis test' ? [REGISTER, COMMANDS[name]!] : [COMMANDS[name]!],
    )
    const outputs = runCommands([...PREPARE, ...commands.map(command => `whyslow ${command} --json`)])
      .slice(PREPARE.length)
      .filter((_: unknown, i: number) => commands[i] !== REGISTER)
    for (const [i, name] of names.entries()) results.set(name, JSON.parse(outputs[i]!.printed.join('\n')))
  })

  test.for(Object.keys(COMMANDS))('%s', name => {
    const row = contributing.split('\n').find(line => line.startsWith(`| \`${name}\` | \`{`))
    const shape = parseShape(/\| `(\{.*?\})`/.exec(row ?? '')?.[1] ?? '')
    expect(Object.keys(shape ?? {}).length).toBeGreaterThan(0)
    expect(missingKeys(shape, results.get(name))).toEqual([])
  })
})

test('a missing key is found', () => {
  const shape = parseShape('{a: [{b, c: {d}}], e}')
  expect(shape).toEqual({ a: [{ b: null, c: { d: null } }], e: null })
  expect(missingKeys(shape, { a: [{ b: null, c: { d: 0 } }], e: null, more: 1 })).toEqual([])
  expect(missingKeys(shape, { a: [{ b: 1, c: {} }, { c: null }] })).toEqual([
    '$.a[0].c.d',
    '$.a[1].b',
    '$.a[1].c',
    '$.e',
  ])
  expect(missingKeys(shape, { a: [], e: 1 })).toEqual(['$.a[]'])
})
