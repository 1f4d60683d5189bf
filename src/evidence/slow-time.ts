/** How much of the time that requests are slow lies in some of them. */
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'

export interface SlowTime {
  /** 0 to 1: what of it lies in these requests; null where no request was slow. */
  share: number | null
  /** Milliseconds. */
  part_ms: number
  total_ms: number
}

/**
 * Of the time that requests took beyond the threshold, what lies in those of `part`; the rest is in `others`. Says where the time is, not
 * what would be saved: work beside it may take as long.
 */
export async function measureSlowTime(
  store: Store,
  part: Slice,
  others: Slice,
  under_ms: number,
): Promise<SlowTime> {
  const sumBeyond = async (slice: Slice) => {
    const [row] = await store.all<{ ms: number }>(
      `SELECT coalesce(sum(weight * (duration_ms - ${under_ms})), 0) AS ms FROM requests
       WHERE ${await slicePredicate(store, slice)} AND duration_ms > ${under_ms}`,
    )
    return row!.ms
  }
  const part_ms = await sumBeyond(part)
  const total_ms = part_ms + (await sumBeyond(others))
  return { share: total_ms === 0 ? null : part_ms / total_ms, part_ms, total_ms }
}
