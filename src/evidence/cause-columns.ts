/**
 * The columns and attributes in which a cause may lie, and how a value of each is asked for in a `where`.
 *
 * Left out is what says the duration, or how the request ended, in other words: it would explain everything and nothing.
 */
import { ACCOUNT_FUNCTIONS } from '../store/account-functions.js'
import { dayOfWeek, hourOfDay } from '../store/dialect.js'
import { sqlName, sqlText } from '../store/engine.js'
import { hasRows } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import { COLUMNS } from '../store/schema.js'

export interface CauseColumn {
  /** What it is about: two conditions on the same subject aren't put together. */
  about: string
  /** SQL of its values as text. */
  key: string
  /** The condition for one of them; null for a value that can't be a cause. */
  where(key: string | null): string | null
  /** SQL of a number, where it has many values in an order: bars instead of values. */
  number?: string
  /** As people write it in a `where`, for bars. */
  name?: string
  isTime?: boolean
  /** Bars only, and only upwards: one size is no cause, and what failed is answered with a short page. */
  isSize?: boolean
}

const TEXTS = ['route', 'method', 'host', 'path', 'query', 'upstream', 'user_agent', 'referer']
const SIZES = ['bytes_in', 'bytes_out']
/** What a user agent may hold that tells kinds of clients apart. */
const AGENTS = [
  'Mobile',
  'iPhone',
  'iPad',
  'Android',
  'Windows NT',
  'Macintosh',
  'Linux',
  'Chrome/',
  'Firefox/',
  'Edg/',
  'Version/',
  'bot',
]

/** Longest value that still makes a readable condition. */
const LONGEST = 200

const NUMBERS = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/

/** Words of an attribute's name which say that it is a time that was measured, how the request ended, or one request's own name. */
const OUTCOMES = new Set(
  `time times timestamp timestamps datetime date duration durations elapsed latency delay took wait waited waiting ttfb ttlb ms msec millis
  milliseconds sec secs second seconds us usec micros microseconds ns nanos nanoseconds status outcome error errors exception termination
  timeout retries slow trace span uuid guid`.split(/\s+/),
)
const OUTCOME_NAMES = new Set([
  'response_flags',
  'response_code_details',
  'tt',
  'tr',
  'tw',
  'tc',
  'ta',
  'td',
  'th',
  'ti',
  'tq',
])

/** `requestTimeMs` and `request_time_ms` alike. */
export function saysHowItEnded(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
  return OUTCOME_NAMES.has(name.toLowerCase()) || words.some(word => OUTCOMES.has(word))
}

/** Days that hours, and weekdays, need to be told from single days: `compareRisks` wants three on each side. */
const DAYS_OF_HOURS = 4
const DAYS_OF_WEEKDAYS = 22
const PATH_PARTS = [2, 3, 4, 5, 6]

/** `days`: how many the requests span. Hours and weekdays are in the time zone. */
export async function listCauseColumns(store: Store, days: number, timezone: string): Promise<CauseColumn[]> {
  const attributes = await store.all<{ column_name: string; column_type: string }>(
    'DESCRIBE SELECT attrs.* FROM requests',
  )
  return [
    ...TEXTS.map(name => textColumn(name, name)),
    ...SIZES.map(name => ({ ...numberColumn(name, name), isSize: true })),
    ...AGENTS.map(agentColumn),
    partColumn(
      'referer',
      `split_part(referer, '/', 3)`,
      host => `split_part(referer, '/', 3) = ${sqlText(host)}`,
    ),
    networkColumn(2),
    networkColumn(3),
    ...(days >= DAYS_OF_HOURS ? [timeColumn(hourOfDay('time', timezone))] : []),
    ...(days >= DAYS_OF_WEEKDAYS ? [timeColumn(dayOfWeek('time', timezone))] : []),
    ...PATH_PARTS.map(pathColumn),
    ...(await accountColumns(store)),
    ...attributes.flatMap(({ column_name, column_type }) => attributeColumn(column_name, column_type)),
  ]
}

/** What is known of the accounts, where they differ in it. */
async function accountColumns(store: Store): Promise<CauseColumn[]> {
  if (!hasRows(store, 'accounts')) return []
  const functions = Object.entries(ACCOUNT_FUNCTIONS)
  const counts = functions.map(([name, column]) => `count(DISTINCT ${column}) AS ${name}`)
  const [row] = await store.all<Record<string, number>>(`SELECT ${counts.join(', ')} FROM accounts`)
  return functions.flatMap(([name, column]) => {
    if (row![name]! < 2) return []
    const sql = `${name}(account)`
    return [COLUMNS.accounts[column] === 'VARCHAR' ? textColumn(sql, sql) : numberColumn(sql, sql)]
  })
}

function attributeColumn(field: string, type: string): CauseColumn[] {
  if (saysHowItEnded(field)) return []
  const name = `attrs.${/^[A-Za-z_]\w*$/.test(field) ? field : sqlName(field)}`
  const sql = `attrs.${sqlName(field)}`
  if (type === 'VARCHAR')
    return [
      { ...textColumn(name, sql), number: `try_cast(${sql} AS DOUBLE)`, name: `try_cast(${name} AS DOUBLE)` },
    ]
  if (type === 'BOOLEAN') return [plainColumn(name, sql)]
  return NUMBERS.test(type) ? [numberColumn(name, sql)] : []
}

function textColumn(name: string, sql: string): CauseColumn {
  return {
    about: name,
    key: sql,
    where: key => {
      if (key === null) return `${name} IS NULL`
      return key.length > LONGEST || key.includes('\0') ? null : `${name} = ${sqlText(key)}`
    },
  }
}

function plainColumn(name: string, sql: string): CauseColumn {
  return {
    about: name,
    key: `CAST(${sql} AS VARCHAR)`,
    where: key =>
      key === null ? `${name} IS NULL` : /^(inf|-inf|nan)$/i.test(key) ? null : `${name} = ${key}`,
  }
}

function numberColumn(name: string, sql: string): CauseColumn {
  return { ...plainColumn(name, sql), number: `CAST(${sql} AS DOUBLE)`, name }
}

/** A part of a column; without it, the column itself says all there is. */
function partColumn(about: string, sql: string, where: (key: string) => string): CauseColumn {
  return { about, key: `nullif(${sql}, '')`, where: key => (key === null ? null : where(key)) }
}

function agentColumn(word: string): CauseColumn {
  const holds = `contains(user_agent, ${sqlText(word)})`
  return {
    about: 'user_agent',
    key: `CASE WHEN ${holds} THEN 'yes' END`,
    where: key => (key === null ? null : holds),
  }
}

/** The first bytes of an IPv4 address. */
function networkColumn(bytes: 2 | 3): CauseColumn {
  const parts = Array.from({ length: bytes }, (_, i) => `split_part(client, '.', ${i + 1})`)
  const prefix = `${parts.join(` || '.' || `)} || '.'`
  return partColumn(
    'client',
    `CASE WHEN contains(client, '.') THEN ${prefix} END`,
    key => `starts_with(client, ${sqlText(key)})`,
  )
}

/** What stands between two slashes: a tenant, or an id, of which old ones may be slower than new ones. */
function pathColumn(part: number): CauseColumn {
  const sql = `split_part(path, '/', ${part})`
  const number = `try_cast(${sql} AS DOUBLE)`
  return { ...partColumn('path', sql, key => `${sql} = ${sqlText(key)}`), number, name: number }
}

function timeColumn(sql: string): CauseColumn {
  return { ...plainColumn(sql, sql), about: 'time', isTime: true }
}
