/**
 * Benchmarks as JUnit XML: a suite for each scenario, a test for each check. It fits both schemas that readers go by, that of Ant (windyroad) and
 * that of Jenkins (xunit plugin, junit-10): so all attributes that either needs are there, in the order of Ant, and times have three digits.
 */
import { escapeMarkup } from '../escape.js'
import type { CiCheck, CiReport } from './ci-report.js'

export function renderJunit(reports: readonly CiReport[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...reports.map(renderSuite),
    '</testsuites>',
    '',
  ].join('\n')
}

function renderSuite(report: CiReport, id: number): string {
  const { scenario, checks, properties, at, duration_ms } = report
  const count = (...outcomes: CiCheck['outcome'][]) =>
    String(checks.filter(({ outcome }) => outcomes.includes(outcome)).length)
  const attributes = renderAttributes({
    name: token(scenario),
    package: 'whyslow',
    id: String(id),
    // Without a time zone, as Ant writes it: UTC.
    timestamp: at.slice(0, 19),
    hostname: 'localhost',
    tests: String(checks.length),
    failures: count('failed'),
    errors: count('error'),
    skipped: count('skipped', 'waived'),
    time: (duration_ms / 1000).toFixed(3),
  })
  return [
    `  <testsuite${attributes}>`,
    '    <properties>',
    ...properties.map(
      ([name, value]) =>
        `      <property${renderAttributes({ name: token(name), value: escapeMarkup(value) })}/>`,
    ),
    '    </properties>',
    ...checks.map(check => renderCase(report, check)),
    '    <system-out></system-out>',
    '    <system-err></system-err>',
    '  </testsuite>',
  ].join('\n')
}

/** Of a gate no time can be told apart from that of the others, so it is that of the suite alone. */
function renderCase({ scenario }: CiReport, check: CiCheck): string {
  const attributes = renderAttributes({
    name: token(check.name),
    classname: token(`bench.${scenario}`),
    time: '0.000',
  })
  const inner = renderOutcome(check)
  return inner === ''
    ? `    <testcase${attributes}/>`
    : `    <testcase${attributes}>\n      ${inner}\n    </testcase>`
}

function renderOutcome({ outcome, message, details }: CiCheck): string {
  if (outcome === 'passed') return ''
  const text = escapeText([message, details].filter(part => part !== '').join('\n'))
  const said = escapeMarkup(message)
  if (outcome === 'failed')
    return `<failure${renderAttributes({ type: 'gate', message: said })}>${text}</failure>`
  if (outcome === 'error')
    return `<error${renderAttributes({ type: 'not-measured', message: said })}>${text}</error>`
  return `<skipped${renderAttributes({ message: said })}/>`
}

/** Values are escaped already. */
function renderAttributes(attributes: Record<string, string>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('')
}

/** A name may not be empty, and only single spaces count in it. */
function token(text: string): string {
  return escapeMarkup(text.replace(/\s+/g, ' ').trim() || '-')
}

/** Line ends stay. */
function escapeText(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(escapeMarkup)
    .join('\n')
}
