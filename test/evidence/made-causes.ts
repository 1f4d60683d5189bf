/** Requests with made-up fields whose causes are known, and a counter over them: as fast as thousands of runs need it. */
import type { MaskCount } from '../../src/evidence/choose-causes.js'
import type { CauseCounter, SideCount } from '../../src/evidence/find-causes.js'
import type { Random } from '../../src/stats/random.js'
import { newTally } from '../../src/stats/screen-excess.js'

export interface MadeRequests {
  customers: number
  fields: number
  values: number
  /** Of each request. */
  customer: Int32Array
  slow: Uint8Array
  /** Of each request, its value of each field. */
  value: Uint8Array
}

export interface MadeOptions {
  requests?: number
  slow?: number
  customers?: number
  fields?: number
  values?: number
  /** Times as likely to be slow, for value 0 of field 0. */
  ratio?: number
  /** The same, only where value 0 of field 1 holds, too. */
  isPair?: boolean
  /** Spread of the customers' own risk, as a standard deviation of its logarithm. */
  customerSpread?: number
  /** Fields above this one are the customer's: the same for all of its requests. */
  ofCustomer?: number
  /** Whether the first customer makes 40% of the requests. */
  oneLarge?: boolean
}

export function makeRequests(random: Random, options: MadeOptions = {}): MadeRequests {
  const { requests = 6000, slow = 60, customers = 100, fields = 40, values = 8, ratio = 1 } = options
  const { isPair = false, customerSpread = 0, ofCustomer = fields, oneLarge = false } = options
  const customer = new Int32Array(requests)
  const value = new Uint8Array(requests * fields)
  const risk = new Float64Array(requests)
  const own = Array.from({ length: customers * fields }, () => random.nextInteger(values))
  const risks = Array.from({ length: customers }, () => Math.exp(customerSpread * random.nextNormal()))
  let total = 0
  for (let i = 0; i < requests; i += 1) {
    const who = oneLarge && random.next() < 0.4 ? 0 : random.nextInteger(customers)
    customer[i] = who
    for (let field = 0; field < fields; field += 1)
      value[i * fields + field] =
        field >= ofCustomer ? own[who * fields + field]! : random.nextInteger(values)
    const isInside = value[i * fields] === 0 && (!isPair || value[i * fields + 1] === 0)
    total += risks[who]! * (isInside ? ratio : 1)
    risk[i] = total
  }
  const isSlow = new Uint8Array(requests)
  for (let left = slow; left > 0; ) {
    const drawn = search(risk, random.next() * total)
    if (isSlow[drawn]) continue
    isSlow[drawn] = 1
    left -= 1
  }
  return { customers, fields, values, customer, slow: isSlow, value }
}

function search(sums: Float64Array, wanted: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > wanted) high = middle
    else low = middle + 1
  }
  return low
}

/** Candidate `field * values + value`. Customers are halved at random; `same half` confirms on the half that discovers: a fault. */
export function countRequests(made: MadeRequests, random: Random, fault?: 'same half'): CauseCounter {
  const { customers, fields, values, customer, slow, value } = made
  const order = Array.from({ length: customers }, (_, i) => ({ i, key: random.next() }))
  order.sort((one, other) => one.key - other.key)
  const half = new Uint8Array(customers)
  for (const [place, { i }] of order.entries()) half[i] = place % 2
  const holds = (i: number, candidate: number) =>
    value[i * fields + Math.floor(candidate / values)] === candidate % values
  return {
    async countCandidates() {
      const all = newTally(customers)
      const inside = Array.from({ length: fields * values }, () => newTally(customers))
      for (let i = 0; i < customer.length; i += 1) {
        const who = customer[i]!
        if (half[who] !== 0) continue
        all.requests[who]! += 1
        all.slow[who]! += slow[i]!
        for (let field = 0; field < fields; field += 1) {
          const tally = inside[field * values + value[i * fields + field]!]!
          tally.requests[who]! += 1
          tally.slow[who]! += slow[i]!
        }
      }
      return { all, inside }
    },
    async countMasks(candidates, perCluster) {
      const found = new Map<number, MaskCount>()
      for (let i = 0; i < customer.length; i += 1) {
        if (half[customer[i]!] !== 0) continue
        let mask = 0
        for (let place = 0; place < candidates.length; place += 1)
          if (holds(i, candidates[place]!)) mask += 2 ** place
        const cluster = perCluster ? customer[i]! : 0
        const key = mask * 1024 + cluster
        let count = found.get(key)
        if (!count) {
          count = { mask, cluster, requests: 0, slow: 0 }
          found.set(key, count)
        }
        count.requests += 1
        count.slow += slow[i]!
      }
      return [...found.values()]
    },
    async countSides(picks) {
      const found = new Map<number, SideCount>()
      for (let i = 0; i < customer.length; i += 1) {
        if (half[customer[i]!] === (fault ? 1 : 0)) continue
        for (const [pick, conditions] of picks.entries()) {
          let parts = 0
          for (let bit = 0; bit < conditions.length; bit += 1)
            if (holds(i, conditions[bit]!)) parts += 1 << bit
          const key = (pick * 4 + parts) * 1024 + customer[i]!
          let count = found.get(key)
          if (!count) {
            count = { pick, parts, cluster: `c${customer[i]}`, requests: 0, good: 0 }
            found.set(key, count)
          }
          count.requests += 1
          count.good += slow[i]!
        }
      }
      return [...found.values()]
    },
    mayPair: (one, other) => Math.floor(one / values) !== Math.floor(other / values),
    familyOf: () => null,
  }
}
