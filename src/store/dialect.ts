/**
 * SQL in which engines differ, in one place, so that another engine can take over the questions.
 * Every function returns SQL text over columns that the caller names.
 */
import { sqlText } from './engine.js'

/** ISO 8601 in UTC with microseconds. */
export function isoTime(column: string): string {
  return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ')`
}

/** Microseconds since 1970, as a number that holds them exactly. */
export function microseconds(column: string): string {
  return `CAST(epoch_us(${column}) AS DOUBLE)`
}

export function timeLiteral(iso: string): string {
  return `TIMESTAMP '${new Date(iso).toISOString().replace('T', ' ').replace('Z', '')}'`
}

/**
 * A query for the number of distinct values of a column per group (`name`, `distinct`), estimated with a standard error of 1.6%, and
 * nearly exact up to some hundreds. The engine's own estimate is 13% off. Each value's hash goes to one of 4,096 registers that keeps the
 * smallest; in a register with λ values that is exponential with rate λ, cut at 1, so λ is the registers in use over their sum.
 */
export function distinctPerGroup(column: string, group: string, where: string): string {
  return `SELECT name, round(4096 * count(*) / (sum(least) + 4096 - count(*))) AS "distinct" FROM (
      SELECT ${group} AS name, hash(${column}) & 4095 AS register, min(hash(${column}) >> 12) / 4503599627370496.0 AS least
      FROM requests WHERE (${where}) AND ${column} IS NOT NULL GROUP BY ALL)
    GROUP BY name`
}

/** The start of its quarter of an hour. */
export function quarterHour(column: string): string {
  return `time_bucket(INTERVAL 15 MINUTE, ${column})`
}

/** A number from 0 to `buckets` − 1 that hangs on the text and the seed alone. */
export function seededBucket(text: string, seed: number, buckets: number): string {
  return `CAST(hash((${text}) || ' ${seed}') % ${buckets} AS INTEGER)`
}

/** About how many distinct values there are, to some 10%. */
export function roughlyDistinct(expression: string): string {
  return `approx_count_distinct(${expression})`
}

/** The place of a text in a list, from 1 on; 0 for one that isn't there. Null for null. */
export function placeIn(text: string, list: readonly string[]): string {
  return `CASE WHEN (${text}) IS NOT NULL THEN coalesce(list_position([${list.map(sqlText).join(', ')}], ${text}), 0) END`
}

/** The number at a place, from 0 on, of a list; null beyond it. */
export function numberAt(place: string, list: readonly number[]): string {
  return `([${list.join(', ')}]::DOUBLE[])[${place} + 1]`
}

/** Several texts as one, which only the same texts give; never null. */
export function oneText(texts: readonly string[]): string {
  return texts.map(text => `coalesce(length(${text}) || ':' || ${text}, '-')`).join(' || ')
}

/** A whole number from 0 to 127 in as little room as the engine has. */
export function smallNumber(expression: string): string {
  return `CAST(${expression} AS UTINYINT)`
}

/** Hour of the day, 0 to 23, and day of the week, 1 (Monday) to 7, in a named zone. */
export function hourOfDay(column: string, timezone: string): string {
  return `hour(${inZone(column, timezone)})`
}

export function dayOfWeek(column: string, timezone: string): string {
  return `isodow(${inZone(column, timezone)})`
}

/** The calendar day in a named zone, as `2026-10-05`. */
export function calendarDay(column: string, timezone: string): string {
  return `strftime(${inZone(column, timezone)}, '%Y-%m-%d')`
}

/** A logarithmic bucket number: value `v` lies in `[base^n, base^(n+1))`; zero and less go to −1000. */
export function logBucket(column: string, bucketsPerTenfold: number): string {
  return `CASE WHEN ${column} > 0 THEN floor(log10(${column}) * ${bucketsPerTenfold}) ELSE -1000 END`
}

/** The first group of a pattern, null where it doesn't match. */
export function regexGroup(column: string, pattern: string): string {
  return `nullif(regexp_extract(${column}, '${pattern.replaceAll("'", "''")}', 1), '')`
}

function inZone(column: string, timezone: string): string {
  return timezone === 'UTC'
    ? column
    : `timezone('${timezone.replaceAll("'", "''")}', timezone('UTC', ${column}))`
}

/** Of a group, how many values are at most the first cut, and above one cut and at most the next, as a list. The last cut must be the largest value. */
export function countsPerCut(column: string, cuts: readonly number[]): string {
  return `map_values(histogram(${column}, [${cuts.join(', ')}]::DOUBLE[]))`
}

/** A table of the cuts, `cut` and `bin` from 1, to be joined to the first cut that is at least a value: `ASOF JOIN … ON value <= cut`. */
export function cutsTable(cuts: readonly number[]): string {
  return `(SELECT unnest([${cuts.join(', ')}]::DOUBLE[]) AS cut, unnest(range(1, ${cuts.length + 1})) AS bin)`
}

/** A trace's id as OpenTelemetry writes it, 32 small hexadecimal digits: of a `traceparent`, of X-Ray's `Root=1-…`, or of what is one already. */
export function plainTraceId(column: string): string {
  const parent = regexGroup(column, '^[0-9a-fA-F]{2}-([0-9a-fA-F]{32})-')
  const xray = regexGroup(column, '(?:^|Root=)1-([0-9a-fA-F]{8}-[0-9a-fA-F]{24})')
  const other = `lower(replace(coalesce(${parent}, ${xray}, ${column}), '-', ''))`
  // Most are, and patterns take three times as long.
  return `CASE WHEN length(${column}) = 32 AND strpos(${column}, '-') = 0 THEN lower(${column}) ELSE ${other} END`
}
