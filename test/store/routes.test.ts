import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, openEngine, sqlText } from '../../src/store/engine.js'
import { inferTemplates } from '../../src/store/infer-templates.js'
import { createMatcher, normalisePath } from '../../src/store/routes.js'
import { normaliseOnceSql, normaliseRestSql, templateSql } from '../../src/store/template-sql.js'

const UUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ spillDir: '/nowhere' })
})
afterAll(() => engine.close())

describe('ids in a path', () => {
  test.each([
    ['/orders/17', '/orders/:id'],
    [`/customers/${UUID}/invoices/${UUID.toUpperCase()}`, '/customers/:id/invoices/:id'],
    ['/blobs/0123456789abcdef', '/blobs/:id'],
    ['/blobs/0123456789abcde', '/blobs/0123456789abcde'],
    ['/v1/orders/1/2/3', '/v1/orders/:id/:id/:id'],
    ['/v1/', '/v1/'],
    ['//1//2//', '//:id//:id//'],
    ['/1', '/:id'],
    ['17/a', '17/a'],
    ['17/18', '17/:id'],
    ['/a1/2b', '/a1/2b'],
    ['/-1/1.5/1e3', '/-1/1.5/1e3'],
    ['*', '*'],
    ['', ''],
  ])('%s is %s', (path, expected) => {
    expect(normalisePath(path)).toBe(expected)
    expect(normalisePath(expected)).toBe(expected)
  })
})

const segment = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'orders',
    'new',
    'v1',
    '17',
    '404',
    'normal',
    ':id',
    ':slug',
    "it's",
    'a+b',
    '(x',
    'deadbeefdeadbeef',
    UUID,
    '2026-10-05',
    '2026-13',
    '2025-12',
    '123456789012345678901234567890123456',
  ),
  fc.string({ maxLength: 4, unit: fc.constantFrom(...'ab1:.$\\\'"?%*é\n') }),
)
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map(segments => `/${segments.join('/')}`)
const template = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'b', 'orders', 'new', '17', '404', 'normal', "it's", 'a+b', '2025-12'),
      fc.constantFrom(':id', ':slug', ':name', ':uuid', ':date'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(segments => `/${segments.join('/')}`)

const normaliseSql = (column: string) => normaliseRestSql(normaliseOnceSql(column))

async function inEngine(sql: (column: string) => string, paths: string[]): Promise<string[]> {
  const values = paths.map((one, i) => `(${i}, ${sqlText(one)})`).join(', ')
  const rows = await engine.all<{ found: string }>(
    `SELECT ${sql('p')} AS found FROM (VALUES ${values}) t(i, p) ORDER BY i`,
  )
  return rows.map(row => row.found)
}

describe('the engine finds what the matcher finds', () => {
  test('ids', async () => {
    const any = fc.oneof(path, fc.string({ maxLength: 12, unit: fc.constantFrom(...'/01af-xé') }))
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 300 }), async paths => {
        expect(await inEngine(normaliseSql, paths)).toEqual(paths.map(normalisePath))
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  test('templates, of which the more literal one wins', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(template, { maxLength: 12, selector: shapeOf }),
        fc.array(path, { minLength: 1, maxLength: 300 }),
        async (templates, paths) => {
          const match = createMatcher(templates)
          const found = await inEngine(column => templateSql(column, normaliseSql(column), templates), paths)
          expect(found).toEqual(paths.map(one => match(one) ?? normalisePath(one)))
        },
      ),
      { numRuns: 60, seed: 2 },
    )
  })

  /** Two names for one parameter at one place are one template; which name is shown is no matter. */
  function shapeOf(one: string): string {
    return one.replaceAll(/:(?!(?:id|uuid|date)(?:\/|$))[^/]+/g, ':other')
  }
})

describe('matcher', () => {
  test.each([
    [['/orders/:id'], '/orders/17', '/orders/:id'],
    [['/orders/:id'], '/orders/new', null],
    [['/orders/:order'], '/orders/17', '/orders/:order'],
    [['/orders/:order'], '/orders/:id', '/orders/:order'],
    [['/orders/:order', '/orders/new'], '/orders/new', '/orders/new'],
    [['/orders/:order', '/orders/new'], '/orders/', null],
    [['/a/:slug', '/a/:id'], '/a/7', '/a/:id'],
    [['/a/:slug', '/a/:id'], '/a/seven', '/a/:slug'],
    [['/a/:x', '/:y/b'], '/a/b', '/a/:x'],
    [['/a/:x/c', '/:y/b/d'], '/a/b/d', '/:y/b/d'],
    [['/404'], '/404', '/404'],
    [['/404', '/:id'], '/405', '/:id'],
    [['/:id'], 'no path', null],
  ])('%j: %s is %s', (templates, one, expected) => {
    expect(createMatcher(templates)(one)).toBe(expected)
  })
})

describe('inference', () => {
  const slugs = (n: number, count = 1) =>
    Array.from({ length: n }, (_, i) => [`/articles/on-topic-${i}`, count] as const)

  test('ids become templates, literals none', () => {
    expect(
      inferTemplates(
        [
          ['/orders/17', 5],
          ['/orders', 9],
          [`/c/${UUID}/x`, 1],
        ],
        [],
      ),
    ).toEqual(['/c/:uuid/x', '/orders/:id'])
  })

  test('many names at one place are slugs; what is asked for often beside them stays', () => {
    const paths = [
      ...slugs(300),
      ['/articles/search', 50] as const,
      ['/articles/search/advanced', 9] as const,
      ['/about', 20] as const,
    ]
    expect(inferTemplates(paths, [])).toEqual([
      '/articles/:slug',
      '/articles/search',
      '/articles/search/advanced',
    ])
  })

  test('versions and a few pages stay', () => {
    const pages = Array.from({ length: 30 }, (_, i) => [`/page-${i}`, 1] as const)
    expect(inferTemplates([...pages, ['/v1/users', 5], ['/v2/users', 5]], [])).toEqual([])
  })

  test('what lies under slugs is kept apart', () => {
    const paths = Array.from(
      { length: 200 },
      (_, i) => [`/u/name${i}/${i % 2 ? 'posts' : 'photos'}`, 1] as const,
    )
    expect(inferTemplates(paths, [])).toEqual(['/u/:slug/photos', '/u/:slug/posts'])
  })

  test('slugs and ids at one place', () => {
    expect(inferTemplates([...slugs(200), ['/articles/17', 40]], [])).toEqual([
      '/articles/:id',
      '/articles/:slug',
    ])
  })

  test('people’s templates stand, and nothing is inferred beside them for what they cover', () => {
    expect(
      inferTemplates([...slugs(300), ['/orders/17', 1]], ['/articles/:article', '/orders/:order']),
    ).toEqual(['/articles/:article', '/orders/:order'])
  })

  test('the order of the paths does not matter', () => {
    const paths = [
      ...slugs(150),
      ...slugs(150).map(([one]) => [`${one}/edit`, 2] as const),
      ['/articles/new', 30] as const,
    ]
    expect(inferTemplates(paths.toReversed(), [])).toEqual(inferTemplates(paths, []))
  })

  test('strangers teach nothing', () => {
    expect(
      inferTemplates(
        [
          ['/x/:anything', 1],
          ['/a b/17', 1],
          ['/a\n/17', 1],
          ['*', 5],
          ['17', 5],
        ],
        [],
      ),
    ).toEqual([])
  })
})
