/** A benchmark's history for a job of CI: each metric is a check, which fails once, when a change for the worse is new. */
import type { BenchmarkHistory, HistoryChange, MetricHistory } from '../../experiments/benchmarks/history.js'
import { escapeMarkdown, markdownCode, markdownTable } from '../markdown.js'
import { formatDay } from '../times.js'
import { describeCommits, describeMove, describeSizes, describeWhen, shortSha } from './change-words.js'
import type { CiCheck, CiReport, ReportFrame } from './ci-report.js'
import { describeVerdict } from './history.js'
import { formatMeasured } from './measured.js'
import { heading, join, list, renderCommand, renderWarnings } from './summary-parts.js'

const OUTCOMES = { worse: 'a new change for the worse', clean: 'clean', 'cannot tell yet': 'cannot tell yet' }

export function reportHistory(history: BenchmarkHistory, frame: ReportFrame): CiReport {
  const { scenario, runs, metrics } = history
  const { lines, ...rest } = frame
  return {
    scenario,
    ...rest,
    properties: [
      ['runs', String(runs.length)],
      ['from', runs[0]?.at ?? ''],
      ['to', runs.at(-1)?.at ?? ''],
    ],
    checks: metrics.map(metric => ({
      name: metric.title,
      line: lines.gates.get(metric.metric) ?? null,
      ...judge(metric, history),
    })),
  }
}

function judge(
  { metric, values }: MetricHistory,
  { changes, fewest }: BenchmarkHistory,
): Pick<CiCheck, 'outcome' | 'message' | 'details'> {
  const worse = changes.filter(change => change.metric === metric && change.state === 'new' && change.isWorse)
  if (worse.length > 0)
    return {
      outcome: 'failed',
      message: worse.map(describeChange).join(' '),
      details: worse.flatMap(change => [describeSizes(change), ...listCommits(change)]).join('\n'),
    }
  if (values.length < fewest)
    return {
      outcome: 'skipped',
      message: `Cannot tell yet: a change takes ${fewest} runs, and there are ${values.length}.`,
      details: '',
    }
  return { outcome: 'passed', message: 'No new change for the worse.', details: '' }
}

/** `CPU time per request rose by 5.5% since the run of 2026-10-12, after 3f2a…, up to 91ab….` */
function describeChange(change: HistoryChange): string {
  const commits = describeCommits(change)
  return `${change.title} ${describeMove(change)} ${describeWhen(change)}${commits === '' ? '' : `, ${commits}`}.`
}

function listCommits({ commits: { between, more } }: HistoryChange): string[] {
  const lines = (between ?? []).map(({ sha, subject, author }) => `${shortSha(sha)} ${subject} (${author})`)
  return more === 0 ? lines : [...lines, `and ${more} more`]
}

/** `command` is what was typed, for a shell. */
export function summariseHistory(history: BenchmarkHistory, command: string): string {
  const { scenario, changes, metrics, verdict } = history
  const parts = [
    heading(`${scenario}, history`, OUTCOMES[verdict]),
    escapeMarkdown(describeVerdict(history)),
    ...changes.map(summariseChange),
    metrics.length === 0
      ? ''
      : markdownTable(['Metric', 'Runs', 'Level', 'Since', 'Newest run'], metrics.map(rowOf)),
    renderWarnings(history.warnings),
    renderCommand(command),
  ]
  return join(parts)
}

function summariseChange(change: HistoryChange): string {
  const { isWorse, state, id, reason, story, differs } = change
  const head = `### ${isWorse ? 'Worse' : 'Better'} (${state === 'wont-fix' ? 'won’t fix' : state}): ${escapeMarkdown(describeChange(change))}`
  const lines = [
    escapeMarkdown(describeSizes(change)),
    ...listCommits(change).map(escapeMarkdown),
    ...differs.map(({ what, before, after }) =>
      escapeMarkdown(`Also other than before: ${what} (${before} → ${after})`),
    ),
    ...(reason === null ? [] : [escapeMarkdown(`Reason: ${reason}`)]),
    ...(story === null ? [] : [escapeMarkdown(`Story: ${story}`)]),
    `Known as ${markdownCode(id)}`,
  ]
  return `${head}\n\n${list(lines)}`
}

function rowOf({ title, unit, values, levels }: MetricHistory): string[] {
  const level = levels.at(-1)
  const since = level && values.find(({ run }) => run === level.from)
  return [
    escapeMarkdown(title),
    String(values.length),
    level === undefined ? '–' : escapeMarkdown(formatMeasured(level.end, unit)),
    since === undefined ? '–' : formatDay(since.at),
    escapeMarkdown(formatMeasured(values.at(-1)?.value ?? null, unit)),
  ]
}
