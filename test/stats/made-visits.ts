/** Made-up visits whose truth is known, counted per client and latency. */
import type { Random } from '../../src/stats/random.js'
import type { LatencyBin, Visits } from '../../src/stats/visits.js'

export interface World {
  /** What makes visits end: latency, the slow devices that some clients have, or neither. */
  cause: 'latency' | 'devices' | 'nothing'
  clients: number
  /** Of a client, on average. */
  visits: number
  /** Clients of one customer. */
  perCustomer?: number
  /** How much of the visits go on less where it is slow. */
  loss?: number
  /** Added to every visit: an arm of an experiment. */
  delay_ms?: number
  /** What makes visits end instead of all that: the share that goes on, of a client that goes on so easily. */
  goesOn?: (ease: number, ms: number) => number
}

export interface MadeVisits {
  visits: Visits
  traits: Record<string, Int32Array>
  /** Each by itself. */
  each: { ease: number; ms: number }[]
}

/** Smooth, and steeper the slower it is: getting faster pays everywhere. */
export function goOnSmoothly(ease: number, ms: number): number {
  return 1 / (1 + Math.exp(0.5 * (ms / 500 - 1.5) - 7 * (ease - 0.57)))
}

export const FROM_MS = 400
export const TO_MS = 1600
const STEPS = 16
const LEAST = 10
const BINS: LatencyBin[] = Array.from({ length: 64 }, (_, i) => ({
  under_ms: LEAST * 10 ** ((i + 1) / STEPS),
  ms: LEAST * 10 ** ((i + 0.5) / STEPS),
}))

/** Clients differ in how fast they are and how easily they go on; a third has a slow device, some of them in another country. */
export function makeVisits(random: Random, world: World): MadeVisits {
  const { cause, clients, perCustomer = 1, loss = 0.2, delay_ms = 0 } = world
  const [starts, bin, visits, wentOn] = [
    new Int32Array(clients + 1),
    [] as number[],
    [] as number[],
    [] as number[],
  ]
  const cluster = new Int32Array(clients)
  const [device, country, plan] = [new Int32Array(clients), new Int32Array(clients), new Int32Array(clients)]
  const each: MadeVisits['each'] = []
  const [counts, ends] = [new Float64Array(BINS.length), new Float64Array(BINS.length)]
  for (let client = 0; client < clients; client += 1) {
    cluster[client] = Math.floor(client / perCustomer)
    const isSlow = random.next() < 1 / 3
    device[client] = isSlow ? 1 : 0
    country[client] = random.next() < (isSlow ? 0.4 : 0.25) ? 1 : 0
    plan[client] = random.nextInteger(3)
    const usual = Math.log(500) + 0.4 * random.nextNormal() + (isSlow ? 0.9 : -0.3)
    const ease = 0.7 + 0.1 * random.nextNormal() - (isSlow && cause === 'devices' ? loss : 0)
    const made = 1 + random.nextInteger(2 * world.visits - 1)
    counts.fill(0)
    ends.fill(0)
    for (let i = 0; i < made; i += 1) {
      const own = usual + 0.6 * random.nextNormal()
      const log = delay_ms === 0 ? own : Math.log(Math.exp(own) + delay_ms)
      const at = Math.min(
        BINS.length - 1,
        Math.max(0, Math.floor(STEPS * (log / Math.LN10 - Math.log10(LEAST)))),
      )
      const place = Math.min(1, Math.max(0, (log - Math.log(FROM_MS)) / Math.log(TO_MS / FROM_MS)))
      counts[at]! += 1
      each.push({ ease, ms: Math.exp(log) })
      const share = world.goesOn?.(ease, Math.exp(log)) ?? ease - (cause === 'latency' ? loss * place : 0)
      if (random.next() < share) ends[at]! += 1
    }
    for (let at = 0; at < BINS.length; at += 1) {
      if (counts[at] === 0) continue
      bin.push(at)
      visits.push(counts[at]!)
      wentOn.push(ends[at]!)
    }
    starts[client + 1] = bin.length
  }
  return {
    visits: {
      bins: BINS,
      starts,
      bin: Int32Array.from(bin),
      visits: Float64Array.from(visits),
      observed: Float64Array.from(visits),
      wentOn: Float64Array.from(wentOn),
      cluster,
      clusters: Math.ceil(clients / perCustomer),
    },
    traits: { device, country, plan },
    each,
  }
}
