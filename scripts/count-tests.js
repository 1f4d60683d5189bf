// Prints what vitest's JSON report holds as "N passed, N failed", alone on a line: count-tests.js REPORT [MISSING TOOL…].
// Exits 1 when a test failed, or when there is no report.
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'

const [file, ...missing] = process.argv.slice(2)
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
// A file that can't be loaded holds no tests: it counts as one that failed.
const broken = report?.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
)
const passed = report?.numPassedTests ?? 0
const failed = report ? report.numFailedTests + broken.length : 0
const left = report ? report.numPendingTests + report.numTodoTests : 0

const lines = ['']
if (!report) lines.push('The tests did not run.')
if (missing.length > 0)
  lines.push(`Not on this machine: ${missing.join(', ')}. Tests that need it were left out.`)
if (left > 0) lines.push(`${left} ${left === 1 ? 'test was' : 'tests were'} left out.`)
lines.push(`${passed} passed, ${failed} failed`)
process.stdout.write(`${lines.join('\n')}\n`)
process.exit(report && failed === 0 ? 0 : 1)
