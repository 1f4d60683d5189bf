/** Both sides of a comparison at one mix: the kinds of requests there are, and what a request of each then stands for. */
import { WhyslowError } from '../errors.js'
import type { CountedSlice } from '../evidence/count-clusters.js'
import { findStrata, MOST_STRATA, type SideWeights, type Strata, weightSides } from '../evidence/strata.js'
import type { SameMix } from '../experiments/compare-arms.js'
import { weighStrata } from '../stats/same-mix.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { formatCount, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'

export interface HeldMix {
  sameMix: SameMix
  weights: SideWeights
  warnings: Warning[]
}

/** `route,country`; empty without one. */
export function readMixColumns(text: string | undefined): string[] {
  if (text === undefined) return []
  const names = text.split(',').map(name => name.trim())
  if (names.includes('')) throw new WhyslowError(`Expected columns such as route,hour, found “${text}”.`)
  return [...new Set(names)]
}

/** Null where each side keeps its own mix. */
export async function readStrata(
  store: Store,
  { before, after, sameMix = [] }: { before: Slice; after: Slice; sameMix?: readonly string[] },
  options: { under_ms: number; timezone: string },
): Promise<Strata | null> {
  return sameMix.length === 0 ? null : findStrata(store, { before, after }, { columns: sameMix, ...options })
}

/**
 * Throws where both sides have requests, and none of the same kind. Times take the weights as they are: where whole customers are resampled, the
 * mix varies with them, so the intervals of quantiles err on the cautious side.
 */
export function holdMix(strata: Strata, [before, after]: readonly [CountedSlice, CountedSlice]): HeldMix {
  const { columns } = strata
  const mix = weighStrata({ before: before.clusters, after: after.clusters })
  if (mix.leftOut.before === 1 && mix.leftOut.after === 1) throw nothingInCommon(columns)
  return {
    sameMix: { columns, leftOut: mix.leftOut },
    weights: weightSides(strata, mix),
    warnings: warnFolded(strata),
  }
}

function warnFolded({ columns, combinations, folded }: Strata): Warning[] {
  if (folded === 0) return []
  return [
    {
      code: 'same-mix',
      message: `There are ${formatCount(combinations)} combinations of ${columns.join(' and ')}: all but the ${MOST_STRATA} most frequent, ${formatShare(folded)} of requests, are taken as one, and their mix may differ.`,
    },
  ]
}

function nothingInCommon(columns: readonly string[]): WhyslowError {
  const names = columns.join(' and ')
  return new WhyslowError(
    `No request before has the same ${names} as one after, so there is no mix to compare both at.`,
    {
      next: [
        ...(columns.length > 1 ? ['Name fewer columns'] : []),
        'Leave out --same-mix: each side then keeps its own mix',
      ],
    },
  )
}
