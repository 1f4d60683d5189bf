/** A run of a profiling tool: where the time or the memory went, what the tool says itself, and the load that it was under. */
import { formatAmount, formatBytes, formatCount, formatDuration, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import {
  describeFlameGraphs,
  type NamedAmounts,
  readAmounts,
  renderHotFunctions,
  type Unit,
} from './hot-functions.js'
import { fitCharset, paint, type Style, wrap } from './style.js'

export interface ShownLoad {
  url: string
  connections: number
  duration_ms: number
  requests: number
  perSecond: number
  statuses: Record<string, number>
  errors: number
  timeouts: number
  bytes: number
  latency: { q: number; ms: number; beyond: number }[]
}

export interface ShownToolRun {
  tool: string
  toolVersion: string | null
  duration_ms: number
  profiles: { file: string; kind: string; samples: number }[]
  artefacts: { file: string; what: string }[]
  unit: Unit | null
  hottest: NamedAmounts[]
  idle_ms: number | null
  active_ms: number | null
  allocated_bytes: number | null
  verdict: { finding: string } | null
  load: ShownLoad | null
  story: string | null
  /** Files. */
  flameGraphs: string[]
}

/** `show` shortens a path for this terminal. */
export function renderToolRun(run: ShownToolRun, show: (file: string) => string, style: Style): string {
  const version = run.toolVersion === null ? '' : ` ${run.toolVersion}`
  const files = [
    ...run.profiles.map(({ file, samples }) => `${show(file)}: ${formatCount(samples)} samples`),
    ...run.artefacts.map(({ file, what }) => `${show(file)}: ${what}`),
  ]
  const filed =
    run.story === null
      ? 'It is in no story, since no timebox is running. --story ID files it.'
      : `Filed in the story ${run.story}.`
  const head = [`${run.tool}${version}, ${formatDuration(run.duration_ms)}`, ...files, filed]
  const parts = [
    [...head.map(line => wrap(style, escapeTerminal(line))), ...describeFlameGraphs(run, show)].join('\n'),
    run.verdict && wrap(style, paint(style, 'bold', escapeTerminal(`Diagnosis: ${run.verdict.finding}.`))),
    describeWhole(run),
    run.unit && run.hottest.length > 0 && renderFunctions(run, run.unit, show, style),
    run.load && renderLoad(run.load, style),
  ]
  return fitCharset(style, parts.filter(Boolean).join('\n\n'))
}

function describeWhole({ active_ms, idle_ms, allocated_bytes }: ShownToolRun): string | null {
  if (allocated_bytes !== null)
    return `Allocated about ${formatBytes(allocated_bytes)}, estimated from samples.`
  if (active_ms === null) return null
  if (!idle_ms) return `On the CPU for ${formatDuration(active_ms)}; when it was idle isn't in this profile.`
  const whole = active_ms + idle_ms
  return `On the CPU ${formatShare(active_ms / whole)} of the time (${formatDuration(active_ms)} of ${formatDuration(whole)}).`
}

function renderFunctions(
  { hottest, active_ms, allocated_bytes }: ShownToolRun,
  unit: Unit,
  show: (file: string) => string,
  style: Style,
): string {
  const table = {
    whole: active_ms ?? allocated_bytes,
    share: active_ms === null ? 'of all' : 'of active',
    format: (amount: number) => formatAmount(amount, unit),
  }
  return renderHotFunctions(
    hottest.map(one => readAmounts(one, unit)),
    table,
    show,
    style,
  )
}

function renderLoad(load: ShownLoad, style: Style): string {
  const { url, connections, requests, perSecond, errors, timeouts, statuses, bytes } = load
  const answers = Object.entries(statuses).map(([kind, count]) => `${formatCount(count)} ${kind}`)
  const lost = [
    ...(errors > 0 ? [`${formatCount(errors)} errors`] : []),
    ...(timeouts > 0 ? [`${formatCount(timeouts)} timeouts`] : []),
  ]
  const counts = [...answers, ...lost].join(', ') || 'no answer'
  const text = `Load: ${url}, ${connections} connections, each asking again as soon as it is answered: ${formatCount(requests)} answers (${counts}), ${formatCount(perSecond)} a second, ${formatBytes(bytes)}. While profiled, so not how fast it is without.`
  const quantiles = load.latency.filter(({ q }) => [0.5, 0.9, 0.99, 1].includes(q))
  const latency = quantiles
    .map(({ q, ms, beyond }) =>
      q === 1
        ? `longest ${formatDuration(ms)}`
        : `p${q * 100} ${formatDuration(ms)} (${formatCount(beyond)} longer)`,
    )
    .join(', ')
  const lines = [text, ...(latency === '' ? [] : [`Answer times: ${latency}.`])]
  return lines.map(line => wrap(style, escapeTerminal(line))).join('\n')
}
