/**
 * Which span of a trace is a request. A request that several services handle has a server span in each, and may stand in a balancer's log,
 * too: it is counted once, where it was seen first.
 */
import type { TracedRequest } from './read-traces.js'
import { SERVER, type Trace } from './trace.js'

export interface MatchedRequest {
  request: TracedRequest
  /** Its place among the spans; null where it can't be told. */
  root: number | null
}

/** More than that name one trace: its id is a constant. */
const MOST_REQUESTS = 1000

/** `trace` is null where its spans weren't read. */
export function matchRequests(requests: readonly TracedRequest[], trace: Trace | null): MatchedRequest[] {
  if (trace === null || requests.length > MOST_REQUESTS)
    return requests.map(request => ({ request, root: null }))
  const places = new Map(trace.spans.map((span, at) => [span.id, at]))
  const matched: MatchedRequest[] = []
  const taken = new Set<number>()
  // A log's line is about the longest span that fits in it: it saw the request from further outside.
  const logged = requests.filter(request => request.span === null)
  const servers = logged.length === 0 ? [] : listServers(trace)
  let next = 0
  for (const request of logged.toSorted((a, b) => (b.duration_ms ?? 0) - (a.duration_ms ?? 0))) {
    const most = ((request.duration_ms ?? 0) + 1) * 1e6
    // Too long for this one is too long for those after it.
    while (next < servers.length && trace.spans[servers[next]!]!.duration! > most) next += 1
    const root = servers[next++] ?? null
    if (root !== null) taken.add(root)
    matched.push({ request, root })
  }
  for (const request of requests) {
    if (request.span === null) continue
    const root = places.get(request.span) ?? null
    if (root !== null && taken.has(root)) continue
    if (root !== null) taken.add(root)
    matched.push({ request, root })
  }
  const inner = findBelow(trace, taken)
  return matched.filter(({ root }) => root === null || inner[root] === 0)
}

/** Longest first; any spans where none is a server's. */
function listServers({ spans, parents }: Trace): number[] {
  const all = spans.map((_, at) => at).filter(at => spans[at]!.duration !== null)
  const servers = all.filter(at => (spans[at]!.flags & SERVER) > 0)
  const tops = all.filter(at => parents[at]! < 0)
  return (servers.length > 0 ? servers : tops).sort((a, b) => spans[b]!.duration! - spans[a]!.duration!)
}

/** 1 for each span that is below one of these. */
function findBelow({ parents, children, isBroken }: Trace, tops: ReadonlySet<number>): Uint8Array {
  const below = new Uint8Array(parents.length)
  if (isBroken) {
    for (let at = 0; at < parents.length; at += 1) if (parents[at]! >= 0) below[at] = 1
    return below
  }
  const found: number[] = []
  for (let at = 0; at < parents.length; at += 1) if (parents[at]! < 0) found.push(at)
  for (let seen = 0; seen < found.length; seen += 1) {
    const above = found[seen]!
    for (let child = children.head[above]!; child >= 0; child = children.next[child]!) {
      if (below[above] === 1 || tops.has(above)) below[child] = 1
      found.push(child)
    }
  }
  return below
}
