/**
 * Two versions of a made-up service whose truth is known, through the whole procedure of `bench compare`: looks, more pairs, the second
 * round. Each run has its own luck (CPU by 3%, the logit of the share by 0.2); the machine drifts, and one run resembles the next;
 * requests of a run come in spells.
 */

/**
 * @typedef {object} Service
 * @property {number} [cpu] CPU milliseconds per request; 2
 * @property {number} [slow] share of requests that aren't good; 0.01
 * @property {number} [requests] a run; 400
 * @property {number} [runNoise] sd of a run's CPU, as a part; 0.03
 * @property {number} [runLogit] sd of a run's logit of the share of good requests; 0.2
 * @property {number} [drift] per run, of the machine: CPU as a part, and ten times as much of the logit; 0.002
 * @property {number} [spells] how often a request is as the one before; 0.3
 * @property {number} [cpuEffect] what the change does to CPU per request, as a part
 * @property {number} [tail] requests that the change makes slow
 */

/** @typedef {import('../../src/stats/random.js').Random} Random */

const WHEN = new Date('2026-11-01T00:00:00Z')
/** The default gates. */
const GATES = [
  { metric: 'under', smallest: { kind: 'points', value: 0.01 }, direction: 'down' },
  { metric: 'cpu', smallest: { kind: 'relative', value: 0.03 }, direction: 'up' },
]

/**
 * @param {Random} random
 * @param {Service} service
 */
function makeService(random, service) {
  const { cpu = 2, slow = 0.01, requests = 400, runNoise = 0.03, runLogit = 0.2, spells = 0.3 } = service
  const { drift = 0.002, cpuEffect = 0, tail = 0 } = service
  let runs = 0
  let machine = 0
  return side => {
    runs += 1
    machine = 0.7 * machine + 0.5 * random.nextNormal()
    const changed = side === 'head' ? 1 : 0
    const cpuPerRequest_ms =
      cpu *
      (1 + changed * cpuEffect) *
      Math.exp(runNoise * random.nextNormal() + 0.01 * machine + drift * runs)
    const logit =
      Math.log(slow / (1 - slow)) + runLogit * random.nextNormal() + 0.05 * machine + 10 * drift * runs
    const own = 1 / (1 + Math.exp(-logit))
    const share = 1 - (1 - own) * (1 - changed * tail)
    return repetitionOf({ requests, slow: countSlow(random, requests, share, spells), cpuPerRequest_ms })
  }
}

function countSlow(random, requests, share, spells) {
  let [count, isSlow] = [0, false]
  for (let i = 0; i < requests; i += 1) {
    if (i === 0 || random.next() >= spells) isSlow = random.next() < share
    if (isSlow) count += 1
  }
  return count
}

function repetitionOf({ requests, slow, cpuPerRequest_ms }) {
  return {
    requests,
    errors: 0,
    timeouts: 0,
    statuses: { '2xx': requests },
    underShare: (requests - slow) / requests,
    cpuPerRequest_ms,
    latency: [[100, 1]],
  }
}

/**
 * @param {object} given `measureRounds` and `judgeAll`, as the command calls them
 * @param {Random} random
 * @param {Service} service
 * @param {{ pairs: number, mostPairs: number }} plan
 */
async function compareOnce({ measureRounds, judgeAll }, random, service, plan, gates = GATES) {
  const measure = makeService(random, service)
  let runs = 0
  const rounds = await measureRounds({
    plan,
    gates,
    waivers: [],
    now: WHEN,
    measurePair: async ({ first }) => {
      runs += 2
      if (first === 'base') {
        const base = measure('base')
        return { base, head: measure('head') }
      }
      const head = measure('head')
      return { base: measure('base'), head }
    },
  })
  const last = rounds.at(-1)
  return { rounds, gates: last.gates, verdict: judgeAll(last.gates), runs }
}

/** The true change of a gate's metric, in the gate's kind; of the share about so, at its typical value. */
function truthOf(metric, { slow = 0.01, tail = 0, cpuEffect = 0 }) {
  return metric === 'cpu' ? cpuEffect : -tail * (1 - slow)
}

/**
 * How often each verdict came, over all and by gate, and how often the first round's interval held the truth (whether there is a second
 * round depends on what the first one saw).
 * @param {object} given
 * @param {Random} random
 * @param {Service} service
 * @param {{ pairs: number, mostPairs: number }} plan
 * @param {number} runs
 * @returns {Promise<{ runs: number, verdicts: Record<string, number>, rounds: number, firstFails: number, pairs: number, gates: Record<string, { covered: number, intervals: number, verdicts: Record<string, number> }> }>}
 */
export async function runBenchmarks(given, random, service, plan, runs, gates = GATES) {
  const counts = { runs, verdicts: {}, rounds: 0, firstFails: 0, pairs: 0, gates: {} }
  for (let run = 0; run < runs; run += 1) {
    const seen = await compareOnce(given, random, service, plan, gates)
    counts.verdicts[seen.verdict] = (counts.verdicts[seen.verdict] ?? 0) + 1
    counts.rounds += seen.rounds.length
    counts.pairs += seen.runs / 2
    if (seen.rounds[0].gates.some(gate => gate.fails)) counts.firstFails += 1
    for (const gate of seen.gates) {
      const { metric, verdict } = gate
      counts.gates[metric] ??= { covered: 0, intervals: 0, verdicts: {} }
      const tally = counts.gates[metric]
      tally.verdicts[verdict] = (tally.verdicts[verdict] ?? 0) + 1
      const first = seen.rounds[0].gates.find(one => one.metric === metric)
      if (first.change.interval === null) continue
      const truth = truthOf(metric, service)
      const holds = first.change.interval[0] <= truth && truth <= first.change.interval[1]
      tally.intervals += 1
      if (holds) tally.covered += 1
    }
  }
  return counts
}
