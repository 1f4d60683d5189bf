/** Traps for the usual tests, with their rates by those tests and by the ones that are used here. */

const UNDER_MS = 500
const REQUESTS = 400

/**
 * @param {object} methods
 * @param {import('../../src/stats/random.js').Random} random
 * @param {number} runs
 */
export function runTail(
  { distributionFromValues, mannWhitney, kolmogorovSmirnov, compareShares },
  random,
  runs,
) {
  const seen = { 'share under 500 ms': 0, 'Mann–Whitney': 0, 'Kolmogorov–Smirnov': 0 }
  for (let run = 0; run < runs; run += 1) {
    const before = drawTimes(random, 0)
    const after = drawTimes(random, 0.05)
    const [one, other] = [before, after].map(distributionFromValues)
    if (mannWhitney(one, other).p < 0.05) seen['Mann–Whitney'] += 1
    if (kolmogorovSmirnov(one, other).p < 0.05) seen['Kolmogorov–Smirnov'] += 1
    const { change } = compareShares({
      before: countGood(before, 'b'),
      after: countGood(after, 'a'),
      apartInTime: false,
      smallest: 0,
    })
    if (change.interval[1] < 0) seen['share under 500 ms'] += 1
  }
  return { runs, seen }
}

/** Log-normal with a median of 100 ms; a share of them takes ten times as long. */
function drawTimes(random, slow) {
  return Array.from({ length: REQUESTS }, () => {
    const ms = 100 * Math.exp(0.5 * random.nextNormal())
    return random.next() < slow ? ms * 10 : ms
  })
}

function countGood(times, prefix) {
  return times.map((ms, i) => ({ cluster: `${prefix}${i}`, requests: 1, good: ms < UNDER_MS ? 1 : 0 }))
}

/**
 * @param {object} methods
 * @param {import('../../src/stats/random.js').Random} random
 * @param {number} runs
 */
export function runManyRoutes({ newcombeInterval, normalCdf, adjustForMany }, random, runs) {
  const alarms = { 'each by itself': 0, 'Benjamini–Hochberg': 0 }
  for (let run = 0; run < runs; run += 1) {
    const ps = Array.from({ length: 40 }, () => {
      const [before, after] = [drawGood(random), drawGood(random)]
      const [low, high] = newcombeInterval(before, after)
      const se = (high - low) / 2 / 1.96
      return 2 * normalCdf(-Math.abs(after.good / after.trials - before.good / before.trials) / se)
    })
    if (ps.some(p => p < 0.05)) alarms['each by itself'] += 1
    if (adjustForMany(ps).selected.length > 0) alarms['Benjamini–Hochberg'] += 1
  }
  return { runs, alarms }
}

function drawGood(random) {
  let good = 0
  for (let i = 0; i < REQUESTS; i += 1) if (random.next() < 0.85) good += 1
  return { good, trials: REQUESTS }
}
