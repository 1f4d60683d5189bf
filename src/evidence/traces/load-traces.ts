/** The requests of a slice with the trees of their spans, clocks set right and calls in order. */
import type { Store } from '../../store/open-store.js'
import type { Slice } from '../../store/slice.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { alignClocks, learnShifts } from './align-clocks.js'
import { type CallOrder, type Labels, learnOrder, type OrderedTree, orderChildren } from './call-order.js'
import { matchRequests } from './match-requests.js'
import { chooseTraces, Names, type ReadOptions, type TracedRequest } from './read-traces.js'
import { growTree, readTrace, type Tree } from './trace.js'

export interface RequestTree {
  request: TracedRequest
  /** Null for a trace that is torn. */
  tree: OrderedTree | null
}

export interface LoadedTraces {
  requests: RequestTree[]
  names: Names
  order: CallOrder
  /** The part of the traces that was read. */
  part: number
  warnings: Warning[]
}

export async function loadTraces(store: Store, slice: Slice, options: ReadOptions): Promise<LoadedTraces> {
  const names = new Names()
  const { traces, chosen, batches } = await chooseTraces(store, slice, names, options)
  const grown: { request: TracedRequest; tree: Tree | null }[] = []
  for await (const { requests, spans } of batches) {
    const byTrace = Map.groupBy(requests, request => request.trace)
    for (const [id, own] of byTrace) {
      const rows = spans.get(id)
      const trace = rows === undefined ? null : readTrace(rows)
      for (const { request, root } of matchRequests(own, trace)) {
        grown.push({ request, tree: trace === null || root === null ? null : growTree(trace, root) })
      }
    }
  }
  const { aligned, trees, order } = arrangeTrees(grown.map(({ tree }) => tree))
  const requests = grown.map(({ request }, i) => ({ request, tree: trees[i]! }))
  const warnings = [
    ...describeChoice(traces, chosen),
    ...describeTorn(requests),
    ...describeClocks(aligned, requests.length),
  ]
  return { requests, names, order, part: traces === 0 ? 1 : chosen / traces, warnings }
}

/** What each tree alone can't tell: clocks, and what waits for what. */
export function arrangeTrees(trees: readonly (Tree | null)[]) {
  const aligned = alignAll(trees.filter(tree => tree !== null))
  const labels: Labels = new Map()
  const ordered = trees.map(tree => (tree === null ? null : orderChildren(tree, labels)))
  return { aligned, trees: ordered, order: learnOrder(ordered.filter(tree => tree !== null)) }
}

interface Aligned {
  shifted: number
  /** Nanoseconds. */
  largest: number
  longer: number
}

function alignAll(trees: readonly Tree[]): Aligned {
  const shifts = learnShifts(trees)
  const aligned = { shifted: 0, largest: 0, longer: 0 }
  for (const tree of trees) {
    const { largest, longer } = alignClocks(tree, shifts)
    if (largest > 0) aligned.shifted += 1
    if (longer > 0) aligned.longer += 1
    aligned.largest = Math.max(aligned.largest, largest)
  }
  return aligned
}

function describeChoice(traces: number, chosen: number): Warning[] {
  if (chosen >= traces) return []
  return [
    {
      code: 'traces-chosen',
      message: `About ${formatCount(chosen)} of ${formatCount(traces)} traces were read, chosen at random: the counts are of those.`,
      next: 'A shorter time reads all of them: --from, --to',
    },
  ]
}

function describeTorn(requests: readonly RequestTree[]): Warning[] {
  const torn = requests.filter(({ tree }) => tree === null).length
  if (torn === 0) return []
  return [
    {
      code: 'traces-torn',
      message: `${formatCount(torn)} of ${formatCount(requests.length)} requests (${formatShare(torn / requests.length)}) have a trace that is torn: spans are missing, doubled, without an end, or far too many. They count as unchanged.`,
      next: 'Import the spans of all services that they pass through',
    },
  ]
}

function describeClocks({ shifted, largest, longer }: Aligned, of: number): Warning[] {
  const warnings: Warning[] = []
  if (shifted > 0) {
    warnings.push({
      code: 'clocks-shifted',
      message: `Clocks of services don't agree: in ${formatCount(shifted)} of ${formatCount(of)} traces calls were shifted to lie inside of what waited for them, by up to ${formatDuration(largest / 1e6)}. Times within one service are as recorded.`,
    })
  }
  if (longer > 0) {
    warnings.push({
      code: 'calls-longer',
      message: `In ${formatCount(longer)} of ${formatCount(of)} traces a service worked on a call for longer than its caller waited: what came after the caller's end counts for nothing.`,
    })
  }
  return warnings
}
