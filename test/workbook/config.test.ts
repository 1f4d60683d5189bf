import { expect, test } from 'vitest'
import { WhyslowError } from '../../src/errors.js'
import { configSchema } from '../../src/workbook/config.js'
import { EXAMPLE_CONFIG } from '../../src/workbook/example-config.js'
import { MEASURES } from '../../src/workbook/next-config.js'
import { parseYaml } from '../../src/workbook/yaml-file.js'

const read = (text: string) => parseYaml(text, configSchema, { file: 'whyslow.yaml' })

function failure(text: string): WhyslowError {
  try {
    read(text)
  } catch (error) {
    if (error instanceof WhyslowError) return error
    throw error
  }
  throw new Error('nothing was wrong')
}

const problemsOf = (text: string) =>
  failure(text)
    .message.split('\n')
    .slice(1)
    .map(line => line.trim())

test('an empty file is a valid config, with the defaults of the example', () => {
  const empty = read('')
  expect(empty).toMatchObject({
    targets: { default: 500, isSet: false, routes: {} },
    objective: 0.95,
    timebox: 5_400_000,
    timezone: 'UTC',
    triage: { minRequests: 200, timeShare: 0.1, errorShare: 0.01, tickets: 3, limit: 10 },
    redact: { allow: [], k: 5 },
    slo: { window: 28 * 86_400_000, objectives: [] },
  })
  expect(read(EXAMPLE_CONFIG)).toEqual({ ...empty, targets: { ...empty.targets, isSet: true } })
})

test('the example stays valid with every example in it switched on, and they are the defaults', () => {
  const on = EXAMPLE_CONFIG.replace(
    /^( *)# (?=["-] ?|(smallest|slo|logFormats|columns|samplers|cohort|triage|redact): ?| {2,4}(- \{(?:name|route|errors)|window|objectives|requests|tickets|time|path|duration_ms|py-spy|rbspy|name|where|minRequests|timeShare|errorShare|tickets|limit|allow|k):(?: |$))/gm,
    '$1',
  )
  const config = read(on)
  expect(config.targets.routes).toEqual({ 'GET /orders/:id': 300, 'POST /reports': 5000 })
  expect(config.identify).toEqual([
    { attribute: 'remote_user' },
    { header: 'X-Account' },
    { cookie: 'account' },
    { query: 'account' },
    { host: '^([^.]+)\\.example\\.com$' },
    { path: '^/t/([^/]+)/' },
    { column: 'client', lookup: 'clients.csv' },
    { query: 'api_key', lookup: 'keys.csv' },
  ])
  expect(config.cohort).toEqual({ name: 'paying customers', where: 'account is not null' })
  expect(config.logFormats.map(({ name }) => name)).toEqual(['edge', 'legacy'])
  expect(config.columns.requests?.duration_ms).toEqual({ column: 'Dauer', unit: 's' })
  expect(config.columns.tickets?.account).toEqual({ column: 'Kunde' })
  expect(config.samplers.map(({ name, words, output }) => [name, words[0], output])).toEqual([
    ['py-spy', 'py-spy', 'collapsed'],
    ['rbspy', 'rbspy', 'collapsed'],
  ])
  expect(config.smallest).toBe(0.01)
  const none = { name: null, route: null, where: null, under: null, share: null, errors: null, window: null }
  expect(config.slo).toEqual({
    window: 28 * 86_400_000,
    objectives: [
      { ...none, route: 'GET /orders/:id', under: 300, share: 0.99 },
      {
        ...none,
        name: 'checkout',
        where: "path LIKE '/checkout%'",
        under: 1000,
        share: 0.995,
        window: 7 * 86_400_000,
      },
      { ...none, errors: 0.005 },
    ],
  })
  expect(config.triage).toEqual(read('').triage)
  expect(config.redact).toEqual(read('').redact)
})

test.each(['+02:00', '-0330', 'Europe/Bern2', ''])('“%s” is no time zone for the engine', zone => {
  expect(failure(`timezone: "${zone}"\n`).message).toContain('expected a time zone such as UTC')
})

test.each([
  ['^/(x{1,2000})', false],
  ['^/((?:x{40}){40})', false],
  ['^/([a-z]{1,1001})', false],
  ['^/(x{1001,})', false],
  ['^/(x{1,1000})', true],
  ['^/(x{600}y{600})', true],
  ['^/x{600}(?:y){2}(z)', true],
  ['^/(\\{2000\\}[{2000}]x)', true],
  ['^/t/([^/]{1,36})/(?:x{3}){3}', true],
])('the engine repeats no more than 1000 times: %s', (path, isValid) => {
  const text = `identify: [{path: '${path}'}]\n`
  if (isValid) expect(read(text).identify).toEqual([{ path }])
  else expect(failure(text).message).toContain('repeats nothing more than 1000 times')
})

test('all mistakes are reported at once, each with its place, what was found, and the closest key', () => {
  const error = failure(
    [
      'targets:',
      '  defualt: 500ms',
      '  routes:',
      '    "/orders/:id": 300ms',
      '    "GET /a": fast',
      'objective: 95',
      'timezone: Mars',
      'triage:',
      '  tickets: many',
      'identify:',
      '  - atribute: remote_user',
      '  - host: (a)(b)',
      '  - {query: a, path: "(a)"}',
      '  - path: (?<=a)(b)',
      '  - path: "(["',
      'redact: [a]',
      'colour: red',
      'cohort: {name: x}',
    ].join('\n'),
  )
  expect(error.place).toEqual({ file: 'whyslow.yaml', line: 2, column: 3 })
  expect(error.message).toMatchInlineSnapshot(`
    "whyslow.yaml has 14 problems:
      whyslow.yaml:2:3  unknown key “defualt”; did you mean “default”?
      whyslow.yaml:4:5  expected a method and a path template such as “GET /orders/:id”, found “/orders/:id”
      whyslow.yaml:5:15  expected a duration such as 500ms, 1.5s, 90m or 1h30m, found “fast”
      whyslow.yaml:6:12  expected a number less than 1, found the number 95
      whyslow.yaml:7:11  expected a time zone such as UTC or Europe/Berlin, found “Mars”
      whyslow.yaml:9:12  expected a number, found “many”
      whyslow.yaml:11:5  unknown key “atribute”; did you mean “attribute”?
      whyslow.yaml:12:11  expected a regular expression with exactly one (group): the account, found “(a)(b)”
      whyslow.yaml:13:5  expected one of attribute, header, cookie, query, host, path or column, found query and path
      whyslow.yaml:14:11  expected a regular expression without look-around and back-references, found “(?<=a)(b)”
      whyslow.yaml:15:11  expected a valid regular expression (unterminated character class), found “([”
      whyslow.yaml:16:9  expected a mapping, found a list
      whyslow.yaml:17:1  unknown key “colour”; expected smallest, slo, next, logFormats, columns, samplers, currency, timebox, beaconWindow or trackers
      whyslow.yaml:18:9  “where” is missing: expected text"
  `)
})

test('two wrong keys in one mapping are two problems', () => {
  expect(problemsOf('objectiv: 0.9\ncurency: EUR\n')).toEqual([
    'whyslow.yaml:1:1  unknown key “objectiv”; did you mean “objective”?',
    'whyslow.yaml:2:1  unknown key “curency”; did you mean “currency”?',
  ])
})

test('weights that leave nothing of a formula are refused', () => {
  const zero = (...names: string[]) => `weights: {${names.map(name => `${name}: 0`).join(', ')}}`
  expect(problemsOf(`next: {${zero(...MEASURES)}}`)).toEqual([
    'whyslow.yaml:1:17  expected a weight over 0 for one of customers, money, requests, tickets, budget',
  ])
  const rice = [
    'whyslow.yaml:1:32  expected a weight over 0 for customers and for another measure, since rice multiplies them',
  ]
  expect(problemsOf(`next: {formula: rice, ${zero('customers')}}`)).toEqual(rice)
  expect(problemsOf(`next: {formula: rice, ${zero('money', 'requests', 'tickets', 'budget')}}`)).toEqual(rice)
  expect(read(`next: {formula: customers / effort, ${zero(...MEASURES)}}`).next.formula).toBe(
    'customers / effort',
  )
})

test('values of the wrong kind are named', () => {
  expect(
    problemsOf('timebox: 90\ncurrency: dollars\ntargets: 500ms\nredact: {k: 1.5, allow: acme}\n'),
  ).toEqual([
    'whyslow.yaml:1:10  expected a duration such as 500ms, 1.5s, 90m or 1h30m, found the number 90',
    'whyslow.yaml:2:11  expected a currency code such as USD, found “dollars”',
    'whyslow.yaml:3:10  expected a mapping, found “500ms”',
    'whyslow.yaml:4:13  expected a whole number, found the number 1.5',
    'whyslow.yaml:4:25  expected a list, found “acme”',
  ])
})

test('columns of own exports', () => {
  const { columns } = read(`columns:
  requests:
    time: Zeitpunkt
    duration_ms: {column: Dauer, unit: s, decimal: ','}
  accounts:
  tickets: {support_minutes: Aufwand}
`)
  expect(columns).toEqual({
    requests: {
      time: { column: 'Zeitpunkt' },
      duration_ms: { column: 'Dauer', unit: 's', decimal: ',' },
    },
    tickets: { support_minutes: { column: 'Aufwand' } },
  })
})

test('mistakes in columns are located, with the closest key', () => {
  expect(
    problemsOf(`columns:
  request: {time: t}
  requests:
    tim: Zeitpunkt
    path: {column: Pfad, unit: s}
    duration_ms: {column: Dauer, unit: sec}
    queue_ms: {colum: x}
    status: 7
    route:
`),
  ).toEqual([
    'whyslow.yaml:2:3  unknown key “request”; did you mean “requests”?',
    'whyslow.yaml:4:5  unknown key “tim”; did you mean “time”?',
    'whyslow.yaml:5:26  unknown key “unit”; expected column',
    'whyslow.yaml:6:40  expected ns, us, ms, s, min or h, found “sec”; did you mean “s”?',
    'whyslow.yaml:7:16  unknown key “colum”; did you mean “column”?',
    'whyslow.yaml:8:13  expected text or a mapping, found the number 7',
    'whyslow.yaml:9:5  expected text or a mapping, found nothing',
  ])
})

test('log formats of own servers are of one program each', () => {
  const { logFormats } = read(`logFormats:
  - {name: edge, nginx: '$status'}
  - {name: old, apache: '%>s'}
`)
  expect(logFormats).toEqual([
    { name: 'edge', nginx: '$status' },
    { name: 'old', apache: '%>s' },
  ])
  expect(
    problemsOf(`logFormats:
  - {name: a}
  - {name: b, nginx: $a, apache: '%a'}
  - {nginx: $a}
  - {name: c, ngnix: $a}
`),
  ).toEqual([
    'whyslow.yaml:2:5  expected one of nginx or apache, found none',
    'whyslow.yaml:3:5  expected one of nginx or apache, found both',
    'whyslow.yaml:4:5  “name” is missing: expected text',
    'whyslow.yaml:5:15  unknown key “ngnix”; did you mean “nginx”?',
  ])
})

test('objectives: shares as percent or number, and mistakes with their place', () => {
  const { slo } = read('slo:\n  objectives: [{share: 0.999, errors: 0.5 %}, {share: 99.9%}]\n')
  expect(slo.objectives.map(({ share, errors }) => [share, errors])).toEqual([
    [0.999, 0.005],
    [0.999, null],
  ])
  expect(
    problemsOf(`slo:
  windo: 7d
  objectives:
    - {share: 99}
    - {route: "/x", under: 5}
    - {route: "GET /x", where: "status > 5"}
    - {erors: 1%}
    - {errors: 0%, window: soon}
`),
  ).toEqual([
    'whyslow.yaml:2:3  unknown key “windo”; did you mean “window”?',
    'whyslow.yaml:4:15  expected a share between 0 and 1, such as 99.5% or 0.995, found the number 99',
    'whyslow.yaml:5:15  expected a method and a path template such as “GET /orders/:id”, found “/x”',
    'whyslow.yaml:5:28  expected a duration such as 500ms, 1.5s, 90m or 1h30m, found the number 5',
    'whyslow.yaml:6:7  expected one of route or where, found both',
    'whyslow.yaml:7:8  unknown key “erors”; did you mean “errors”?',
    'whyslow.yaml:8:16  expected a share between 0 and 1, such as 99.5% or 0.995, found “0%”',
    'whyslow.yaml:8:28  expected a duration such as 500ms, 1.5s, 90m or 1h30m, found “soon”',
  ])
})
