import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { PLAIN, type Style } from '../../src/reports/style.js'
import { type Column, renderTable } from '../../src/reports/table.js'

const at = (width: number, style: Partial<Style> = {}): Style => ({ ...PLAIN, width, ...style })

const columns: Column[] = [
  { header: 'route', shrinkTo: 8 },
  { header: 'under\n500 ms', align: 'right' },
  { header: 'clients', align: 'right', drop: 1 },
  { header: 'shape\n1 ms 10 s', name: 'shape', drop: 2 },
]
const rows = [
  ['GET /orders/:id', '97.3%', '1,204', '▁▃█'],
  ['GET /', '5.0%', '3', '█'],
]

test('text stands left, numbers right, a head of two lines at the bottom', () => {
  expect(renderTable(columns, rows, at(60))).toBe(
    [
      '                  under           shape',
      'route            500 ms  clients  1 ms 10 s',
      'GET /orders/:id   97.3%    1,204  ▁▃█',
      'GET /              5.0%        3  █',
    ].join('\n'),
  )
})

test('the shrinking column gives way first', () => {
  expect(renderTable(columns, rows, at(38))).toBe(
    [
      '             under           shape',
      'route       500 ms  clients  1 ms 10 s',
      'GET /orde…   97.3%    1,204  ▁▃█',
      'GET /         5.0%        3  █',
    ].join('\n'),
  )
})

test('then columns go in their order, and the table says which', () => {
  expect(renderTable(columns, rows, at(32))).toBe(
    [
      '                under  shape',
      'route          500 ms  1 ms 10 s',
      'GET /orders/…   97.3%  ▁▃█',
      'GET /            5.0%  █',
      'Too narrow for: clients.',
    ].join('\n'),
  )
  expect(renderTable(columns, rows, at(20)).split('\n').slice(1)).toEqual([
    'route         500 ms',
    'GET /orders…   97.3%',
    'GET /           5.0%',
    'Too narrow for:',
    'clients, shape.',
  ])
})

test('columns that may not go are cut rather than broken over the edge', () => {
  const table = renderTable([{ header: 'a' }, { header: 'b' }], [['x'.repeat(50), 'y'.repeat(30)]], at(40))
  for (const line of table.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(40)
})

test('a path is cut at its start', () => {
  const table = renderTable(
    [{ header: 'file', shrinkTo: 8, cut: 'start' }],
    [['/var/log/nginx/access.log']],
    at(12),
  )
  expect(table).toBe('file\n…/access.log')
})

test('wide characters and emoji keep the columns in line', () => {
  const table = renderTable(
    [{ header: 'name' }, { header: 'n', align: 'right' }],
    [
      ['漢字', '1'],
      ['Zoë 😀', '22'],
    ],
    at(40),
  )
  const ends = table.split('\n').map(line => stringWidth(line))
  expect(new Set(ends).size).toBe(1)
})

test('cutting never splits an emoji', () => {
  expect(renderTable([{ header: '' }], [['👍🏽👍🏽👍🏽']], at(5))).toBe('\n👍🏽👍🏽…')
})

test('cells are escaped before they are measured', () => {
  const table = renderTable(
    [{ header: 'a' }, { header: 'b' }],
    [
      ['\u001b[31m', 'x'],
      ['plain', 'y'],
    ],
    at(40),
  )
  expect(table).toBe('a         b\n\\x1b[31m  x\nplain     y')
})

test('without Unicode everything is ASCII; without colour there is no escape character', () => {
  const table = renderTable(columns, [['GET /–“x”…', '≥ 5%', '–', '.:@']], at(24, { unicode: false }))
  expect(table).toMatch(/^[\n -~]*$/)
  expect(table).toContain('>= 5%')
})

test('colour changes no widths', () => {
  const painted = rows.map(([route, share, ...rest]) => [
    route!,
    { text: share!, paint: 'red' as const },
    ...rest,
  ])
  const colored = renderTable(columns, painted, at(38, { color: true }))
  expect(colored).toContain('\u001b[31m97.3%\u001b[39m')
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(renderTable(columns, rows, at(38)))
})

test('no rows: the head alone', () => {
  expect(renderTable([{ header: 'a' }, { header: 'b' }], [], PLAIN)).toBe('a  b')
})
