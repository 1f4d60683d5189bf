/** Benchmarks as Markdown for the page of a CI job: what was found, how sure it is, and how to see it again. */
import type {
  BenchmarkComparison,
  BenchmarkResult,
  JudgedWaiver,
} from '../../experiments/benchmarks/comparison.js'
import { kindOf } from '../../experiments/benchmarks/metrics.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import { escapeMarkdown, markdownBlock, markdownCode, markdownTable } from '../markdown.js'
import { describeCommit, nameVersion } from './change-words.js'
import type { CiReport } from './ci-report.js'
import {
  describeGate,
  formatLevel,
  formatMove,
  formatSmallestOf,
  type GateOutcome,
  outcomeOf,
} from './gate-words.js'
import { formatMeasured, formatMilliseconds } from './measured.js'
import { describeSteadiness } from './noise.js'
import { heading, join, list, renderCommand, renderWarnings, section } from './summary-parts.js'

const SHOWN: Record<GateOutcome, string> = {
  fails: '**fails**',
  passes: 'passes',
  waived: 'waived',
  'cannot tell yet': 'cannot tell yet',
}

/** `command` is what was typed, for a shell. */
export function summariseComparison(comparison: BenchmarkComparison, command: string): string {
  const { scenario, base, head, gates, rounds, noise } = comparison
  const failed = gates.filter(gate => outcomeOf(gate) === 'fails')
  const open = gates.filter(gate => outcomeOf(gate) === 'cannot tell yet')
  const parts = [
    heading(scenario, comparison.verdict),
    `${markdownCode(nameVersion(head))} against ${markdownCode(nameVersion(base))}, ${describeRounds(rounds)}${comparison.interleaved ? '' : ', one side after the other'}.`,
    list([...failed, ...open].map(gate => escapeMarkdown(describeGate(gate)))),
    markdownTable(
      ['Gate', 'Base', 'Head', describeLevel(rounds), 'Smallest', 'Verdict', ''],
      gates.map(gate => [
        escapeMarkdown(gate.title),
        escapeMarkdown(formatMeasured(gate.base, gate.unit)),
        escapeMarkdown(formatMeasured(gate.head, gate.unit)),
        escapeMarkdown(formatMove(gate)),
        escapeMarkdown(formatSmallestOf(gate)),
        gate.verdict,
        SHOWN[outcomeOf(gate)],
      ]),
    ),
    section('What else differs', renderDiffers(comparison.differs)),
    section('Waivers', renderWaivers(comparison.waivers)),
    section('Noise', escapeMarkdown(describeSteadiness(noise))),
    renderWarnings(comparison.warnings),
    renderCommand(command),
  ]
  return join(parts)
}

function describeRounds(rounds: BenchmarkComparison['rounds']): string {
  const pairs = `${rounds.at(-1)?.pairs ?? 0} pairs of repetitions`
  return rounds.length > 1 ? `${pairs} in a second round, since the first failed` : pairs
}

function describeLevel(rounds: BenchmarkComparison['rounds']): string {
  const level = rounds.at(-1)?.level
  return level === undefined ? 'Change' : `Change (${formatLevel(level)} interval)`
}

/** Of a run by itself: its figures, without a verdict. */
export function summariseRun(result: BenchmarkResult, command: string): string {
  const { scenario, repetitions, environment, under_ms, noise, waivers } = result
  const parts = [
    heading(scenario, 'measured'),
    `${repetitions.length} repetitions of ${markdownCode(describeCommit(environment) ?? 'code outside of git')}; a good request ends in less than ${formatDuration(under_ms)}.`,
    markdownTable(
      ['', 'Requests', 'Without an answer', 'Good', 'p50', 'p95', 'p99', 'CPU per request', 'Peak memory'],
      repetitions.map(figures => [
        String(figures.index),
        formatCount(figures.requests),
        formatCount(figures.errors),
        formatShare(figures.underShare),
        formatMilliseconds(figures.p50_ms),
        formatMilliseconds(figures.p95_ms),
        formatMilliseconds(figures.p99_ms),
        formatMilliseconds(figures.cpuPerRequest_ms),
        formatMeasured(figures.peakMemory_mb, 'MB'),
      ]),
    ),
    section('The gates’ metrics', renderMetrics(result.metrics)),
    section('Waivers', renderWaivers(waivers)),
    section('Noise', escapeMarkdown(describeSteadiness(noise))),
    renderWarnings(result.warnings),
    renderCommand(command),
  ]
  return join(parts)
}

/** Nothing could be measured. */
export function summariseFailure(report: CiReport, command: string): string {
  const parts = report.checks.flatMap(({ message, details }) => [
    escapeMarkdown(message),
    details === '' ? '' : markdownBlock(details, 'text'),
  ])
  return join([heading(report.scenario, 'not measured'), ...parts, renderCommand(command)])
}

function renderDiffers(differs: BenchmarkComparison['differs']): string {
  if (differs.length === 0) return ''
  return markdownTable(
    ['', 'Base', 'Head'],
    differs.map(({ what, base, head }) => [what, base, head].map(escapeMarkdown)),
  )
}

function renderMetrics(metrics: BenchmarkResult['metrics']): string {
  if (metrics.length === 0) return ''
  return markdownTable(
    ['Metric', 'Mean', 'Standard deviation'],
    metrics.map(({ title, unit, mean, sd }) => [
      escapeMarkdown(title),
      escapeMarkdown(formatMeasured(mean, unit)),
      escapeMarkdown(formatMeasured(sd, unit)),
    ]),
  )
}

function renderWaivers(waivers: readonly JudgedWaiver[]): string {
  if (waivers.length === 0) return ''
  return markdownTable(
    ['Gate', 'State', 'Measured', 'Ceiling', 'Until', 'Reason', 'Story'],
    waivers.map(({ metric, state, value, ceiling, expires, reason, story }) => [
      escapeMarkdown(kindOf(metric).title),
      state === 'holds' ? 'holds' : `**${state}**`,
      escapeMarkdown(formatMeasured(value, kindOf(metric).unit)),
      escapeMarkdown(formatMeasured(ceiling, kindOf(metric).unit)),
      escapeMarkdown(expires),
      escapeMarkdown(reason),
      escapeMarkdown(story ?? ''),
    ]),
  )
}
