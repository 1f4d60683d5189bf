/** A run of a profiling tool: where the time or the memory went, what the tool says itself, and the load that it was under. */
import { formatBytes, formatCount, formatDuration, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import { renderHotFunctions } from './hot-functions.js'
import { fitCharset, paint, type Style, wrap } from './style.js'

type ShownFunction = { function: string; file: string | null; line: number | null; group: string } & (
  | { self_ms: number; total_ms: number }
  | { self_bytes: number; total_bytes: number }
  | { self_samples: number; total_samples: number }
)

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
  hottest: ShownFunction[]
  idle_ms: number | null
  active_ms: number | null
  allocated_bytes: number | null
  verdict: { finding: string } | null
  load: ShownLoad | null
  story: string | null
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
    head.map(line => wrap(style, escapeTerminal(line))).join('\n'),
    run.verdict && wrap(style, paint(style, 'bold', escapeTerminal(`Diagnosis: ${run.verdict.finding}.`))),
    describeWhole(run),
    run.hottest.length > 0 && renderFunctions(run, show, style),
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

function renderFunctions(run: ShownToolRun, show: (file: string) => string, style: Style): string {
  const functions = run.hottest.map(one => ({ ...one, ...readUnit(one) }))
  const table = {
    whole: run.active_ms ?? run.allocated_bytes,
    share: run.active_ms === null ? 'of all' : 'of active',
    format: functions[0]!.format,
  }
  return renderHotFunctions(functions, table, show, style)
}

function readUnit(one: ShownFunction): { self: number; total: number; format: (value: number) => string } {
  if ('self_ms' in one) return { self: one.self_ms, total: one.total_ms, format: formatDuration }
  if ('self_bytes' in one) return { self: one.self_bytes, total: one.total_bytes, format: formatBytes }
  return { self: one.self_samples, total: one.total_samples, format: formatCount }
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
