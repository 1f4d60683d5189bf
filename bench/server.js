// The service of bench/statistics.yaml: two arms of made-up requests are compared and the result is rendered, as `whyslow compare` does.
import http from 'node:http'
import { compareArms } from '../dist/experiments/compare-arms.js'
import { renderComparison } from '../dist/reports/comparison.js'
import { PLAIN } from '../dist/reports/style.js'
import { binNumbers, chooseCuts } from '../dist/stats/binned-arms.js'
import { distributionFromValues, mergeDistributions } from '../dist/stats/distribution.js'
import { createRandom } from '../dist/stats/random.js'

const PORT = 21817
const UNDER_MS = 250
const CUSTOMERS = 30
const REQUESTS = 20

const random = createRandom(8)
const sides = { before: makeRequests(1), after: makeRequests(1.1) }

/** Of each customer, whose requests resemble each other: whole milliseconds, with a long tail. */
function makeRequests(factor) {
  return Array.from({ length: CUSTOMERS }, (_, customer) => {
    const usual = 80 + 120 * random.next()
    const values = Array.from({ length: REQUESTS }, () =>
      Math.round(factor * usual * Math.exp(0.5 * random.nextNormal())),
    )
    return { cluster: `customer ${customer + 1}`, values }
  })
}

function countRequests(customers) {
  const clusters = customers.map(({ cluster, values }) => ({
    cluster,
    requests: values.length,
    good: values.filter(ms => ms < UNDER_MS).length,
  }))
  return { clusters, requests: CUSTOMERS * REQUESTS, unmeasured: false, errorShare: 0, unfinishedShare: 0 }
}

function readTimes() {
  const pool = customers => distributionFromValues(customers.flatMap(({ values }) => values))
  const [before, after] = [pool(sides.before), pool(sides.after)]
  const { cuts, isExact } = chooseCuts(mergeDistributions([before, after]), 512)
  const bin = customers =>
    binNumbers(
      customers.flatMap(({ cluster, values }) => values.map(value => ({ cluster, value, weight: 1 }))),
      cuts,
    )
  return { before, after, bins: { cuts, isExact, before: bin(sides.before), after: bin(sides.after) } }
}

function answer() {
  const comparison = compareArms({
    before: countRequests(sides.before),
    after: countRequests(sides.after),
    under_ms: UNDER_MS,
    unit: 'customer',
    smallest: 0.01,
    times: readTimes(),
    seed: 1,
    apartInTime: false,
  })
  return renderComparison(comparison, PLAIN)
}

http
  .createServer((request, response) => {
    response.end(request.url === '/ready' ? 'ready' : answer())
  })
  .listen(PORT, '127.0.0.1')
