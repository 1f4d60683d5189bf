/** Requests that are older than the hypothesis about them: a prediction that was made when its data was there already is worth less. */
import { countClusters } from '../evidence/count-clusters.js'
import type { Store } from '../store/open-store.js'
import { parseTime, type Slice } from '../store/slice.js'
import type { StoryHypothesis } from '../stories/schema.js'
import { formatShare } from '../units.js'
import type { Warning } from '../warnings.js'

interface EarlySide {
  side: 'before' | 'after'
  /** Of all requests of the side. */
  share: number
}

/** The side after, and where both run side by side the other one, too. */
export async function findEarly(
  store: Store,
  slices: Record<'before' | 'after', Slice>,
  { registered, design }: StoryHypothesis,
): Promise<EarlySide[]> {
  const early: EarlySide[] = []
  for (const side of design === 'before-after' ? (['after'] as const) : (['before', 'after'] as const)) {
    const share = await shareBefore(store, slices[side], parseTime(registered))
    if (share > 0) early.push({ side, share })
  }
  return early
}

async function shareBefore(store: Store, slice: Slice, since: string): Promise<number> {
  if (slice.from !== null && slice.from >= since) return 0
  const options = { under_ms: 0, timezone: 'UTC', perDay: false }
  const to = slice.to !== null && slice.to < since ? slice.to : since
  const { requests } = await countClusters(store, { ...slice, to }, options)
  if (requests === 0) return 0
  return requests / (await countClusters(store, slice, options)).requests
}

export function describeEarly(
  early: readonly EarlySide[],
  story: string,
  { id, registered }: StoryHypothesis,
): Warning[] {
  if (early.length === 0) return []
  const parts = early.map(({ side, share }) => `${formatShare(share)} of the side ${side}`)
  const what = early.every(({ share }) => share >= 1)
    ? `All requests of the side${early.length > 1 ? 's before and after' : ' after'}`
    : `Requests (${parts.join(', ')})`
  return [
    {
      code: 'registered-late',
      message: `${what} are older than the hypothesis (${registered}): they may have been seen before it was predicted. The result is exploratory: it can disprove, and never confirms.`,
      next: `Of newer requests only: whyslow hypothesis test ${story} --hypothesis ${id} --since-registered`,
    },
  ]
}
