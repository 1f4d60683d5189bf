/**
 * Made-up arms of several kinds of requests, of which the last are the slowest; each customer has kinds of its own. After, there are more
 * of the slow kinds, for everybody: a change of the mix, and of nothing else but the effect.
 */
import { drawBinomial, makeSizes } from './scenarios.js'

/** @typedef {import('../../src/stats/random.js').Random} Random */

/**
 * @typedef {import('./scenarios.js').Scenario & { kinds: number, tilt?: number }} MixScenario
 * `tilt`: logit by which the slowest kind becomes more frequent than the fastest; 1.5
 */

/** From the fastest kind to the slowest, in logits. */
const APART = 2
/** Of how much a customer prefers a kind, and of how good it is for this customer. */
const PREFERENCE = 2
const OWN = 0.5

/**
 * @param {Random} random
 * @param {MixScenario} scenario
 */
export function makeShiftedMix(random, scenario) {
  const { paired = true, tilt = 1.5, effect = 0, days = 0, daySpread = 0 } = scenario
  const before = makeCustomers(random, scenario, 'c')
  const after = paired ? before : makeCustomers(random, scenario, 'd')
  const listDays = (/** @type {number} */ from) =>
    days === 0
      ? [{ shift: 0 }]
      : Array.from({ length: days }, (_, i) => ({
          day: `day ${String(from + i).padStart(3, '0')}`,
          shift: daySpread * random.nextNormal(),
        }))
  return {
    before: makeRows(random, before, listDays(0), { tilt: 0, effect: 0 }),
    after: makeRows(random, after, listDays(days), { tilt, effect }),
  }
}

/**
 * @param {Random} random
 * @param {MixScenario} scenario
 * @param {string} prefix
 */
function makeCustomers(random, scenario, prefix) {
  const { kinds, typical = 2, customerSpread = 1 } = scenario
  return makeSizes(random, scenario).map((requests, i) => {
    const logit = typical + customerSpread * random.nextNormal()
    return {
      cluster: `${prefix}${i}`,
      requests,
      kinds: Array.from({ length: kinds }, (_, kind) => ({
        slowness: kind / (kinds - 1),
        preference: PREFERENCE * random.nextNormal(),
        logit: logit + OWN * random.nextNormal() - (APART * kind) / (kinds - 1),
      })),
    }
  })
}

/**
 * @param {Random} random
 * @param {ReturnType<typeof makeCustomers>} customers
 * @param {{ day?: string, shift: number }[]} days
 * @param {{ tilt: number, effect: number }} after
 */
function makeRows(random, customers, days, { tilt, effect }) {
  return days.flatMap(({ shift, ...day }) =>
    customers.flatMap(({ cluster, requests, kinds }) => {
      const weights = kinds.map(({ preference, slowness }) => Math.exp(preference + tilt * slowness))
      let left = requests
      let ofWeights = weights.reduce((sum, weight) => sum + weight, 0)
      return kinds.flatMap(({ logit }, stratum) => {
        const count = drawBinomial(random, left, Math.min(1, weights[stratum] / ofWeights))
        left -= count
        ofWeights -= weights[stratum]
        const share = 1 / (1 + Math.exp(-(logit + shift + effect)))
        return count === 0
          ? []
          : [{ cluster, ...day, stratum, requests: count, good: drawBinomial(random, count, share) }]
      })
    }),
  )
}

/**
 * @param {typeof import('../../src/stats/compare-shares.js').compareShares} compareShares
 * @param {Random} random
 * @param {MixScenario} scenario
 * @param {number} runs
 */
export function runShiftedMix(compareShares, random, scenario, runs) {
  const seen = { runs, excludesZero: 0, plainExcludesZero: 0, better: 0, worse: 0, noInterval: 0 }
  for (let run = 0; run < runs; run += 1) {
    const arms = makeShiftedMix(random, scenario)
    const input = { ...arms, apartInTime: scenario.days !== undefined, smallest: 0.01 }
    const plain = compareShares(input).change.interval
    const { change, verdict } = compareShares({ ...input, sameMix: true })
    if (isOff(plain)) seen.plainExcludesZero += 1
    if (change.interval === null) seen.noInterval += 1
    else if (isOff(change.interval)) seen.excludesZero += 1
    if (verdict === 'better') seen.better += 1
    if (verdict === 'worse') seen.worse += 1
  }
  return seen
}

/** @param {readonly [number, number] | null} interval */
function isOff(interval) {
  return interval !== null && (interval[0] > 0 || interval[1] < 0)
}
