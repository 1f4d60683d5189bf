/** The peak of a distribution that somebody means. */
import { WhyslowError } from '../../errors.js'
import type { Store } from '../../store/open-store.js'
import { formatDuration, formatShare } from '../../units.js'
import { readDurations } from '../describe-shape.js'
import { NO_DURATIONS } from '../slice-warnings.js'

export interface Peak {
  /** Milliseconds: where it is, and the valleys beside it. */
  value: number
  from: number
  to: number
  /** Of the answers. */
  share: number
}

/** Further from every peak than by this factor, another one was meant. */
const FARTHEST = 2

/** The nearest on the log scale. Throws a `WhyslowError` with those there are, when none is near, or it is the only one. */
export async function pickPeak(
  store: Store,
  where: string,
  near_ms: number,
  known?: readonly Peak[],
): Promise<Peak> {
  const peaks = known ?? (await readDurations(store, where)).peaks
  const far = (peak: Peak) => Math.abs(Math.log(peak.value / near_ms))
  const nearest = peaks.toSorted((one, other) => far(one) - far(other))[0]
  if (nearest === undefined)
    throw new WhyslowError('There is no peak: these requests have no answer whose time was measured.', {
      exit: 3,
      next: [NO_DURATIONS.next!],
    })
  if (peaks.length === 1)
    throw new WhyslowError(
      `There is one peak, at ${formatDuration(nearest.value)}: without it nothing is left. Expected one of two or more.`,
      { next: ['Slow requests capped: --cap 400ms'] },
    )
  if (far(nearest) > Math.log(FARTHEST))
    throw new WhyslowError(`There is no peak near ${formatDuration(near_ms)}.`, {
      next: peaks.map(peak => `--without-mode ${asFlag(peak)} (${formatShare(peak.share)} of the answers)`),
    })
  return nearest
}

/** As `--without-mode` takes it, short and always the same. */
export function asFlag({ value }: Pick<Peak, 'value'>): string {
  return `${Number(value.toPrecision(3))}ms`
}
