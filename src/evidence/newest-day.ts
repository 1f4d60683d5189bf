import { calendarDay } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'

/** The day of a slice's newest request in this zone, `2026-10-05`; null without requests. */
export async function findNewestDay(store: Store, slice: Slice, timezone: string): Promise<string | null> {
  const [row] = await store.all<{ day: string | null }>(
    `SELECT max(${calendarDay('"time"', timezone)}) AS day FROM requests WHERE ${await slicePredicate(store, slice)}`,
  )
  return row!.day
}
