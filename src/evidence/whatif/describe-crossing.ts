/** The customers of a prediction: how many get from over the target to under it, who they are, and what they pay. */
import { countCrossing } from '../../stats/crossing.js'
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

export async function describeCrossing(
  store: Store,
  clusters: readonly PredictedCluster[],
  read = 1,
): Promise<DescribedCrossing> {
  const unit = chooseUnit(clusters)
  const untold = unit === null ? NO_NAMES : read < LEAST_READ ? describeRead(read) : null
  if (unit === null || untold !== null) return { customers: null, revenue: null, who: null, untold }
  const all = clusters.filter(cluster => isOf(unit, cluster))
  const { chances, ...crossing } = countCrossing(all, TYPICAL)
  const gains = all
    .map(cluster => ({ ...cluster, gain: cluster.goodAfter - cluster.good }))
    .filter(({ gain }) => gain > NEGLIGIBLE)
    .sort((one, other) => other.gain - one.gain || (one.cluster < other.cluster ? -1 : 1))
  const crossers = all.flatMap(({ account }, i) =>
    account !== null && chances[i]! > NEGLIGIBLE ? [{ account, chance: chances[i]! }] : [],
  )
  const largest = gains.slice(0, NAMED)
  const names = unit === 'customer' ? largest.map(({ account }) => account!) : []
  const accounts = await readAccounts(store, [...new Set([...names, ...crossers.map(one => one.account)])])
  const total = gains.reduce((sum, { gain }) => sum + gain, 0)
  const half = countHalf(gains.map(({ gain }) => gain))
  const halfOfAll = countHalf(all.map(({ requests }) => requests).sort((one, other) => other - one))
  return {
    customers: { ...crossing, unit },
    revenue: crossers.length === 0 ? await noRevenue(store, unit) : sumRevenue(crossers, accounts),
    who: {
      gain: gains.length,
      half,
      halfOfAll,
      spread: 2 * half < halfOfAll && half <= Math.max(FEW, FEW_SHARE * all.length) ? 'few' : 'many',
      largest: largest.map(({ cluster, account, gain }) => ({
        name: account ?? cluster.replace(/^client /, ''),
        title: (account !== null && accounts.get(account)?.name) || null,
        plan: (account !== null && accounts.get(account)?.plan) || null,
        becomeGood: gain,
        share: gain / total,
      })),
    },
    untold,
  }
}

const NO_NAMES = 'The log names neither accounts nor clients, so it can’t be told how many customers cross.'

function describeRead(read: number): string {
  return `Only ${formatShare(read)} of the requests were read: too few of each customer’s to tell how many cross, who they are, and what they pay.`
}

/** As `look` does: customers where most requests name an account, else clients. */
function chooseUnit(clusters: readonly PredictedCluster[]): CrossingCustomers['unit'] | null {
  const sum = (some: readonly PredictedCluster[]) => some.reduce((total, { requests }) => total + requests, 0)
  const all = sum(clusters)
  if (all === 0) return null
  const units = ['customer', 'client'] as const
  return units.find(unit => 2 * sum(clusters.filter(cluster => isOf(unit, cluster))) >= all) ?? null
}

function isOf(unit: CrossingCustomers['unit'], { cluster, account }: PredictedCluster): boolean {
  return unit === 'customer' ? account !== null : account === null && cluster.startsWith('client ')
}

/** Of amounts in descending order. */
function countHalf(amounts: readonly number[]): number {
  const total = amounts.reduce((sum, amount) => sum + amount, 0)
  let held = 0
  let count = 0
  while (count < amounts.length && held < total / 2) held += amounts[count++]!
  return count
}

interface Account {
  id: string
  name: string | null
  plan: string | null
  monthly_revenue: number | null
}

async function readAccounts(store: Store, ids: readonly string[]): Promise<Map<string, Account>> {
  if (ids.length === 0) return new Map()
  const rows = await store.all<Account>(
    `SELECT id, any_value(name) AS name, any_value(plan) AS plan, max(monthly_revenue) AS monthly_revenue
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

function sumRevenue(
  crossers: readonly { account: string; chance: number }[],
  accounts: ReadonlyMap<string, Account>,
): DescribedCrossing['revenue'] {
  let monthly = 0
  let customers = 0
  for (const { account, chance } of crossers) {
    const price = accounts.get(account)?.monthly_revenue ?? null
    if (price === null) continue
    monthly += chance * price
    customers += chance
  }
  return customers === 0 ? null : { monthly, customers }
}
