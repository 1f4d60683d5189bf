/**
 * Which of many candidates are worth a test: folded where they are the same requests, left out where another one explains them, and
 * with pairs where two together say more than each. Pure; all of it from the half of the customers that discovers.
 */
import { type ClusterTally, newTally, screenExcess } from '../stats/screen-excess.js'

/** Numbers of the candidates that all hold: one, or two. */
export type Conditions = readonly number[]

/** Requests by which candidates hold for them: bit i is the i-th of those that were asked for. */
export interface MaskCount {
  mask: number
  /** The cluster's number; 0 where clusters weren't asked for. */
  cluster: number
  requests: number
  slow: number
}

export interface Ranked {
  pick: Conditions
  z: number
  /** Candidates that hold for nearly the same requests. */
  sameAs: number[]
}

/** Requests that hold for both, of those that hold for either: from here on two candidates are one. */
const NEARLY_SAME = 0.9
/** Standard errors by which a pair must be clearer than both of its halves, and slower than the rest of each. */
const PAIR_GAIN = 0.5
const PAIR_SLOWER = 2
/** What is left of a candidate outside of those before it, in standard errors: below, they explain it. */
const LEFT_OVER = 1.5

/** Clearest first; each takes those with it that are the same requests. `candidates` are in order of z, `counts` by their place there. */
export function foldSame(candidates: readonly Ranked[], counts: readonly MaskCount[]): Ranked[] {
  const folded: { place: number; ranked: Ranked }[] = []
  for (const [place, candidate] of candidates.entries()) {
    const same = folded.find(other => overlap(counts, other.place, place) >= NEARLY_SAME)
    if (same) same.ranked = { ...same.ranked, sameAs: [...same.ranked.sameAs, ...candidate.pick] }
    else folded.push({ place, ranked: candidate })
  }
  return folded.map(({ ranked }) => ranked)
}

/** Jaccard: requests for which both hold, over those for which either does. */
function overlap(counts: readonly MaskCount[], one: number, other: number): number {
  let both = 0
  let either = 0
  for (const { mask, requests } of counts) {
    const [here, there] = [hasBit(mask, one), hasBit(mask, other)]
    if (here || there) either += requests
    if (here && there) both += requests
  }
  return either === 0 ? 0 : both / either
}

/**
 * The clearest, then the clearest among the requests that it doesn't hold for, and so on. `singles` and `counts` as in `foldSame`, with
 * clusters; `mayPair` says whether two candidates may stand together. Also how many pairs were looked at.
 */
export function chooseCauses(
  singles: readonly Ranked[],
  counts: readonly MaskCount[],
  clusters: number,
  mayPair: (one: number, other: number) => boolean,
): { chosen: Ranked[]; pairs: number } {
  const screen = (holds: (mask: number) => boolean, within: (mask: number) => boolean = () => true) =>
    screenExcess(
      tallyOf(counts, clusters, mask => within(mask) && holds(mask)),
      tallyOf(counts, clusters, within),
    ).z
  const pool: (Ranked & { holds: (mask: number) => boolean })[] = singles.map((single, place) => ({
    ...single,
    holds: mask => hasBit(mask, place),
  }))
  let pairs = 0
  for (const [i, one] of singles.entries()) {
    for (const [j, other] of singles.entries()) {
      if (j <= i || !mayPair(one.pick[0]!, other.pick[0]!)) continue
      pairs += 1
      const holds = (mask: number) => hasBit(mask, i) && hasBit(mask, j)
      const z = screen(holds)
      if (z < Math.max(one.z, other.z) + PAIR_GAIN) continue
      const gains = [i, j].every(half => screen(holds, mask => hasBit(mask, half)) >= PAIR_SLOWER)
      if (gains) pool.push({ pick: [one.pick[0]!, other.pick[0]!], z, sameAs: [], holds })
    }
  }
  const chosen: typeof pool = []
  let left = pool.map(candidate => ({ candidate, z: candidate.z }))
  while (left.length > 0) {
    const best = left.reduce((most, other) => (other.z > most.z ? other : most))
    chosen.push(best.candidate)
    const unexplained = (mask: number) => !chosen.some(({ holds }) => holds(mask))
    left = left
      .filter(other => other !== best)
      .map(({ candidate }) => ({ candidate, z: screen(candidate.holds, unexplained) }))
      .filter(({ z }) => z >= LEFT_OVER)
  }
  return { chosen: chosen.map(({ pick, z, sameAs }) => ({ pick, z, sameAs })), pairs }
}

function tallyOf(
  counts: readonly MaskCount[],
  clusters: number,
  holds: (mask: number) => boolean,
): ClusterTally {
  const tally = newTally(clusters)
  for (const { mask, cluster, requests, slow } of counts) {
    if (!holds(mask)) continue
    tally.requests[cluster]! += requests
    tally.slow[cluster]! += slow
  }
  return tally
}

function hasBit(mask: number, place: number): boolean {
  return Math.floor(mask / 2 ** place) % 2 === 1
}
