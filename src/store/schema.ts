/**
 * The columns of each kind of data at rest. Files are cast to these on write, so that no two of them disagree.
 * `attrs` of requests is a STRUCT of its source's own fields and is not listed here: reading several files merges their fields.
 */
export type Kind = 'requests' | 'accounts' | 'tickets' | 'pageviews' | 'deploys'

export const KINDS: readonly Kind[] = ['requests', 'accounts', 'tickets', 'pageviews', 'deploys']

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
} as const satisfies Record<Kind, Record<string, string>>

export type RequestColumn = keyof typeof COLUMNS.requests

/** The column that says when a row of this kind happened; null where rows have no time of their own. */
export const TIME_COLUMN: Record<Kind, string | null> = {
  requests: 'time',
  accounts: null,
  tickets: 'created_at',
  pageviews: 'time',
  deploys: 'time',
}
