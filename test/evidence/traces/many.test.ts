/** Traces that were made by mistake, in numbers: names with ids in them, one id for all requests. */
import { expect, test } from 'vitest'
import { learnOrder, pairOf } from '../../../src/evidence/traces/call-order.js'
import { arrangeTrees } from '../../../src/evidence/traces/load-traces.js'
import { matchRequests } from '../../../src/evidence/traces/match-requests.js'
import type { TracedRequest } from '../../../src/evidence/traces/read-traces.js'
import { growTree, readTrace, SERVER, type Span } from '../../../src/evidence/traces/trace.js'

const SPAN: Span = { id: 'root', parent: null, name: 0, clock: 0, flags: 0, start: 0, duration: 100e6 }

test('pairs of names that never come again are forgotten, those that do are not', () => {
  const below = (name: number): Span => ({
    ...{ ...SPAN, id: `${name}`, parent: 'root', name },
    ...{ start: name * 1000, duration: 50e6 },
  })
  const traces = Array.from({ length: 100 }, (_, i) => {
    const unique = Array.from({ length: 20 }, (_, k) => below(100 + i * 20 + k))
    // All run at once; 1 and 2 in every trace, 3 and 4 in the first and the last.
    return [SPAN, below(1), below(2), ...(i % 99 === 0 ? [below(3), below(4)] : []), ...unique]
  })
  const { trees } = arrangeTrees(traces.map(spans => growTree(readTrace(spans), 0)))
  const label = (name: number) => trees[0]!.label[trees[0]!.name.indexOf(name)]!
  const [often, seldom] = [pairOf(label(1), label(2)), pairOf(label(3), label(4))]
  const ordered = trees.map(tree => tree!)
  expect([...learnOrder(ordered, 1000).independent]).toContain(often)
  expect([...learnOrder(ordered, 1000).independent]).not.toContain(seldom)
  expect([...learnOrder(ordered).independent]).toContain(seldom)
})

test('many requests of one trace: each has the longest span that fits; of too many nothing is known', () => {
  const count = 1000
  const spans = Array.from({ length: count }, (_, i) => ({
    ...{ ...SPAN, id: `${i}`, flags: SERVER },
    duration: (i + 1) * 1e6,
  }))
  const request = {
    trace: 'a',
    span: null,
    cluster: 'x',
    group: 0,
    account: null,
    monthly: null,
    outcome: 'ok',
  }
  const requests = spans.map(
    // One without a time: whatever it is, it isn't one of the longer spans.
    ({ duration }, i): TracedRequest => ({
      ...{ ...request, weight: 1, isCounted: true, isGood: true },
      duration_ms: i === 7 ? null : duration / 1e6 - 0.5,
    }),
  )
  const rootsOf = (some: TracedRequest[]) =>
    new Map(matchRequests(some, readTrace(spans)).map(({ request, root }) => [request, root]))
  const roots = rootsOf(requests)
  expect(requests.map(one => roots.get(one))).toEqual(requests.map((_, i) => (i === 7 ? null : i)))
  const tooMany = rootsOf([...requests, { ...requests[0]! }])
  expect([...new Set(tooMany.values())]).toEqual([null])
})
