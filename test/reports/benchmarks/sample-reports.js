// What CI systems are told, as data: for the tests of JUnit and annotations, and for `npm run reference`, which knows the schemas.

/** What strangers write: a runner's commands, markup, an end of CDATA and of a comment, what a runner unescapes, code, tables, escapes, invalid XML. */
export const HOSTILE =
  '::error::a\n::error::b "><script>alert(1)</script> ]]> --> %0A::warning::c ##[error]d `e` | f | \u001b]0;g\u0007 \ufffe \ud800 & @everyone <!-- \r::stop-commands::h'

const check = (name, outcome, message, more = {}) => ({
  name,
  outcome,
  message,
  details: '',
  line: null,
  ...more,
})

export const REPORT = {
  scenario: 'orders',
  file: 'bench/orders.yaml',
  at: '2026-11-29T03:17:05.123Z',
  duration_ms: 1_234_567.8,
  properties: [
    ['base', 'main (0123456789ab)'],
    ['node', ''],
  ],
  checks: [
    check('share of good requests', 'passed', 'No meaningful difference.'),
    check('CPU time per request', 'failed', 'Worse: 2.1 ms to 2.3 ms.', { line: 12 }),
    check('p95 of the answers', 'skipped', 'Cannot tell yet.', { line: 13 }),
    check('peak memory', 'waived', 'It is waived until 2026-12-31.', { line: 14 }),
  ],
}

export const NOT_STARTED = {
  ...REPORT,
  scenario: 'checkout',
  file: 'bench/checkout.yaml',
  properties: [],
  checks: [
    check('measured', 'error', 'The service did not start.', { details: 'line 1\nError: EADDRINUSE' }),
  ],
}

export const HOSTILE_REPORT = {
  ...REPORT,
  scenario: HOSTILE,
  file: `bench/${HOSTILE}.yaml`,
  properties: [[HOSTILE, HOSTILE]],
  checks: ['passed', 'failed', 'error', 'skipped', 'waived'].map((outcome, i) =>
    check(`${HOSTILE} ${i}`, outcome, HOSTILE, { details: HOSTILE, line: i + 1 }),
  ),
}
