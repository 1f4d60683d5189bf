/** The customers of a prediction: how many get from over the target to under it, who they are, and what they pay. */
import { type Crossing, countCrossing, crossingInterval } from '../../stats/crossing.js'
import { sqlText } from '../../store/engine.js'
import type { Store } from '../../store/open-store.js'
import { formatShare } from '../../units.js'
import { TYPICAL } from '../bands.js'
import type { PredictedCluster } from './change.js'

export interface CrossingCustomers {
  /** For whom three of four requests become good: the expected number. */
  cross: number
  interval: [number, number] | null
  /** With a request that counts. */
  of: number
  unit: 'customer' | 'client'
  /** For whom three of four requests are good. */
  before: number
  after: number
}

export interface WhoGains {
  /** Customers with a request that becomes good. */
  gain: number
  /** The fewest of them that hold half of the requests that become good. */
  half: number
  /** As many as would if these requests were spread as all requests are. */
  halfOfAll: number
  /** Whether so few hold half of it that one could talk to each, and requests aren't as unequal themselves. */
  spread: 'many' | 'few'
  /** Most requests that become good first. */
  largest: { name: string; title: string | null; plan: string | null; becomeGood: number; share: number }[]
}

export interface DescribedCrossing {
  /** Null where most requests name neither an account nor a client. */
  customers: CrossingCustomers | null
  /** Of those who cross, in the currency of the accounts; null where no account of theirs has a price. */
  revenue: { monthly: number; customers: number } | null
  who: WhoGains | null
  /** Why these are null; null where `customers` isn't. */
  untold: string | null
}

/** Of fewer of each one's requests it can't be told whether three of four are good. */
const LEAST_READ = 0.5
const NAMED = 3
const FEW = 3
/** Of all customers. */
const FEW_SHARE = 0.05
const NEGLIGIBLE = 1e-9

/** Counts of one kind of customers. */
interface Counts extends Omit<Crossing, 'interval' | 'chances'> {
  requests: number
  /** Of each. */
  sizes: number[]
  /** Of those who gain. */
  gains: number[]
  largest: (Pick<PredictedCluster, 'cluster' | 'account'> & { gain: number })[]
  /** Those who cross and have an account; those of them whose price is known. */
  crossers: number
  priced: { customers: number; monthly: number }
}

const UNITS = ['customer', 'client'] as const

export class CrossingTally {
  #requests = 0
  readonly #counts = { customer: noCounts(), client: noCounts() }

  add(portion: readonly PredictedCluster[]): void {
    this.#requests += sumRequests(portion)
    for (const unit of UNITS) {
      addCounts(
        this.#counts[unit],
        portion.filter(cluster => isOf(unit, cluster)),
      )
    }
  }

  /** As `look` does: customers where most requests name an account, else clients; null where most name neither. */
  get unit(): CrossingCustomers['unit'] | null {
    if (this.#requests === 0) return null
    return UNITS.find(unit => 2 * this.#counts[unit].requests >= this.#requests) ?? null
  }

  /** `read`: the part of the requests that count that was read, 0 to 1. */
  async describe(store: Store, read = 1): Promise<DescribedCrossing> {
    const { unit } = this
    const untold = unit === null ? NO_NAMES : read < LEAST_READ ? describeRead(read) : null
    if (unit === null || untold !== null) return { customers: null, revenue: null, who: null, untold }
    const { cross, of, before, after, crossers, priced, ...counts } = this.#counts[unit]
    const known = priced.customers === 0 ? null : priced
    return {
      customers: { cross, interval: crossingInterval(cross, of), of, unit, before, after },
      revenue: crossers === 0 ? await noRevenue(store, unit) : known,
      who: await describeWho(store, counts),
      untold,
    }
  }
}

function noCounts(): Counts {
  const counts = { requests: 0, cross: 0, of: 0, before: 0, after: 0, crossers: 0 }
  return { ...counts, sizes: [], gains: [], largest: [], priced: { customers: 0, monthly: 0 } }
}

function addCounts(counts: Counts, clusters: readonly PredictedCluster[]): void {
  const { chances, ...crossing } = countCrossing(clusters, TYPICAL)
  for (const key of ['cross', 'of', 'before', 'after'] as const) counts[key] += crossing[key]
  counts.requests += sumRequests(clusters)
  for (const [i, { cluster, account, monthly = null, requests, good, goodAfter }] of clusters.entries()) {
    const chance = chances[i]!
    const gain = goodAfter - good
    counts.sizes.push(requests)
    if (gain > NEGLIGIBLE) {
      counts.gains.push(gain)
      counts.largest.push({ cluster, account, gain })
    }
    if (account === null || chance <= NEGLIGIBLE) continue
    counts.crossers += 1
    if (monthly === null) continue
    counts.priced.customers += chance
    counts.priced.monthly += chance * monthly
  }
  counts.largest.sort((one, other) => other.gain - one.gain || (one.cluster < other.cluster ? -1 : 1))
  counts.largest.length = Math.min(counts.largest.length, NAMED)
}

async function describeWho(
  store: Store,
  { sizes, gains, largest }: Pick<Counts, 'sizes' | 'gains' | 'largest'>,
): Promise<WhoGains> {
  const accounts = await readAccounts(
    store,
    largest.flatMap(({ account }) => (account === null ? [] : [account])),
  )
  const total = gains.reduce((sum, gain) => sum + gain, 0)
  const half = countHalf(gains)
  const halfOfAll = countHalf(sizes)
  return {
    gain: gains.length,
    half,
    halfOfAll,
    spread: 2 * half < halfOfAll && half <= Math.max(FEW, FEW_SHARE * sizes.length) ? 'few' : 'many',
    largest: largest.map(({ cluster, account, gain }) => ({
      name: account ?? cluster.replace(/^client /, ''),
      title: (account !== null && accounts.get(account)?.name) || null,
      plan: (account !== null && accounts.get(account)?.plan) || null,
      becomeGood: gain,
      share: gain / total,
    })),
  }
}

const NO_NAMES = 'The log names neither accounts nor clients, so it can’t be told how many customers cross.'

function describeRead(read: number): string {
  return `Only ${formatShare(read)} of the requests were read: too few of each customer’s to tell how many cross, who they are, and what they pay.`
}

function sumRequests(clusters: readonly PredictedCluster[]): number {
  return clusters.reduce((sum, { requests }) => sum + requests, 0)
}

/** Where accounts are too few to go by, each counts as a client. */
function isOf(unit: CrossingCustomers['unit'], { cluster, account }: PredictedCluster): boolean {
  return account !== null || (unit === 'client' && cluster.startsWith('client '))
}

/** The fewest amounts that make half of all. */
function countHalf(amounts: readonly number[]): number {
  const descending = Float64Array.from(amounts).sort().reverse()
  const total = descending.reduce((sum, amount) => sum + amount, 0)
  let held = 0
  let count = 0
  while (count < descending.length && held < total / 2) held += descending[count++]!
  return count
}

interface Account {
  id: string
  name: string | null
  plan: string | null
}

async function readAccounts(store: Store, ids: readonly string[]): Promise<Map<string, Account>> {
  if (ids.length === 0) return new Map()
  const rows = await store.all<Account>(
    `SELECT id, any_value(name) AS name, any_value(plan) AS plan
     FROM accounts WHERE id IN (${ids.map(sqlText).join(', ')}) GROUP BY id ORDER BY id`,
  )
  return new Map(rows.map(row => [row.id, row]))
}

/** Where nobody crosses, that is worth nothing; unless prices are unknown altogether. */
async function noRevenue(
  store: Store,
  unit: CrossingCustomers['unit'],
): Promise<DescribedCrossing['revenue']> {
  const [row] = await store.all<{ priced: number }>(
    'SELECT count(*) AS priced FROM accounts WHERE monthly_revenue IS NOT NULL',
  )
  return unit === 'customer' && row!.priced > 0 ? { monthly: 0, customers: 0 } : null
}
