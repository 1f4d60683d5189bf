/** Slack over many traces, by the name of the span. */
import type { SpanSlack } from '../whatif/change.js'
import type { OrderedTree } from './call-order.js'
import type { LoadedTraces } from './load-traces.js'
import { findSlack } from './slack.js'

const MOST_NAMES = 20

/** Milliseconds, each once per request's weight. */
interface Samples {
  slack: number[]
  duration: number[]
  weight: number[]
}

/** What the requests' own spans take, nobody needs to be told. */
export function summariseSlack(
  { requests, names, order }: Pick<LoadedTraces, 'requests' | 'names' | 'order'>,
  limit = MOST_NAMES,
): SpanSlack[] {
  const byName = new Map<number, Samples>()
  for (const { request, tree } of requests) {
    if (tree === null) continue
    const slack = findSlack(tree, order)
    for (const [name, own] of slackByName(tree, slack)) {
      const samples = byName.get(name) ?? { slack: [], duration: [], weight: [] }
      byName.set(name, samples)
      samples.slack.push(Math.min(own.slack, tree.duration[0]!) / 1e6)
      samples.duration.push(own.duration / 1e6)
      samples.weight.push(request.weight)
    }
  }
  const all = Array.from(byName, ([name, { slack, duration, weight }]) => ({
    span: names.texts[name]!,
    slack_ms: medianOf(slack, weight),
    duration_ms: medianOf(duration, weight),
    onPath: shareOf(slack, weight),
    traces: slack.length,
  }))
  // The time that it takes from all requests together.
  const cost = ({ duration_ms, onPath, traces }: SpanSlack) => duration_ms * onPath * traces
  return all
    .sort((a, b) => cost(b) - cost(a) || b.duration_ms - a.duration_ms || (a.span < b.span ? -1 : 1))
    .slice(0, limit)
}

/** The least slack of a name's spans in one trace, and the time during which any of them ran: nanoseconds. */
function slackByName(
  tree: OrderedTree,
  slack: Float64Array,
): Map<number, { slack: number; duration: number }> {
  const begins = new Float64Array(tree.size)
  for (let at = 1; at < tree.size; at += 1) begins[at] = begins[tree.parent[at]!]! + tree.start[at]!
  const inOrder = Array.from({ length: tree.size - 1 }, (_, i) => i + 1).sort(
    (a, b) => begins[a]! - begins[b]!,
  )
  const found = new Map<number, { slack: number; duration: number; until: number }>()
  for (const at of inOrder) {
    const name = tree.name[at]!
    const own = found.get(name) ?? { slack: Infinity, duration: 0, until: -Infinity }
    found.set(name, own)
    const end = begins[at]! + tree.duration[at]!
    own.slack = Math.min(own.slack, slack[at]!)
    own.duration += Math.max(0, end - Math.max(begins[at]!, own.until))
    own.until = Math.max(own.until, end)
  }
  return found
}

function medianOf(values: readonly number[], weights: readonly number[]): number {
  const inOrder = values.map((value, i) => ({ value, weight: weights[i]! })).sort((a, b) => a.value - b.value)
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2
  let sum = 0
  for (const { value, weight } of inOrder) {
    sum += weight
    if (sum >= half) return value
  }
  return 0
}

function shareOf(slack: readonly number[], weights: readonly number[]): number {
  let none = 0
  let all = 0
  for (const [i, weight] of weights.entries()) {
    all += weight
    if (slack[i] === 0) none += weight
  }
  return all === 0 ? 0 : none / all
}
