/** Whether two sides are of several routes, so that their mix may have moved. */
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'

/** False also where no route is on both sides: there is then no mix to hold equal. Client errors count for neither. */
export async function haveSeveralRoutes(
  store: Store,
  { before, after }: { before: Slice; after: Slice },
): Promise<boolean> {
  const [row] = await store.all<{ routes: number; shared: number }>(
    `SELECT count(*) AS routes, count(*) FILTER ("before" > 0 AND "after" > 0) AS shared
     FROM (SELECT route, count(*) FILTER (${await slicePredicate(store, before)}) AS "before",
         count(*) FILTER (${await slicePredicate(store, after)}) AS "after"
       FROM requests WHERE route IS NOT NULL AND outcome <> 'client_error' GROUP BY route)
     WHERE "before" > 0 OR "after" > 0`,
  )
  return row !== undefined && row.routes > 1 && row.shared > 0
}
