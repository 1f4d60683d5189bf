/**
 * What failed, as workflow commands of GitHub: `::error file=bench/orders.yaml,line=12,title=…::…`. They are shown in the scenario and on the page of
 * the run. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
import { escapeTerminal } from '../escape.js'
import type { CiCheck, CiReport } from './ci-report.js'

/** GitHub shows no more than ten of a kind from one step, and doesn't say so. */
const MOST = 10

const LEVELS = { failed: 'error', error: 'error', waived: 'warning', skipped: 'notice' } as const
type Level = (typeof LEVELS)[keyof typeof LEVELS]

const TITLES = {
  failed: 'Regression',
  error: 'Not measured',
  waived: 'Waived regression',
  skipped: 'Cannot tell yet',
} as const

/** A line for each check that doesn't pass, the worst first; empty text where all do. */
export function renderAnnotations(reports: readonly CiReport[]): string {
  const all = reports.flatMap(report => report.checks.flatMap(check => annotate(report, check)))
  return (['error', 'warning', 'notice'] as const)
    .flatMap(level =>
      limit(
        level,
        all.filter(found => found.level === level),
      ),
    )
    .join('\n')
}

interface Annotation {
  level: Level
  line: string
}

function annotate(report: CiReport, check: CiCheck): Annotation[] {
  if (check.outcome === 'passed') return []
  const level = LEVELS[check.outcome]
  const properties = {
    file: report.file,
    ...(check.line === null ? {} : { line: String(check.line) }),
    title: `${TITLES[check.outcome]}: ${report.scenario}, ${check.name}`,
  }
  const said = [check.message, check.details].filter(part => part !== '').join('\n')
  return [{ level, line: renderCommand(level, properties, said) }]
}

function limit(level: Level, found: readonly Annotation[]): string[] {
  const lines = found.map(({ line }) => line)
  if (lines.length <= MOST) return lines
  const rest = `${lines.length - MOST + 1} more are in the job summary.`
  return [...lines.slice(0, MOST - 1), renderCommand(level, { title: 'And more' }, rest)]
}

function renderCommand(level: Level, properties: Record<string, string>, said: string): string {
  const given = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`)
  return `::${level} ${given.join(',')}::${escapeData(said)}`
}

/** As the runner reads it back (actions/toolkit, command.ts). `##[` is a command of its own, wherever it stands in a line. */
function escapeData(text: string): string {
  const safe = text
    .split(/\r\n|\r|\n/)
    .map(escapeTerminal)
    .join('\n')
  return safe.replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('##[', '#\\x23[')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
