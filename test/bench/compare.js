// The statistics of two arms once the engine has reduced them: they cost what the distinct values and the customers cost, not the requests.
// Beside it Mann and Whitney's test on 2 × 1 million values, from the engine to the p value, against scipy's on the values in memory.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { compareArms } from '../../dist/experiments/compare-arms.js'
import { chooseCuts } from '../../dist/stats/binned-arms.js'
import { distributionFromPairs, mergeDistributions } from '../../dist/stats/distribution.js'
import { mannWhitney } from '../../dist/stats/rank-tests.js'
import { PARQUET, sqlText } from '../../dist/store/engine.js'
import { median } from './measure.js'

const CUSTOMERS = 5000
const UNDER_MS = 500
const SIZES = [100_000, 10_000_000, 100_000_000]

/** Requests with log-normal times in whole milliseconds, the same in every query. */
function requests(count, side) {
  const uniform = salt => `(hash(i * 7 + ${salt} + ${side} * 3) % 1000003 + 0.5) / 1000003`
  const normal = `sqrt(-2 * ln(${uniform(1)})) * cos(2 * pi() * ${uniform(2)})`
  return `(SELECT round(exp(4.5 + 0.8 * (${normal})))::DOUBLE AS ms, hash(i + ${side}) % ${CUSTOMERS} AS customer FROM range(${count}) r(i))`
}

async function reduce(connection, count) {
  const all = async sql => (await connection.runAndReadAll(sql)).getRowObjectsJS()
  const pooled = []
  for (const side of [0, 1]) {
    const rows = await all(`SELECT ms, count(*)::DOUBLE AS n FROM ${requests(count, side)} GROUP BY 1`)
    pooled.push(distributionFromPairs(rows.map(({ ms, n }) => [ms, n])))
  }
  const { cuts, isExact } = chooseCuts(mergeDistributions(pooled), 512)
  const sides = []
  for (const side of [0, 1]) {
    const counts = await all(`SELECT 'account ' || customer AS cluster, count(*)::DOUBLE AS requests,
      count(*) FILTER (ms < ${UNDER_MS})::DOUBLE AS good FROM ${requests(count, side)} GROUP BY 1`)
    const bins =
      await all(`SELECT 'group ' || customer % 400 AS cluster, map_values(histogram(ms, [${cuts.join(', ')}]::DOUBLE[])) AS counts
      FROM ${requests(count, side)} GROUP BY 1`)
    sides.push({
      counts,
      bins: bins.map(row => ({ cluster: row.cluster, counts: Float64Array.from(row.counts, Number) })),
    })
  }
  const arm = ({ counts }) => ({
    clusters: counts,
    requests: count,
    unmeasured: false,
    errorShare: 0,
    unfinishedShare: 0,
  })
  return {
    before: arm(sides[0]),
    after: arm(sides[1]),
    times: {
      before: pooled[0],
      after: pooled[1],
      bins: { cuts, isExact, before: sides[0].bins, after: sides[1].bins },
    },
  }
}

function timeStatistics(arms) {
  const start = performance.now()
  compareArms({ ...arms, under_ms: UNDER_MS, unit: 'customer', smallest: 0.01, seed: 1, apartInTime: false })
  return (performance.now() - start) / 1000
}

export async function benchCompare({ rounds }) {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reduced = []
  for (const size of SIZES) {
    reduced.push(await reduce(connection, size))
    console.log(`two arms of ${size.toLocaleString('en')} requests are reduced`)
  }
  const seconds = SIZES.map(() => [])
  for (let round = 0; round <= rounds; round += 1)
    for (const [i, arms] of reduced.entries()) {
      const took = timeStatistics(arms)
      if (round > 0) seconds[i].push(took)
    }
  return [
    {
      what: 'statistics of 2 × 10 million requests, after reduction',
      value: median(seconds[1]),
      budget: 2,
      unit: ' s',
    },
    {
      what: 'statistics of 2 × 100 million requests, against 2 × 100 thousand',
      value: median(seconds[2].map((took, round) => took / seconds[0][round])),
      budget: 1.5,
      unit: 'x',
    },
    ...(await compareScipy(connection, rounds)),
  ]
}

const SCIPY = `
import time, sys, numpy
from scipy.stats import mannwhitneyu
r = numpy.random.default_rng(1)
a, b = (numpy.round(numpy.exp(4.5 + 0.8 * r.standard_normal(1000000))) for _ in range(2))
mannwhitneyu(a, b)
for _ in range(int(sys.argv[1])):
    start = time.perf_counter(); mannwhitneyu(a, b); print(time.perf_counter() - start)
`

/** Some ten milliseconds each, so that the first ones are the compiler's. */
const WARM_UP = 5

async function compareScipy(connection, rounds) {
  const scipy = spawnSync('python3', ['-c', SCIPY, String(rounds)], { encoding: 'utf8' })
  if (scipy.status !== 0) {
    console.log('left out: scipy is not installed')
    return []
  }
  // At rest as an import leaves them.
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-bench-'))
  const file = side => sqlText(path.join(folder, `arm-${side}.parquet`))
  for (const side of [0, 1])
    await connection.run(`COPY (SELECT ms FROM ${requests(1_000_000, side)}) TO ${file(side)} (${PARQUET})`)
  const pairs = side =>
    `(SELECT ${side} AS side, ms, count(*)::DOUBLE AS n FROM ${file(side)} GROUP BY 2 ORDER BY 2)`
  const ours = []
  for (let round = -WARM_UP; round < rounds * 5; round += 1) {
    const start = performance.now()
    const reader = await connection.runAndReadAll([0, 1].map(pairs).join(' UNION ALL '))
    const sides = [[], []]
    const [side, values, counts] = reader.getColumnsJS()
    values.forEach((value, i) => {
      sides[side[i]].push([value, counts[i]])
    })
    const arms = sides.map(distributionFromPairs)
    mannWhitney(...arms)
    if (round >= 0) ours.push((performance.now() - start) / 1000)
  }
  await rm(folder, { recursive: true })
  const theirs = scipy.stdout.trim().split('\n').map(Number)
  console.log(`Mann–Whitney: ours ${median(ours).toFixed(3)} s, scipy ${median(theirs).toFixed(2)} s`)
  return [
    {
      what: 'Mann–Whitney on 2 × 1 million, engine to p, against scipy',
      value: median(ours) / median(theirs),
      budget: 1 / 20,
      unit: 'x',
    },
  ]
}
