/** What is predicted of programs whose critical path is known, against what they do when they are changed. */
import { expect, test } from 'vitest'
import { arrangeTrees } from '../../../src/evidence/traces/load-traces.js'
import { replay } from '../../../src/evidence/traces/replay.js'
import { growTree, readTrace, type Span } from '../../../src/evidence/traces/trace.js'
import { type ClusterCount, estimateShare, totalClusters } from '../../../src/stats/clusters.js'
import { createRandom } from '../../../src/stats/random.js'
import { varyByClusters } from '../../../src/stats/share-variance.js'
import { tQuantile } from '../../../src/stats/special-functions.js'
import { numberOf, runProgram, type World } from './programs.js'
import { SHAPES, type Shape } from './shapes.js'

const CUSTOMERS = 24

interface Sample {
  before: ClusterCount[]
  after: ClusterCount[]
  largestGain: number
}

/** A few requests of each of some customers, who aren't alike. */
function predict({ program, change, under_ms, skew_s = 0 }: Shape, seed: number): Sample {
  const random = createRandom(seed)
  const offset = () => Math.round((random.next() * 2 - 1) * skew_s * 1e9)
  const world: World = {
    network: 1.5,
    skew: { cart: offset(), stock: offset(), price: offset(), taxes: offset(), items: offset() },
  }
  const traces: { customer: number; tree: ReturnType<typeof growTree> }[] = []
  for (let customer = 0; customer < CUSTOMERS; customer += 1) {
    const slowness = slownessOf(random.nextNormal())
    const requests = 2 + random.nextInteger(12)
    for (let i = 0; i < requests; i += 1) {
      const spans: Span[] = []
      runProgram(program, { seed: random.nextInteger(2 ** 31), slowness, world, spans })
      traces.push({ customer, tree: growTree(readTrace(spans), 0) })
    }
  }
  const { trees, order } = arrangeTrees(traces.map(({ tree }) => tree))
  const counts = Array.from({ length: CUSTOMERS }, () => ({ requests: 0, good: 0, goodAfter: 0 }))
  const named = { ...change, name: numberOf(change.name) }
  let largestGain = 0
  for (const [i, { customer }] of traces.entries()) {
    const tree = trees[i]!
    const now = replay(tree, order, named)
    largestGain = Math.max(largestGain, tree.duration[0]! - now)
    counts[customer]!.requests += 1
    if (tree.duration[0]! < under_ms * 1e6) counts[customer]!.good += 1
    if (now < under_ms * 1e6) counts[customer]!.goodAfter += 1
  }
  return {
    before: counts.map(({ requests, good }, i) => ({ cluster: `${i}`, requests, good })),
    after: counts.map(({ requests, goodAfter }, i) => ({ cluster: `${i}`, requests, good: goodAfter })),
    largestGain,
  }
}

const slownessOf = (normal: number) => Math.exp(0.2 * normal)

/** Share under the threshold of the whole population, before and after. */
function findTruth({ program, change, under_ms }: Shape, size = 12_000): { before: number; after: number } {
  const random = createRandom(99)
  const world = { network: 1.5, skew: {} }
  let before = 0
  let after = 0
  for (let i = 0; i < size; i += 1) {
    const options = { seed: random.nextInteger(2 ** 31), slowness: slownessOf(random.nextNormal()), world }
    if (runProgram(program, options) < under_ms * 1e6) before += 1
    if (runProgram(program, { ...options, change }) < under_ms * 1e6) after += 1
  }
  return { before: before / size, after: after / size }
}

test('what is predicted holds the truth in 95 of 100 intervals', () => {
  const RUNS = 1000
  const shapes = Object.entries(SHAPES)
  const truths = shapes.map(([, shape]) => findTruth(shape))
  /** Runs, and how many intervals of the share and of its change missed the truth. */
  const missed: Record<string, number[]> = {}
  let covered = 0
  let coveredChange = 0
  for (let run = 0; run < RUNS; run += 1) {
    const [name, shape] = shapes[run % shapes.length]!
    const truth = truths[run % shapes.length]!
    const { before, after, largestGain } = predict(shape, 1000 + run)
    const tallies = missed[name] ?? [0, 0, 0]
    missed[name] = tallies
    tallies[0]! += 1
    const [low, high] = estimateShare(after).interval!
    if (low <= truth.after && truth.after <= high) covered += 1
    else tallies[1]! += 1
    const [was, is] = [totalClusters(before), totalClusters(after)]
    const { variance, df } = varyByClusters(was, is)
    const reach = tQuantile(0.975, df) * Math.sqrt(variance)
    if (Math.abs(is.share - was.share - (truth.after - truth.before)) <= reach) coveredChange += 1
    else tallies[2]! += 1
    if (shape.isSlack) expect(largestGain).toBe(0)
  }
  const seen = JSON.stringify(missed)
  expect(covered, seen).toBeGreaterThanOrEqual(927)
  expect(coveredChange, seen).toBeGreaterThanOrEqual(927)
})
