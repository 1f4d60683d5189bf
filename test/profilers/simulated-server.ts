/**
 * A made-up server under a sampler: requests of three routes arrive in bursts and queue; each function's work is log-normal, with a factor
 * that all of one request share; garbage is collected in bursts. No part of it knows how a difference is judged.
 */
import type { Frame, Profile, StackNode } from '../../src/profilers/profile.js'
import type { Random } from '../../src/stats/random.js'

export interface Scenario {
  seconds: number
  interval_us: number
  /** The processor is never idle: how many requests it manages is then up to their work. */
  saturated?: boolean
  /** Work of the function `f3` is multiplied by this. */
  factor?: number
  /** Standard deviations of log-normal factors of this run: one for each function, and one that all share. */
  ownSpread?: number
  sharedSpread?: number
  /** Milliseconds that a sample costs the target. */
  cost_ms?: number
  /** The first second takes three times as long: nothing is compiled yet. */
  warmsUp?: boolean
}

const FUNCTIONS = 24
export const CHANGED = 'f3'
/** Median milliseconds of a function's work, from hot to rare. */
const medianOf = (index: number) => 0.8 * 0.82 ** index
const ROUTES = [0, 1, 2]
const usesFunction = (route: number, index: number) => index < 6 || index % 3 === route
const WORK_SPREAD = 0.8
const REQUEST_SPREAD = 0.5

export interface SimulatedCapture {
  profile: Profile
  requests: number
}

/** The mean milliseconds a request that `f3` takes at factor 1, on a run without factors of its own. */
export const CHANGED_MS = medianOf(3) * Math.exp((WORK_SPREAD ** 2 + REQUEST_SPREAD ** 2) / 2)

export function simulateCapture(random: Random, scenario: Scenario): SimulatedCapture {
  const { seconds, interval_us, saturated = false, factor = 1, ownSpread = 0, sharedSpread = 0 } = scenario
  const { cost_ms = 0, warmsUp = false } = scenario
  const shared = Math.exp(sharedSpread * random.nextNormal())
  const own = Array.from({ length: FUNCTIONS }, (_, i) => {
    const changed = `f${i}` === CHANGED ? factor : 1
    return shared * changed * Math.exp(ownSpread * random.nextNormal())
  })
  const interval_ms = interval_us / 1000
  const slower = 1 / (1 - Math.min(0.9, cost_ms / interval_ms))
  const sampler = makeSampler(random, { interval_ms, end: seconds * 1000 })
  let now = 0
  let arrival = 0
  let left = 0
  let requests = 0
  let garbage = 0
  while (now < seconds * 1000) {
    if (left === 0) {
      arrival += -Math.log(1 - random.next()) * 60
      left = 1 + (random.next() < 0.15 ? random.nextInteger(12) : 0)
    }
    if (!saturated && arrival > now) now = sampler.spend(IDLE, now, arrival - now)
    left -= 1
    const route = ROUTES[random.nextInteger(ROUTES.length)]!
    const size = Math.exp(REQUEST_SPREAD * random.nextNormal()) * slower * (warmsUp && now < 1000 ? 3 : 1)
    for (let i = 0; i < FUNCTIONS; i += 1) {
      if (!usesFunction(route, i)) continue
      const work = medianOf(i) * own[i]! * size * Math.exp(WORK_SPREAD * random.nextNormal())
      now = sampler.spend(nodeOf(route, i), now, work)
    }
    garbage += size
    if (garbage > 20 + 20 * random.next()) {
      now = sampler.spend(GC, now, slower * shared * 4 * Math.exp(0.7 * random.nextNormal()))
      garbage = 0
    }
    requests += 1
  }
  return { profile: sampler.finish(), requests }
}

const IDLE = 0
const GC = 1
const HANDLE = 2
const FIRST_ROUTE = 3
const nodeOf = (route: number, index: number) => FIRST_ROUTE + ROUTES.length + route * FUNCTIONS + index

const FRAMES: Frame[] = [
  frame('(idle)', null, 'idle'),
  frame('(garbage collector)', null, 'gc'),
  frame('handle', 'server.js', 'code'),
  ...ROUTES.map(route => frame(`route${route}`, `routes/${route}.js`, 'code')),
  ...Array.from({ length: FUNCTIONS }, (_, i) => frame(`f${i}`, `lib/${i % 5}.js`, 'code', i * 10 + 1)),
]

function frame(name: string, file: string | null, kind: Frame['kind'], line = 1): Frame {
  const place = file === null ? null : line
  return { function: name, file: file === null ? null : `/app/${file}`, line: place, column: place, kind }
}

const TREE: Pick<StackNode, 'frame' | 'parent'>[] = [
  { frame: 0, parent: -1 },
  { frame: 1, parent: -1 },
  { frame: 2, parent: -1 },
  ...ROUTES.map(route => ({ frame: FIRST_ROUTE + route, parent: HANDLE })),
  ...ROUTES.flatMap(route =>
    Array.from({ length: FUNCTIONS }, (_, i) => ({
      frame: FIRST_ROUTE + ROUTES.length + i,
      parent: FIRST_ROUTE + route,
    })),
  ),
]

/** Samples at intervals that jitter by a tenth, each standing for the time until the next. */
function makeSampler(random: Random, { interval_ms, end }: { interval_ms: number; end: number }) {
  const most = Math.ceil(end / (0.9 * interval_ms)) + 1
  const nodes = new Int32Array(most)
  const times = new Float64Array(most)
  let count = 0
  let next = random.next() * interval_ms
  return {
    spend(node: number, now: number, ms: number): number {
      const until = now + ms
      while (next < until && next < end) {
        nodes[count] = node
        times[count] = next
        count += 1
        next += interval_ms * (0.9 + 0.2 * random.next())
      }
      return until
    },
    finish(): Profile {
      const stacks: StackNode[] = TREE.map(node => ({ ...node, self: 0, samples: 0 }))
      const weights = new Float64Array(count)
      for (let position = 0; position < count; position += 1) {
        const until = position + 1 < count ? times[position + 1]! : end
        const stack = stacks[nodes[position]!]!
        weights[position] = until - times[position]!
        stack.self += weights[position]!
        stack.samples += 1
      }
      return {
        name: null,
        tool: 'simulated',
        toolVersion: null,
        pid: null,
        startedAt: null,
        unit: 'ms',
        duration_ms: end,
        samples: count,
        interval_us: interval_ms * 1000,
        frames: FRAMES,
        stacks,
        order: { nodes: nodes.slice(0, count), weights },
      }
    },
  }
}
