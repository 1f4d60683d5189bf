import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inferRoutes, type KnownTemplates, type Observed } from '../../src/store/infer-templates.js'

const NOTHING: KnownTemplates = { routes: [], inferred: [], apart: [] }
const uuid = (n: number) => `3f2504e0-4f89-41d3-9a0c-0305e8${String(n).padStart(6, '0')}`

function observe(paths: string[], file = 0): Observed[] {
  return paths.map(path => ({ path, count: 1, file }))
}

const many = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i))

describe('what the whole shows', () => {
  test.each([
    ['UUIDs only', [`/c/${uuid(1)}/x`, `/c/${uuid(2)}/x`], ['/c/:uuid/x']],
    ['UUIDs and numbers at one place', [`/c/${uuid(1)}`, '/c/17'], ['/c/:id']],
    [
      'each place by itself',
      [`/c/${uuid(1)}/o/7`, `/d/${uuid(1)}/o/${uuid(2)}`],
      ['/c/:uuid/o/:id', '/d/:uuid/o/:uuid'],
    ],
    ['long hex digits', ['/b/0123456789abcdef'], ['/b/:id']],
    ['dates and months', ['/r/2026-10-05', '/r/2026-10', '/r/2026-13', '/r/monthly'], ['/r/:date']],
    [
      'years, page numbers and a lone number',
      ['/2026/10/a', '/page/2', '/errors/404'],
      ['/:id/:id/a', '/errors/:id', '/page/:id'],
    ],
    ['versions', ['/v1/a', '/v2/a', '/v3/a'], []],
    ['a hundred names', many(100, i => `/api/method${i}`), []],
    ['more than a hundred', many(101, i => `/api/method${i}`), ['/api/:slug']],
    ['dates beside slugs', [...many(150, i => `/a/name-${i}`), '/a/2026-10-05'], ['/a/:date', '/a/:slug']],
  ])('%s', (_, paths, expected) => {
    expect(inferRoutes(observe(paths), NOTHING).inferred).toEqual(expected)
  })

  test('a popular article is no page of its own', () => {
    const paths = [
      ...many(200, i => `/news/story-${i}`),
      ...Array<string>(90).fill('/news/what-happened-in-the-storm'),
      ...Array<string>(30).fill('/news/archive'),
    ]
    expect(inferRoutes(observe(paths), NOTHING).inferred).toEqual(['/news/:slug', '/news/archive'])
  })
})

describe('what is kept', () => {
  test('templates become wider ones at their place in the list, and say so', () => {
    const known = { ...NOTHING, inferred: ['/c/:uuid', '/z/:id', '/c/:uuid/x'] }
    const { inferred, merged } = inferRoutes(observe(['/c/17', '/new/1']), known)
    expect(inferred).toEqual(['/c/:id', '/z/:id', '/c/:id/x', '/new/:id'])
    expect([...merged]).toEqual([
      ['/c/:uuid', '/c/:id'],
      ['/c/:uuid/x', '/c/:id/x'],
    ])
  })

  test('an :id that is known takes UUIDs', () => {
    const known = { ...NOTHING, inferred: ['/c/:id'] }
    expect(inferRoutes(observe([`/c/${uuid(1)}`]), known).inferred).toEqual(['/c/:id'])
    expect(inferRoutes(observe([`/c/${uuid(1)}`]), { ...NOTHING, routes: ['/c/:id'] }).inferred).toEqual([])
  })

  test('names with something behind them fall into a slug that comes later', () => {
    const first = inferRoutes(observe(['/u/alice/posts/7', '/u/bob/posts/8']), NOTHING)
    expect(first.inferred).toEqual(['/u/alice/posts/:id', '/u/bob/posts/:id'])
    const second = inferRoutes(observe(many(200, i => `/u/name${i}/posts/9`)), {
      ...NOTHING,
      inferred: first.inferred,
    })
    expect(second.inferred).toEqual(['/u/:slug/posts/:id'])
    expect(second.merged.get('/u/bob/posts/:id')).toBe('/u/:slug/posts/:id')
  })

  test('people’s templates are never changed, and take ours in', () => {
    const known = {
      routes: ['/c/:uuid', '/o/:order'],
      inferred: ['/o/:id', '/o/new', '/p/:product'],
      apart: [],
    }
    const { inferred, templates, merged } = inferRoutes(observe(['/c/17', '/o/18', '/p/1', '/p/x']), known)
    expect(inferred).toEqual(
      ['/o/:order', '/o/new', '/p/:product', '/c/:id'].filter(one => one !== '/o/:order'),
    )
    expect(templates.slice(0, 2)).toEqual(known.routes)
    expect([...merged]).toEqual([['/o/:id', '/o/:order']])
  })

  test('what people took out is not found again', () => {
    const paths = [
      ...many(300, i => `/api/method${i}`),
      ...many(300, i => `/api/method${i}/run`),
      ...many(300, i => `/a/b${i}`),
      '/d/2026-10-05',
    ]
    const apart = ['/api/:slug/run', '/d/:date']
    expect(inferRoutes(observe(paths), { ...NOTHING, apart }).inferred).toEqual(['/a/:slug'])
  })
})

test('a million different paths in little memory', () => {
  function* paths(): Generator<Observed> {
    for (let i = 0; i < 1_000_000; i += 1)
      yield { path: `/u/name${i}x/posts/${i}/${i % 7 ? 'view' : `c${i}`}`, count: 1, file: 0 }
  }
  const before = process.memoryUsage().heapUsed
  const { inferred } = inferRoutes(paths(), NOTHING)
  expect(inferred).toEqual(['/u/:slug/posts/:id/:slug', '/u/:slug/posts/:id/view'])
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(400e6)
})

const word = fc.constantFrom('orders', 'users', 'search', 'v1', 'v2', 'feed.xml', 'new')
const varied = fc.oneof(
  word,
  { weight: 6, arbitrary: fc.nat(120).map(n => `name-${n}`) },
  fc.nat(99).map(String),
  fc.nat(99).map(uuid),
  fc.nat(9).map(n => `2026-10-0${n}`),
)
const file = fc
  .array(fc.tuple(fc.constantFrom('a', 'b'), varied, fc.option(varied)), {
    minLength: 100,
    maxLength: 400,
    size: 'max',
  })
  .map(paths => paths.map(parts => `/${parts.filter(part => part !== null).join('/')}`))

/** Imports one file after the other: of what was there, only the templates and how the requests are called now are left. */
function importInOrder(files: { number: number; paths: string[] }[]): string[] {
  let known = NOTHING
  const seen: { path: string; file: number }[] = []
  for (const { number, paths } of files) {
    seen.push(...paths.map(path => ({ path, file: number })))
    const { inferred, merged } = inferRoutes(
      seen.map(one => ({ ...one, count: 1 })),
      known,
    )
    for (const [from, to] of merged) expect(isWider(to, from)).toBe(true)
    known = { ...NOTHING, inferred }
  }
  return known.inferred.toSorted()
}

function isWider(wide: string, narrow: string): boolean {
  const others = narrow.split('/')
  return wide.split('/').every((segment, i) => {
    const other = others[i]!
    return (
      segment === other ||
      (segment === ':id' && other === ':uuid') ||
      (segment === ':slug' && !other.startsWith(':'))
    )
  })
}

test('three files end with the same routes in whatever order they come, and no template becomes narrower', () => {
  let withSlugs = 0
  fc.assert(
    fc.property(fc.tuple(file, file, file), files => {
      const numbered = files.map((paths, number) => ({ number, paths }))
      const [a, b, c] = numbered as [(typeof numbered)[0], (typeof numbered)[0], (typeof numbered)[0]]
      const orders = [
        [a, b, c],
        [a, c, b],
        [b, a, c],
        [b, c, a],
        [c, a, b],
        [c, b, a],
      ]
      const [first, ...others] = orders.map(importInOrder)
      for (const other of others) expect(other).toEqual(first)
      if (first?.some(template => template.includes(':slug'))) withSlugs += 1
    }),
    { numRuns: 60, seed: 4 },
  )
  expect(withSlugs).toBeGreaterThan(20)
})
