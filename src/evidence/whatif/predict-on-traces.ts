/** What one change to the spans of a name would do, on the critical path of each request's trace. */
import { closest } from 'fastest-levenshtein'
import { WhyslowError } from '../../errors.js'
import type { Store } from '../../store/open-store.js'
import type { Slice } from '../../store/slice.js'
import { formatTimes } from '../../units.js'
import type { Warning } from '../../warnings.js'
import type { CallOrder, OrderedTree } from '../traces/call-order.js'
import { compareTraced } from '../traces/compare-traced.js'
import { type LoadedTraces, loadTraces } from '../traces/load-traces.js'
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
  const { clusters, requests, unchanged } = countGood(loaded, named, options.under_ms)
  const crossing = new CrossingTally()
  crossing.add(clusters)
  return {
    clusters,
    unit: crossing.unit,
    crossing: await crossing.describe(store, share * loaded.part),
    slack: summariseSlack(loaded),
    assumptions: describeAssumptions(change),
    requests,
    unchanged,
    warnings: [...loaded.warnings, ...warnings],
  }
}

/** Of all spans of one name, and the points that the share of good requests would go up by, of requests with a trace. */
export interface SpanGains extends SpanSlack {
  /** Were they to take no time. */
  freeGain: number
  /** Were those below one span to run side by side; null where none follow one another. */
  parallelGain: number | null
}

/** The spans of the slice's traces: those that take longest on the critical path first. */
export async function listSpans(
  store: Store,
  slice: Slice,
  options: ReadOptions & { limit?: number },
): Promise<{ spans: SpanGains[]; warnings: Warning[] }> {
  const loaded = await loadTraces(store, slice, options)
  const gainOf = (change: NamedChange) => {
    const { clusters, requests, changed } = countGood(loaded, change, options.under_ms)
    const gained = clusters.reduce((sum, { good, goodAfter }) => sum + goodAfter - good, 0)
    return { changed, gain: requests === 0 ? 0 : gained / requests }
  }
  const spans = summariseSlack(loaded, options.limit).map(found => {
    const name = loaded.names.find(found.span)!
    const parallel = gainOf({ kind: 'parallel', name })
    return {
      ...found,
      freeGain: gainOf({ kind: 'span', name, times: Infinity }).gain,
      parallelGain: parallel.changed === 0 ? null : parallel.gain,
    }
  })
  return { spans, warnings: loaded.warnings }
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

/** Of requests that count, by cluster. Those without a whole trace, and those that were not answered, stay as they are. */
function countGood({ requests: all, order }: LoadedTraces, change: NamedChange, under_ms: number) {
  const clusters = new Map<string, PredictedCluster & { observed: number }>()
  let [requests, unchanged, changed] = [0, 0, 0]
  for (const { request, tree } of all) {
    if (!request.isCounted) continue
    const { cluster, account, monthly, weight, isGood, outcome, duration_ms } = request
    const none = { requests: 0, observed: 0, good: 0, goodAfter: 0 }
    const counts = clusters.get(cluster) ?? { cluster, account, monthly, ...none }
    clusters.set(cluster, counts)
    counts.requests += weight
    counts.observed += 1
    requests += weight
    const isKnown = tree !== null && outcome === 'ok' && duration_ms !== null
    const gained_ms = isKnown ? gainedBy(tree, order, change) : 0
    if (isGood) counts.good += weight
    if (isGood || (isKnown && gained_ms > 0 && duration_ms - gained_ms < under_ms)) counts.goodAfter += weight
    if (tree === null || outcome !== 'ok') unchanged += weight
    if (gained_ms > 0) changed += weight
  }
  return { clusters: [...clusters.values()], requests, unchanged, changed }
}

function gainedBy(tree: OrderedTree, order: CallOrder, change: NamedChange): number {
  if (!tree.name.includes(change.name)) return 0
  return Math.max(0, tree.duration[0]! - replay(tree, order, change)) / 1e6
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
