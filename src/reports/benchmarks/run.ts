/** A benchmark's run: each repetition, what the gates are about over all of them, and what it was measured on. */
import type { BenchmarkResult, Figures, MeasuredMetric } from '../../experiments/benchmarks/comparison.js'
import type { Environment } from '../../experiments/benchmarks/repetition.js'
import { formatBytes, formatCount, formatShare } from '../../units.js'
import { fitCharset, paint, plain, type Style, wrap } from '../style.js'
import { type Column, renderTable } from '../table.js'
import { formatRound } from '../times.js'
import { describeCommit } from './change-words.js'
import { describeMeasuredWaiver } from './gate-words.js'
import { formatDigits, formatMeasured, formatMilliseconds } from './measured.js'
import { describeSteadiness } from './noise.js'

/** `show` shortens a path for this terminal. */
export function renderRun(result: BenchmarkResult, show: (file: string) => string, style: Style): string {
  const { scenario, repetitions, environment, noise, results } = result
  const head = `${paint(style, 'bold', plain(style, scenario))}: ${describeLoad(result)}`
  const machine = [describeSteadiness(noise), describeEnvironment(environment)]
  const parts = [
    wrap(style, head),
    renderRepetitions(result, style),
    renderMetrics(result.metrics, repetitions.length, style),
    result.waivers.map(waiver => wrap(style, plain(style, describeMeasuredWaiver(waiver)), '  ')).join('\n'),
    machine.map(line => paint(style, 'dim', wrap(style, plain(style, line), '  '))).join('\n'),
    results === null
      ? 'Not kept.'
      : wrap(style, plain(style, `Added to ${show(results)}: ${describeCount(repetitions.length)}.`)),
  ]
  return fitCharset(style, parts.filter(part => part !== '').join('\n\n'))
}

function describeCount(count: number): string {
  return count === 1 ? '1 repetition' : `${formatCount(count)} repetitions`
}

function describeLoad({ load, repetitions, under_ms }: BenchmarkResult): string {
  const { rate, connections, duration_ms } = load
  const how =
    rate === null
      ? connections === 1
        ? '1 connection that asks again once it has its answer'
        : `${formatCount(connections)} connections that ask again once they have their answers`
      : `${Number(rate.toFixed(2))} requests a second`
  const each = repetitions.length === 1 ? '' : ' each'
  return `${describeCount(repetitions.length)} of ${formatRound(duration_ms)}${each}, ${how}; good under ${formatRound(under_ms)}`
}

function renderRepetitions({ repetitions, under_ms }: BenchmarkResult, style: Style): string {
  const right = (header: string, more: Partial<Column> = {}): Column => ({ header, align: 'right', ...more })
  const columns: Column[] = [
    right(''),
    right('requests'),
    right('errors'),
    right('req/s', { drop: 5 }),
    right(`under\n${formatRound(under_ms)}`, { name: 'under' }),
    right('p50'),
    right('p95', { drop: 4 }),
    right('p99'),
    right('CPU per\nrequest'),
    right('peak\nmemory', { drop: 3 }),
    right('loop delay\np99', { drop: 2 }),
    right('gc per\nrequest', { drop: 1 }),
  ]
  return renderTable(columns, repetitions.map(cellsOf), style)
}

function cellsOf(figures: Figures): string[] {
  const { index, requests, errors, throughput, underShare, gc } = figures
  return [
    String(index),
    formatCount(requests),
    formatCount(errors),
    formatDigits(throughput),
    formatShare(underShare),
    formatMilliseconds(figures.p50_ms),
    formatMilliseconds(figures.p95_ms),
    formatMilliseconds(figures.p99_ms),
    formatMilliseconds(figures.cpuPerRequest_ms),
    formatMeasured(figures.peakMemory_mb, 'MB'),
    formatMilliseconds(figures.eventLoopDelay?.p99_ms ?? null),
    formatMilliseconds(gc === null || requests === 0 ? null : gc.total_ms / requests),
  ]
}

function renderMetrics(metrics: readonly MeasuredMetric[], count: number, style: Style): string {
  if (metrics.length === 0) return ''
  const rows = metrics.map(({ title, unit, mean, sd }) => [
    title,
    formatMeasured(mean, unit),
    sd === null || mean === null ? '' : `± ${formatSpread({ unit, mean, sd })}`,
  ])
  const table = renderTable([{ header: '' }, { header: '', align: 'right' }, { header: '' }], rows, style)
  const head =
    count === 1 ? 'The gates’ metrics' : `The gates’ metrics, mean of ${count} ± standard deviation`
  return [paint(style, 'dim', head), ...table.split('\n').slice(1)].join('\n')
}

function formatSpread({
  unit,
  mean,
  sd,
}: {
  unit: MeasuredMetric['unit']
  mean: number
  sd: number
}): string {
  if (unit === 'share') return `${(sd * 100).toFixed(2)} pp`
  return mean === 0 ? formatMeasured(sd, unit) : formatShare(sd / mean)
}

/** The whole of it in one line. */
function describeEnvironment(environment: Environment): string {
  const { node, system, cpu, cores, memory_mb, loadAverage, whyslow } = environment
  const commit = describeCommit(environment)
  const installed = Object.keys(environment.dependencies).length
  const parts = [
    commit === null ? 'no commit' : `commit ${commit}`,
    ...(node === null ? [] : [`Node ${node.replace(/^v/, '')}`]),
    system,
    `${cores} × ${cpu}`,
    formatBytes(memory_mb * 1e6),
    `load average ${loadAverage.toFixed(2)} at the start`,
    ...(installed === 0 ? [] : [installed === 1 ? '1 dependency' : `${installed} dependencies`]),
    `whyslow ${whyslow}`,
  ]
  return `Measured: ${parts.join(', ')}.`
}
