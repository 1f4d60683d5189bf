/**
 * The columns of each kind of data at rest. Files are cast to these on write, so that no two of them disagree.
 * `attrs` (see `WITH_ATTRS`) is a STRUCT of its source's own fields and is not listed here: reading several files merges their fields.
 */
export type Kind = 'requests' | 'accounts' | 'tickets' | 'pageviews' | 'deploys' | 'beacons' | 'spans'

export const KINDS: readonly Kind[] = [
  'requests',
  'accounts',
  'tickets',
  'pageviews',
  'deploys',
  'beacons',
  'spans',
]

/** Kinds that keep what has no column of its own. */
export const WITH_ATTRS: ReadonlySet<Kind> = new Set<Kind>(['requests', 'beacons', 'spans'])

/** Column → type, in the order in which they are shown. Times are UTC; `_ms` are milliseconds. */
export const COLUMNS = {
  requests: {
    time: 'TIMESTAMP',
    method: 'VARCHAR',
    host: 'VARCHAR',
    path: 'VARCHAR',
    query: 'VARCHAR',
    route: 'VARCHAR',
    status: 'SMALLINT',
    outcome: 'VARCHAR',
    duration_ms: 'DOUBLE',
    elapsed_ms: 'DOUBLE',
    queue_ms: 'DOUBLE',
    upstream_ms: 'DOUBLE',
    send_ms: 'DOUBLE',
    bytes_in: 'BIGINT',
    bytes_out: 'BIGINT',
    client: 'VARCHAR',
    account: 'VARCHAR',
    user_agent: 'VARCHAR',
    referer: 'VARCHAR',
    upstream: 'VARCHAR',
    trace_id: 'VARCHAR',
    weight: 'DOUBLE',
  },
  accounts: {
    id: 'VARCHAR',
    name: 'VARCHAR',
    plan: 'VARCHAR',
    monthly_revenue: 'DOUBLE',
    currency: 'VARCHAR',
    seats: 'BIGINT',
    country: 'VARCHAR',
    churned_at: 'TIMESTAMP',
  },
  tickets: {
    id: 'VARCHAR',
    created_at: 'TIMESTAMP',
    updated_at: 'TIMESTAMP',
    status: 'VARCHAR',
    subject: 'VARCHAR',
    description: 'VARCHAR',
    requester: 'VARCHAR',
    account: 'VARCHAR',
    tags: 'VARCHAR',
    support_minutes: 'DOUBLE',
  },
  pageviews: {
    time: 'TIMESTAMP',
    event: 'VARCHAR',
    host: 'VARCHAR',
    path: 'VARCHAR',
    account: 'VARCHAR',
    client: 'VARCHAR',
    session: 'VARCHAR',
    engagement_ms: 'DOUBLE',
    device: 'VARCHAR',
    country: 'VARCHAR',
  },
  deploys: { time: 'TIMESTAMP', version: 'VARCHAR', commit: 'VARCHAR' },
  // One row a beacon, as it was sent. Questions see one row a page: `stitchBeacons`.
  beacons: {
    time: 'TIMESTAMP',
    id: 'VARCHAR',
    type: 'VARCHAR',
    host: 'VARCHAR',
    path: 'VARCHAR',
    query: 'VARCHAR',
    referer: 'VARCHAR',
    account: 'VARCHAR',
    client: 'VARCHAR',
    session: 'VARCHAR',
    user_agent: 'VARCHAR',
    ttfb_ms: 'DOUBLE',
    fcp_ms: 'DOUBLE',
    dom_ready_ms: 'DOUBLE',
    load_ms: 'DOUBLE',
    lcp_ms: 'DOUBLE',
    inp_ms: 'DOUBLE',
    cls: 'DOUBLE',
  },
  spans: {
    time: 'TIMESTAMP',
    trace_id: 'VARCHAR',
    span_id: 'VARCHAR',
    parent_id: 'VARCHAR',
    name: 'VARCHAR',
    kind: 'VARCHAR',
    service: 'VARCHAR',
    duration_ms: 'DOUBLE',
    status: 'VARCHAR',
  },
} as const satisfies Record<Kind, Record<string, string>>

export type RequestColumn = keyof typeof COLUMNS.requests

/** The column that says when a row of this kind happened; null where rows have no time of their own. */
export const TIME_COLUMN: Record<Kind, string | null> = {
  requests: 'time',
  accounts: null,
  tickets: 'created_at',
  pageviews: 'time',
  deploys: 'time',
  beacons: 'time',
  spans: 'time',
}

/**
 * A column of a file of requests, beside those above, when its log can name routes itself: whether it did for this request. Such a route
 * is never derived from the path.
 */
export const ROUTE_GIVEN = 'route_given'

/** The account that a log names itself, beside the one that the workbook's rules tell; only in files that were written under such rules. */
export const ACCOUNT_GIVEN = 'account_given'
