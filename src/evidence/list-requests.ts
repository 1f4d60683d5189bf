/** The requests themselves, slowest first: the drill-down from a figure to what it is made of. */
import { isoTime } from '../store/dialect.js'
import { sqlName } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { COLUMNS, type RequestColumn } from '../store/schema.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import type { Warning } from '../warnings.js'
import { describeSlice } from './slice-warnings.js'

export type RequestRow = Record<RequestColumn, string | number | null> & { attrs: Record<string, unknown> }

export interface RequestList {
  /** All requests of the slice, not only those shown. */
  total: number
  requests: RequestRow[]
  warnings: Warning[]
}

export async function listRequests(
  store: Store,
  slice: Slice,
  options: { limit: number },
): Promise<RequestList> {
  const where = await slicePredicate(store, slice)
  const [all] = await store.all<{ requests: number; measured: number }>(
    `SELECT coalesce(sum(weight), 0) AS requests, coalesce(sum(weight) FILTER (duration_ms IS NOT NULL), 0) AS measured FROM requests WHERE ${where}`,
  )
  const columns = Object.keys(COLUMNS.requests).map(name =>
    name === 'time' ? `${isoTime('"time"')} AS "time"` : sqlName(name),
  )
  const rows = await store.all<RequestRow & { attrs: unknown }>(
    `SELECT ${columns.join(', ')}, to_json(attrs)::VARCHAR AS attrs FROM requests WHERE ${where}
     ORDER BY coalesce(duration_ms, elapsed_ms) DESC NULLS LAST, requests."time", path, client LIMIT ${options.limit}`,
  )
  return {
    total: all!.requests,
    requests: rows.map(row => ({ ...row, attrs: presentOnly(row.attrs as unknown as string | null) })),
    warnings: describeSlice(store, slice, all!),
  }
}

/** Sources differ in their attributes; the ones that a request doesn't have are left out. */
function presentOnly(json: string | null): Record<string, unknown> {
  const attrs = json === null ? {} : (JSON.parse(json) as Record<string, unknown>)
  return Object.fromEntries(Object.entries(attrs ?? {}).filter(([, value]) => value !== null))
}
