/** Two halves of the customers, at random by a seed: what is found on one is confirmed on the other. */
import { createRandom } from '../stats/random.js'
import { roughlyDistinct, seededBucket } from '../store/dialect.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { CLUSTER } from './count-clusters.js'

export interface Halves {
  /** SQL to put between `FROM requests` and `WHERE`. */
  join: string
  /** SQL of 0 for the half that discovers, 1 for the half that confirms. */
  half: string
  /** SQL of a cluster's number in its half, from 0. */
  cluster: string
  /** Numbers in use in each half. */
  clusters: number
}

/** In each half. More customers than that are put into so many groups, which are independent of each other as well. */
const MOST_CLUSTERS = 400

/** `where` is checked SQL. Up to 800 customers are dealt out evenly; above that, each is tossed for. */
export async function splitCustomers(store: Store, where: string, seed: number): Promise<Halves> {
  const [row] = await store.all<{ about: number }>(
    `SELECT ${roughlyDistinct(CLUSTER)} AS about FROM requests WHERE ${where}`,
  )
  const names = row!.about > 3 * MOST_CLUSTERS ? null : await listClusters(store, where)
  if (names === null) {
    const bucket = seededBucket(CLUSTER, seed, 2 * MOST_CLUSTERS)
    return { join: '', half: `(${bucket} % 2)`, cluster: `(${bucket} // 2)`, clusters: MOST_CLUSTERS }
  }
  const random = createRandom(seed)
  const dealt = names
    .map(name => ({ name, key: random.next() }))
    .sort((one, other) => one.key - other.key)
    .map(({ name }, i) => `(${sqlText(name)}, ${i % 2}, ${Math.floor(i / 2)})`)
  const rows = dealt.length === 0 ? `('', 0, 0)` : dealt.join(', ')
  return {
    join: `JOIN (VALUES ${rows}) AS dealt(customer, half, number) ON dealt.customer = ${CLUSTER}`,
    half: 'dealt.half',
    cluster: 'dealt.number',
    clusters: Math.max(1, Math.ceil(names.length / 2)),
  }
}

/** Null for too many. */
async function listClusters(store: Store, where: string): Promise<string[] | null> {
  const rows = await store.all<{ name: string }>(
    `SELECT DISTINCT ${CLUSTER} AS name FROM requests WHERE ${where} ORDER BY name LIMIT ${2 * MOST_CLUSTERS + 1}`,
  )
  return rows.length > 2 * MOST_CLUSTERS ? null : rows.map(({ name }) => name)
}
