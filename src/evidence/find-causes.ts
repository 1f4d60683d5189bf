/**
 * What slow requests have in common, told from chance: found on one half of the customers, confirmed on the other.
 *
 * The half that discovers ranks all candidates, and pairs of the clearest ones. At most ten are carried forward. The other half, which
 * nobody looked at so far, judges these: the ratio of the shares by the design's cluster interval, Holm over all that were carried.
 */
import type { ClusterCount } from '../stats/clusters.js'
import { adjustByHolm, adjustForMany } from '../stats/many.js'
import { compareRisks, type RiskRatio } from '../stats/risk-ratio.js'
import { type ClusterTally, screenExcess } from '../stats/screen-excess.js'
import { normalCdf } from '../stats/special-functions.js'
import { type Conditions, chooseCauses, foldSame, type MaskCount, type Ranked } from './choose-causes.js'

/** Answers from wherever the requests are; candidates are known by their numbers. */
export interface CauseCounter {
  /** Of the half that discovers: every candidate's clusters, and those of all requests. */
  countCandidates(): Promise<{ all: ClusterTally; inside: ClusterTally[] }>
  /** Of the same half, a few candidates at a time. */
  countMasks(candidates: readonly number[], perCluster: boolean): Promise<MaskCount[]>
  /** Of the other half; per day where a pick's requests lie at other times than the rest. */
  countSides(picks: readonly Conditions[]): Promise<SideCount[]>
  mayPair(one: number, other: number): boolean
  /** Bars across one number share a family, of which one counts. Others have none. */
  familyOf(candidate: number): string | null
}

/** Requests of a cluster by which parts of a pick hold: bit 0 is its first, bit 1 its second. `good` is the number of slow ones. */
export interface SideCount extends ClusterCount {
  pick: number
  parts: number
}

export interface FoundCause extends RiskRatio {
  pick: Conditions
  sameAs: number[]
  /** Adjusted by Holm; null where it can't be told. */
  q: number | null
  confirmed: boolean
}

const MOST_CARRIED = 10
/** Carried however unlikely; each more makes the test of the others harder. */
const LEAST_CARRIED = 1
/** Beyond the least, only what may well be no chance: the false discovery rate over all that was tried. */
const WORTH_CARRYING = 0.5
const MOST_MASKED = 24
/** With clusters, 2^8 masks of each are still few. */
const MOST_PAIRED = 8
const PROMISING = 1.5
const LEVEL = 0.95

/** Clearest first: those that are confirmed, then the others that were carried forward. */
export async function findCauses(counter: CauseCounter): Promise<{ causes: FoundCause[]; tried: number }> {
  const { all, inside } = await counter.countCandidates()
  const screened = inside.map((tally, candidate) => ({ candidate, ...screenExcess(tally, all) }))
  const ranked = keepBestBars(screened, counter)
    .filter(({ z }) => z >= PROMISING)
    .map(({ candidate, z }): Ranked => ({ pick: [candidate], z, sameAs: [] }))
    .toSorted((one, other) => other.z - one.z)
  const numbersOf = (some: readonly Ranked[]) => some.map(({ pick }) => pick[0]!)
  const promising = ranked.slice(0, MOST_MASKED)
  if (promising.length === 0) return { causes: [], tried: inside.length }
  const folded = foldSame(promising, await counter.countMasks(numbersOf(promising), false))
  const best = folded.slice(0, MOST_PAIRED)
  const masks = await counter.countMasks(numbersOf(best), true)
  const { chosen, pairs } = chooseCauses(best, masks, all.requests.length, counter.mayPair)
  const tried = inside.length + pairs
  const carried = carryForward(chosen, tried)
  const sides = Map.groupBy(await counter.countSides(carried.map(({ pick }) => pick)), side => side.pick)
  return { causes: judge(carried, sides), tried }
}

/** Of the bars across one number, the one that divides slow from fast best. */
function keepBestBars<T extends { candidate: number; contrast: number }>(
  screened: readonly T[],
  { familyOf }: CauseCounter,
): T[] {
  const best = new Map<string, T>()
  for (const one of screened) {
    const family = familyOf(one.candidate)
    if (family !== null && one.contrast > (best.get(family)?.contrast ?? -Infinity)) best.set(family, one)
  }
  return screened.filter(one => {
    const family = familyOf(one.candidate)
    return family === null || best.get(family) === one
  })
}

/** The clearest, as many as may well be no chance. What was tried and isn't among `chosen` counts as a p of 1. */
export function carryForward(chosen: readonly Ranked[], tried: number): Ranked[] {
  const pValues = chosen.map(({ z }) => 2 * normalCdf(-Math.abs(z)))
  const others = new Array<number>(Math.max(0, tried - chosen.length)).fill(1)
  const { adjusted } = adjustForMany([...pValues, ...others])
  return chosen.filter((_, i) => i < LEAST_CARRIED || adjusted[i]! <= WORTH_CARRYING).slice(0, MOST_CARRIED)
}

function judge(carried: readonly Ranked[], sides: Map<number, SideCount[]>): FoundCause[] {
  const compare = (i: number, level: number) => compareSides(carried[i]!.pick, sides.get(i) ?? [], level)
  const first = carried.map((_, i) => compare(i, LEVEL))
  const adjusted = adjustByHolm(first.map(({ p }) => p ?? 1))
  const isConfirmed = first.map(({ p, slower }, i) => p !== null && slower && adjusted[i]! <= 1 - LEVEL)
  // Of m intervals R are shown as found: each at 1 − 0.05·R/m, so that of those shown 95% hold (Benjamini and Yekutieli 2005).
  const shown = Math.max(1, isConfirmed.filter(Boolean).length)
  const level = 1 - ((1 - LEVEL) * shown) / Math.max(1, carried.length)
  return carried
    .map(({ pick, sameAs }, i): FoundCause => {
      const { riskRatio, interval, p, reason } = compare(i, level)
      const q = p === null ? null : adjusted[i]!
      return { pick, sameAs, riskRatio, interval, p, reason, q, confirmed: isConfirmed[i]! }
    })
    .toSorted((one, other) => Number(other.confirmed) - Number(one.confirmed))
}

/** A pair must also be slower than the rest of each of its parts: p is that of the weakest of the three. */
function compareSides(
  pick: Conditions,
  rows: readonly SideCount[],
  level: number,
): RiskRatio & { slower: boolean } {
  const options = { level, apartInTime: rows.some(({ day }) => day !== undefined) }
  const whole = 2 ** pick.length - 1
  const within = (wanted: (parts: number) => boolean) => rows.filter(({ parts }) => wanted(parts))
  const inside = within(parts => parts === whole)
  const main = compareRisks(
    inside,
    within(parts => parts !== whole),
    options,
  )
  const rests = pick.length < 2 ? [] : [1, 2].map(part => within(parts => parts === part))
  const others = rests.map(rest => compareRisks(inside, rest, options))
  const all = [main, ...others]
  const slower = all.every(({ riskRatio }) => riskRatio === null || riskRatio > 1)
  const unknown = all.find(({ p }) => p === null)
  if (unknown) return { ...main, p: null, reason: unknown.reason, slower }
  return { ...main, p: Math.max(...all.map(({ p }) => p!)), slower }
}
