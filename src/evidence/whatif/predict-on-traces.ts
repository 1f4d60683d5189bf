/** What one change to the spans of a name would do, on the critical path of each request's trace. */
import { closest } from 'fastest-levenshtein'
import { WhyslowError } from '../../errors.js'
import type { Store } from '../../store/open-store.js'
import type { Slice } from '../../store/slice.js'
import { formatTimes } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { compareTraced } from '../traces/compare-traced.js'
import { type LoadedTraces, loadTraces, type RequestTree } from '../traces/load-traces.js'
import type { ReadOptions } from '../traces/read-traces.js'
import { type NamedChange, replay } from '../traces/replay.js'
import { summariseSlack } from '../traces/summarise-slack.js'
import type { Change, Predicted, PredictedCluster, SpanSlack } from './change.js'
import { CrossingTally } from './describe-crossing.js'

/**
 * On the requests of the slice that have a trace, in counts of those. The request gains what its own span gains: what a balancer adds to
 * that stays. Errors, timeouts and aborted requests stay as they are. Throws where there is no trace, or no span of the name.
 */
export async function predictOnTraces(
  store: Store,
  slice: Slice,
  change: Extract<Change, { kind: 'span' | 'parallel' }>,
  options: ReadOptions,
): Promise<Predicted & { warnings: Warning[] }> {
  const loaded = await loadTraces(store, slice, options)
  const named = nameChange(loaded, change)
  const { traced: share, warnings } = await compareTraced(store, slice, loaded, options)
  const clusters = new Map<string, PredictedCluster & { observed: number }>()
  let requests = 0
  let unchanged = 0
  for (const traced of loaded.requests) {
    const { request, tree } = traced
    if (!request.isCounted) continue
    const { cluster, account, monthly, weight, isGood } = request
    const none = { requests: 0, observed: 0, good: 0, goodAfter: 0 }
    const counts = clusters.get(cluster) ?? { cluster, account, monthly, ...none }
    clusters.set(cluster, counts)
    counts.requests += weight
    counts.observed += 1
    requests += weight
    if (isGood) counts.good += weight
    if (isGood || becomesGood(traced, loaded, named, options.under_ms)) counts.goodAfter += weight
    if (tree === null || request.outcome !== 'ok') unchanged += weight
  }
  const found = [...clusters.values()]
  const crossing = new CrossingTally()
  crossing.add(found)
  return {
    clusters: found,
    unit: crossing.unit,
    crossing: await crossing.describe(store, share * loaded.part),
    slack: summariseSlack(loaded),
    assumptions: describeAssumptions(change),
    requests,
    unchanged,
    warnings: [...loaded.warnings, ...warnings],
  }
}

/** The spans of the slice's traces with their slack: those that take longest on the critical path first. */
export async function listSpans(
  store: Store,
  slice: Slice,
  options: ReadOptions & { limit?: number },
): Promise<SpanSlack[]> {
  return summariseSlack(await loadTraces(store, slice, options), options.limit)
}

function nameChange(
  { requests, names }: LoadedTraces,
  change: { kind: 'span' | 'parallel'; name: string } & Partial<{ times: number }>,
): NamedChange {
  if (requests.length === 0) {
    throw new WhyslowError('No request of this slice has a trace, so nothing is known of its spans.', {
      next: ['whyslow import spans.json    OpenTelemetry traces, as OTLP JSON'],
      exit: 3,
    })
  }
  const name = names.find(change.name)
  if (name === undefined) {
    const hint = names.texts.length === 0 ? '' : ` The closest: “${closest(change.name, names.texts)}”.`
    throw new WhyslowError(`No span of these requests is called “${change.name}”.${hint}`)
  }
  if (!requests.some(({ tree }) => tree?.name.includes(name))) {
    throw new WhyslowError(
      `“${change.name}” is a span of torn traces only, or of none of these requests: what it would change can’t be told.`,
      { next: ['Import the spans of all services that they pass through'], exit: 3 },
    )
  }
  return change.kind === 'span' ? { kind: 'span', name, times: change.times! } : { kind: 'parallel', name }
}

function becomesGood(
  { request, tree }: RequestTree,
  { order }: LoadedTraces,
  change: NamedChange,
  under_ms: number,
): boolean {
  if (tree === null || request.outcome !== 'ok' || request.duration_ms === null) return false
  if (!tree.name.includes(change.name)) return false
  const gained = tree.duration[0]! - replay(tree, order, change)
  return request.duration_ms - Math.max(0, gained) / 1e6 < under_ms
}

function describeAssumptions(change: Extract<Change, { kind: 'span' | 'parallel' }>): string[] {
  const common = [
    'A span does nothing of its own while a call below it runs, and waits for the calls that ended before it did.',
    'A call waits for what ended before it began, unless traces show that it needn’t.',
    'Waiting for what is no span of the trace (a lock, a queue, a busy process) stays as long as it was.',
    'Errors, timeouts and aborted requests stay as they are.',
  ]
  if (change.kind === 'span') {
    const much = change.times === Infinity ? 'take no time' : `are ${formatTimes(change.times)} as fast`
    return [
      `Spans called “${change.name}”, with all below them, ${much}.`,
      'What failed and was tried again still fails, and is tried again: each attempt gets faster.',
      ...common,
    ]
  }
  return [
    `Calls of “${change.name}” below one span need nothing of each other, nor of what ran between them.`,
    'Whoever answers them takes all of them at once as fast as one after the other.',
    'What the span itself does between them stays, and so does a call that follows a failed one: its retry.',
    ...common,
  ]
}
