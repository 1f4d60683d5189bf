/** The clusters of a prediction as they are read, a portion at a time. */
import type { Crowd } from '../count-clusters.js'
import type { PredictedCluster } from './change.js'
import { CrossingTally } from './describe-crossing.js'

export class GatheredClusters {
  /** For the share; the small ones of a crowd are put together. */
  readonly clusters: PredictedCluster[] = []
  /** Null where only the share is wanted. */
  readonly crossing: CrossingTally | null
  requests = 0
  readonly #crowd: { apart: ReadonlySet<string>; groups: Group[]; next: number } | null

  constructor(crowd: Crowd | null, countsOnly: boolean) {
    this.crossing = countsOnly ? null : new CrossingTally()
    this.#crowd = crowd && {
      apart: new Set(crowd.apart),
      groups: Array.from({ length: crowd.groups }, (_, i) => emptyGroup(i)),
      next: 0,
    }
    if (this.#crowd !== null) this.clusters.push(...this.#crowd.groups)
  }

  add(portion: readonly PredictedCluster[]): void {
    this.crossing?.add(portion)
    for (const cluster of portion) {
      this.requests += cluster.requests
      if (this.#crowd === null || this.#crowd.apart.has(cluster.cluster)) this.clusters.push(cluster)
      else addTo(this.#crowd.groups[this.#crowd.next++ % this.#crowd.groups.length]!, cluster)
    }
  }
}

type Group = Required<Omit<PredictedCluster, 'drawn' | 'monthly'>>

function emptyGroup(i: number): Group {
  return { cluster: `group ${i}`, account: null, requests: 0, observed: 0, good: 0, goodAfter: 0, lent: 0 }
}

function addTo(group: Group, { requests, observed = requests, good, goodAfter, lent = 0 }: PredictedCluster) {
  group.requests += requests
  group.observed += observed
  group.good += good
  group.goodAfter += goodAfter
  group.lent += lent
}
