/**
 * `npm run simulate`: how often the comparison of shares is wrong, and how often it sees a change that is
 * there, on made-up data. Works on the build. `node test/simulate/run.js [runs] [seed]`
 */
import { judgeAll } from '../../dist/experiments/benchmarks/overall-verdict.js'
import { measureRounds } from '../../dist/experiments/benchmarks/plan-rounds.js'
import { compareShares } from '../../dist/stats/compare-shares.js'
import { lookAgain } from '../../dist/stats/confidence-sequence.js'
import { distributionFromValues } from '../../dist/stats/distribution.js'
import { newcombeInterval, wilsonInterval } from '../../dist/stats/intervals.js'
import { kolmogorovSmirnov } from '../../dist/stats/kolmogorov-smirnov.js'
import { adjustForMany } from '../../dist/stats/many.js'
import { createRandom } from '../../dist/stats/random.js'
import { mannWhitney } from '../../dist/stats/rank-tests.js'
import { normalCdf } from '../../dist/stats/special-functions.js'
import { runBenchmarks } from './benchmarks.js'
import { runScenario, runWatch } from './scenarios.js'
import { runShiftedMix } from './shifted-mix.js'
import { runManyRoutes, runTail } from './traps.js'

const runs = Number(process.argv[2] ?? 2000)
const seed = Number(process.argv[3] ?? 1)
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  console.error('Expected: node test/simulate/run.js [RUNS] [SEED], both whole numbers.')
  process.exit(2)
}

/** Adds about 3.5 percentage points to a share of 85%. */
const EFFECT = 0.35

const sideBySide = [12, 25, 100, 500].flatMap(customers =>
  ['equal', 'log-normal', 'one of 40%'].flatMap(sizes =>
    [true, false].map(paired => ({ name: 'side by side', customers, sizes, paired })),
  ),
)
const apart = [12, 25, 100].flatMap(customers =>
  ['equal', 'log-normal', 'one of 40%'].flatMap(sizes =>
    [true, false].map(paired => ({
      name: '7 days, shared, sd 0.1',
      customers,
      sizes,
      paired,
      days: 7,
      daySpread: 0.1,
      requests: 5,
    })),
  ),
)
const sharedDays = [
  ...[3, 4, 7, 14].map(days => ({ days, daySpread: 0.1 })),
  ...[3, 7, 14].map(days => ({ days, daySpread: 0.4 })),
  ...[7, 14, 28].map(days => ({ days, daySpread: 0.4, dayLikeness: 0.5 })),
].map(scenario => ({
  name: `${scenario.days} days, shared, sd ${scenario.daySpread}${scenario.dayLikeness ? ', alike 0.5' : ''}`,
  customers: 100,
  requests: 5,
  ...scenario,
}))
const trap = { name: '7 days, shared, sd 0.1', customers: 500, days: 7, daySpread: 0.1 }
const byCustomerOnly = { ...trap, name: 'the same, days ignored', apartInTime: false }

console.log(`${runs} runs each, seed ${seed}; smallest 1 percentage point; in brackets, 95% intervals of the rates.
false alarm: nothing changed, and the interval excludes 0; plain: the interval that takes requests as independent does
verdict: nothing changed, and it says better or worse
seen: every customer's logit grew by ${EFFECT}, and it says better
untold: no interval, as there are too few or too unequal customers
`)
const widths = [36, 10, 12, 7, 20, 8, 8, 20, 8]
printRow(['arms', 'customers', 'sizes', 'paired', 'false alarm', 'plain', 'verdict', 'seen', 'untold'])
for (const scenario of [...sideBySide, ...apart, ...sharedDays, trap, byCustomerOnly]) {
  const random = createRandom(seed)
  const fewer = scenario.customers * (scenario.days ?? 1) > 2000 ? Math.ceil(runs / 4) : runs
  const unchanged = runScenario(compareShares, random, scenario, fewer, newcombeInterval)
  const changed = runScenario(compareShares, random, { ...scenario, effect: EFFECT }, Math.ceil(fewer / 2))
  printRow([
    scenario.name,
    String(scenario.customers),
    scenario.sizes ?? 'equal',
    scenario.paired === false ? 'no' : 'yes',
    formatRate(unchanged.excludesZero, unchanged.runs),
    formatPercent(unchanged.plainExcludesZero / unchanged.runs),
    formatPercent((unchanged.better + unchanged.worse) / unchanged.runs),
    formatRate(changed.better, changed.runs),
    formatPercent(unchanged.noInterval / unchanged.runs),
  ])
}

console.log(`
A tail: 400 requests an arm, independent; after, 5% of them take ten times as long. Share: of good requests under 500 ms, against 0
seen: 95% intervals that exclude 0, or p under 0.05
`)
const tail = runTail(
  { distributionFromValues, mannWhitney, kolmogorovSmirnov, compareShares },
  createRandom(seed),
  Math.ceil(runs / 4),
)
printRow(['method', 'seen'])
for (const [method, count] of Object.entries(tail.seen)) printRow([method, formatRate(count, tail.runs)])

console.log(`
Many routes: 40 of 400 requests a side, nothing changed
false alarm: at least one route is said to have changed
`)
const many = runManyRoutes({ newcombeInterval, normalCdf, adjustForMany }, createRandom(seed), runs)
printRow(['method', 'false alarm'])
for (const [method, count] of Object.entries(many.alarms)) printRow([method, formatRate(count, many.runs)])

console.log(`
The mix shifts: customers have their own kinds of requests, and after, there are more of the slow kinds; no kind changed
false alarm: the interval excludes 0 at one mix; plain: at each side's own mix, which did change
seen: every customer's logit grew by ${EFFECT}, and at one mix it says better
`)
printRow(['arms', 'customers', 'sizes', 'paired', 'false alarm', 'plain', 'kinds', 'seen', 'untold'])
for (const scenario of [
  { customers: 12, kinds: 5 },
  { customers: 25, kinds: 5 },
  { customers: 25, kinds: 5, paired: false },
  { customers: 25, kinds: 10, sizes: 'log-normal', paired: false },
  { customers: 100, kinds: 10, sizes: 'log-normal', paired: false, requests: 10 },
  { customers: 25, kinds: 40, paired: false },
  { customers: 25, kinds: 5, days: 7, daySpread: 0.1, requests: 10 },
]) {
  const random = createRandom(seed)
  const fewer = Math.ceil(runs / 2)
  const unchanged = runShiftedMix(compareShares, random, scenario, fewer)
  const changed = runShiftedMix(compareShares, random, { ...scenario, effect: EFFECT }, Math.ceil(fewer / 2))
  printRow([
    scenario.days ? `${scenario.days} days, shared, sd ${scenario.daySpread}` : 'side by side',
    String(scenario.customers),
    scenario.sizes ?? 'equal',
    scenario.paired === false ? 'no' : 'yes',
    formatRate(unchanged.excludesZero, unchanged.runs),
    formatPercent(unchanged.plainExcludesZero / unchanged.runs),
    String(scenario.kinds),
    formatRate(changed.better, changed.runs),
    formatPercent(unchanged.noInterval / unchanged.runs),
  ])
}

console.log(`
Watched, 30 looks while requests come in
false alarm: nothing changed, and the sequence's interval excludes 0 at any look; plain: the 95% interval of any look does
seen: every customer's logit grew by ${EFFECT}, and it says better at one of them; looks: until then
`)
const watched = [
  { customers: 12, requests: 3 },
  { customers: 25, requests: 3 },
  { customers: 25, requests: 3, sizes: 'log-normal' },
  { customers: 25, requests: 3, sizes: 'log-normal', paired: false },
  { customers: 25, requests: 2, sizes: 'one of 40%' },
  { customers: 100, requests: 1 },
  { customers: 12, growth: 3, requests: 2 },
  { customers: 50, days: 14, daySpread: 0.1, requests: 2 },
  { customers: 50, days: 14, daySpread: 0.4, requests: 2 },
  { customers: 50, days: 14, daySpread: 0.4, dayLikeness: 0.5, requests: 2 },
]
printRow(['arms', 'customers', 'sizes', 'paired', 'false alarm', 'plain', '', 'seen', 'looks'])
for (const scenario of watched) {
  const random = createRandom(seed)
  const fewer = Math.ceil(runs / (scenario.days ? 8 : 4))
  const unchanged = runWatch(compareShares, lookAgain, random, scenario, fewer)
  const changed = runWatch(
    compareShares,
    lookAgain,
    random,
    { ...scenario, effect: EFFECT },
    Math.ceil(fewer / 2),
  )
  printRow([
    scenario.days
      ? `${scenario.days} days + one a look, sd ${scenario.daySpread}${scenario.dayLikeness ? ', alike' : ''}`
      : 'side by side',
    scenario.growth ? `${scenario.customers} +${scenario.growth}` : String(scenario.customers),
    scenario.sizes ?? 'equal',
    scenario.paired === false ? 'no' : 'yes',
    formatRate(unchanged.excludesZero, unchanged.runs),
    formatPercent(unchanged.plainExcludesZero / unchanged.runs),
    '',
    formatRate(changed.better, changed.runs),
    (changed.looks / changed.runs).toFixed(1),
  ])
}

console.log(`
bench compare: two versions, 6 pairs and up to 24, gates under (1pp) and cpu (3%); runs vary by 3% of CPU and a logit of 0.2, and the machine drifts
worse, better, no difference: the verdict over all gates; first: of the first round alone; truth: the cpu interval of the first round holds it
`)
printRow(['change', 'worse', '', 'first', 'better', '', 'none', 'truth', 'pairs'])
for (const [name, service] of [
  ['none', {}],
  ['none, runs that vary by 1%', { runNoise: 0.01, runLogit: 0.05 }],
  ['5% more CPU per request', { cpuEffect: 0.05 }],
  ['3% more', { cpuEffect: 0.03 }],
  ['5% less', { cpuEffect: -0.05 }],
  ['2% of requests 5 times slower', { slow: 0.001, tail: 0.02 }],
]) {
  const plan = { pairs: 6, mostPairs: 24 }
  const seen = await runBenchmarks({ measureRounds, judgeAll }, createRandom(seed), service, plan, runs)
  const of = verdict => seen.verdicts[verdict] ?? 0
  printRow([
    name,
    formatRate(of('worse'), runs),
    '',
    formatPercent(seen.firstFails / runs),
    formatRate(of('better'), runs),
    '',
    formatPercent(of('no meaningful difference') / runs),
    formatPercent(seen.gates.cpu.covered / seen.gates.cpu.intervals),
    (seen.pairs / runs).toFixed(1),
  ])
}

function printRow(cells) {
  console.log(
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('')
      .trimEnd(),
  )
}

function formatRate(count, of) {
  const [low, high] = wilsonInterval(count, of)
  return `${formatPercent(count / of)} (${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)})`
}

function formatPercent(rate) {
  return `${(rate * 100).toFixed(1)}%`
}
