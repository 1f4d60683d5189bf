/**
 * Made-up arms whose truth is known: how often is a comparison wrong, how often does it see what is there?
 * Customers differ (logit-normal), so do their sizes; days may be good or bad for all of them at once.
 */

/**
 * @typedef {object} Scenario
 * @property {number} customers in each arm
 * @property {'equal' | 'log-normal' | 'one of 40%'} [sizes]
 * @property {boolean} [paired] the same customers in both arms (default), else others
 * @property {number} [requests] per customer and arm, or per customer and day where there are days; 20
 * @property {number} [typical] logit of a typical customer's share of good requests; 2, which is 88%
 * @property {number} [customerSpread] sd of customers' logits; 1
 * @property {number} [days] on each side, arms apart in time
 * @property {number} [daySpread] sd of days' logits
 * @property {number} [dayLikeness] autocorrelation of days, 0 to 1
 * @property {number} [effect] what the change adds to each customer's logit
 */

/** @typedef {import('../../src/stats/random.js').Random} Random */

/**
 * @param {Random} random
 * @param {Scenario} scenario
 */
export function makeArms(random, scenario) {
  const { customers, paired = true, effect = 0, typical = 2, customerSpread = 1 } = scenario
  const drawLogits = () =>
    Array.from({ length: customers }, () => typical + customerSpread * random.nextNormal())
  const sizes = makeSizes(random, scenario)
  const logits = drawLogits()
  const days = makeDays(random, scenario)
  return {
    before: makeRows(random, 'c', sizes, logits, days.before, 0),
    after: paired
      ? makeRows(random, 'c', sizes, logits, days.after, effect)
      : makeRows(random, 'd', makeSizes(random, scenario), drawLogits(), days.after, effect),
  }
}

/**
 * @param {Random} random
 * @param {Scenario} scenario
 */
export function makeSizes(random, { customers, sizes = 'equal', requests = 20 }) {
  if (sizes === 'log-normal') {
    return Array.from({ length: customers }, () => Math.ceil(requests * Math.exp(1.5 * random.nextNormal())))
  }
  const equal = Array.from({ length: customers }, () => requests)
  if (sizes === 'one of 40%') equal[0] = Math.round((0.4 / 0.6) * requests * (customers - 1))
  return equal
}

/**
 * Logit of each day on each side; one nameless day without an effect where arms ran side by side.
 * @param {Random} random
 * @param {Scenario} scenario
 */
function makeDays(random, { days, daySpread = 0, dayLikeness = 0 }) {
  if (days === undefined) return { before: [{ shift: 0 }], after: [{ shift: 0 }] }
  let state = random.nextNormal()
  const all = Array.from({ length: 2 * days }, (_, i) => {
    state = dayLikeness * state + Math.sqrt(1 - dayLikeness ** 2) * random.nextNormal()
    return { day: `day ${String(i).padStart(3, '0')}`, shift: daySpread * state }
  })
  return { before: all.slice(0, days), after: all.slice(days) }
}

/**
 * @param {Random} random
 * @param {string} prefix
 * @param {number[]} sizes
 * @param {number[]} logits
 * @param {{ day?: string, shift: number }[]} days
 * @param {number} effect
 */
function makeRows(random, prefix, sizes, logits, days, effect) {
  const clusters = nameClusters(prefix, sizes.length)
  return days.flatMap(({ shift, ...day }) =>
    sizes.map((requests, i) => ({
      cluster: /** @type {string} */ (clusters[i]),
      ...day,
      requests,
      good: drawBinomial(random, requests, 1 / (1 + Math.exp(-(logits[i] + shift + effect)))),
    })),
  )
}

/** @type {Map<string, string[]>} */
const names = new Map()

/**
 * The same texts in every run: looking up a new one each time would take longer than all that is drawn.
 * @param {string} prefix
 * @param {number} count
 */
function nameClusters(prefix, count) {
  const known = names.get(prefix) ?? []
  names.set(prefix, known)
  while (known.length < count) known.push(`${prefix}${known.length}`)
  return known
}

/**
 * Exact by inversion while (1 − p)ⁿ is a number, normal beyond.
 * @param {Random} random
 * @param {number} trials
 * @param {number} p
 */
export function drawBinomial(random, trials, p) {
  if (p > 0.5) return trials - drawBinomial(random, trials, 1 - p)
  if (trials * p > 200) {
    const drawn = Math.round(trials * p + Math.sqrt(trials * p * (1 - p)) * random.nextNormal())
    return Math.min(trials, Math.max(0, drawn))
  }
  let chance = (1 - p) ** trials
  let left = random.next()
  let successes = 0
  while (left > chance && successes < trials) {
    left -= chance
    successes += 1
    chance *= (p / (1 - p)) * ((trials - successes + 1) / successes)
  }
  return successes
}

/**
 * How a comparison fares over many runs of a scenario.
 * @param {typeof import('../../src/stats/compare-shares.js').compareShares} compareShares
 * @param {Random} random
 * @param {Scenario & { smallest?: number, apartInTime?: boolean }} scenario
 * @param {number} runs
 * @param {typeof import('../../src/stats/intervals.js').newcombeInterval} [plain] the interval as if all requests were independent
 */
export function runScenario(compareShares, random, scenario, runs, plain) {
  const seen = {
    runs,
    excludesZero: 0,
    plainExcludesZero: 0,
    better: 0,
    worse: 0,
    same: 0,
    cannotTell: 0,
    noInterval: 0,
  }
  for (let run = 0; run < runs; run += 1) {
    const arms = makeArms(random, scenario)
    if (plain && isOff(plain(addUp(arms.before), addUp(arms.after)))) seen.plainExcludesZero += 1
    const { change, verdict } = compareShares({
      ...arms,
      apartInTime: scenario.apartInTime ?? scenario.days !== undefined,
      smallest: scenario.smallest ?? 0.01,
    })
    if (change.interval === null) seen.noInterval += 1
    else if (change.interval[0] > 0 || change.interval[1] < 0) seen.excludesZero += 1
    if (verdict === 'better') seen.better += 1
    else if (verdict === 'worse') seen.worse += 1
    else if (verdict === 'no meaningful difference') seen.same += 1
    else seen.cannotTell += 1
  }
  return seen
}

/** @param {Row[]} rows */
function addUp(rows) {
  const sum = { good: 0, trials: 0 }
  for (const { requests, good } of rows) {
    sum.good += good
    sum.trials += requests
  }
  return sum
}

/**
 * @typedef {object} WatchScenario
 * @property {number} [looks] 30
 * @property {number} [growth] customers that are new at each look, in each arm; 0
 */

/**
 * The same arms watched while requests come in: how often does a sequence cry wolf at any of its looks, and how often would the interval
 * of each look by itself? `lookAgain` carries its state from look to look, and has a verdict at the first look that has one.
 * @param {typeof import('../../src/stats/compare-shares.js').compareShares} compareShares
 * @param {typeof import('../../src/stats/confidence-sequence.js').lookAgain} lookAgain
 * @param {Random} random
 * @param {Scenario & WatchScenario} scenario `requests`: per customer, arm and look; with `days`, a look is a day of the side after
 * @param {number} runs
 */
export function runWatch(compareShares, lookAgain, random, scenario, runs) {
  const seen = { runs, excludesZero: 0, plainExcludesZero: 0, better: 0, worse: 0, same: 0, looks: 0 }
  for (let run = 0; run < runs; run += 1) {
    const outcome = watchOnce(
      compareShares,
      lookAgain,
      makeLooks(random, scenario),
      scenario.days !== undefined,
    )
    if (outcome.excludesZero) seen.excludesZero += 1
    if (outcome.plainExcludesZero) seen.plainExcludesZero += 1
    if (outcome.verdict === 'better') seen.better += 1
    else if (outcome.verdict === 'worse') seen.worse += 1
    else if (outcome.verdict === 'no meaningful difference') seen.same += 1
    seen.looks += outcome.looks
  }
  return seen
}

/**
 * @param {typeof import('../../src/stats/compare-shares.js').compareShares} compareShares
 * @param {typeof import('../../src/stats/confidence-sequence.js').lookAgain} lookAgain
 * @param {{ before: Row[], after: Row[] }[]} looks what each adds
 * @param {boolean} apartInTime
 */
function watchOnce(compareShares, lookAgain, looks, apartInTime) {
  /** @type {{ before: Row[], after: Row[] }} */
  const all = { before: [], after: [] }
  /** @type {import('../../src/stats/confidence-sequence.js').SequenceState} */
  let state = { v1: null }
  let [excludesZero, plainExcludesZero] = [false, false]
  /** @type {{ verdict: string | null, looks: number }} */
  const told = { verdict: null, looks: looks.length }
  for (const [i, { before, after }] of looks.entries()) {
    all.before.push(...before)
    all.after.push(...after)
    const comparison = compareShares({ ...all, apartInTime, smallest: 0.01 })
    const look = lookAgain(comparison, state)
    state = look.state
    excludesZero ||= isOff(look.interval)
    plainExcludesZero ||= isOff(comparison.change.interval)
    if (told.verdict === null && look.verdict !== 'cannot tell yet') {
      told.verdict = look.verdict
      told.looks = i + 1
    }
  }
  return { ...told, excludesZero, plainExcludesZero }
}

/** @param {readonly [number, number] | null} interval */
function isOff(interval) {
  return interval !== null && (interval[0] > 0 || interval[1] < 0)
}

/** @typedef {{ cluster: string, day?: string, requests: number, good: number }} Row */

/**
 * What comes in between two looks. Arms apart in time have all of their side before at the first look, and a day of the side after at each.
 * @param {Random} random
 * @param {Scenario & WatchScenario} scenario
 * @returns {{ before: Row[], after: Row[] }[]}
 */
function makeLooks(random, scenario) {
  const {
    customers,
    looks = 30,
    growth = 0,
    paired = true,
    effect = 0,
    typical = 2,
    customerSpread = 1,
  } = scenario
  const people = customers + growth * looks
  const sizes = makeSizes(random, { ...scenario, customers: people })
  const draw = () => Array.from({ length: people }, () => typical + customerSpread * random.nextNormal())
  const logits = { before: draw(), after: draw() }
  if (paired) logits.after = logits.before
  const days = makeDays(
    random,
    scenario.days === undefined ? scenario : { ...scenario, days: Math.max(scenario.days, looks) },
  )
  return Array.from({ length: looks }, (_, look) => {
    const here = customers + growth * (look + 1)
    const arm = (
      /** @type {'before' | 'after'} */ side,
      /** @type {{ day?: string, shift: number }[]} */ on,
    ) =>
      makeRows(
        random,
        paired ? 'c' : side,
        sizes.slice(0, here),
        logits[side].slice(0, here),
        on,
        side === 'after' ? effect : 0,
      )
    if (scenario.days === undefined)
      return { before: arm('before', days.before), after: arm('after', days.after) }
    return {
      before: look === 0 ? arm('before', days.before.slice(-scenario.days)) : [],
      after: arm('after', [days.after[look]]),
    }
  })
}
