/** The forms in which log formats write times: how to find one in a line, check it, and read it in SQL. */
import { sqlText } from '../../store/engine.js'
import { readTime } from '../../store/read-time.js'

export interface TimeFormat {
  /** Source of a regular expression. */
  pattern: string
  /** The engine's own format, where it is a calendar date. */
  strptime?: string
  /** The time in SQL, from SQL of the text. */
  sql(text: string): string
  /** Whether it is a time of any calendar day. */
  isTime(text: string): boolean
  hasZone: boolean
}

export function strptimeSql(text: string, format: string): string {
  const time = `try_strptime(${text}, ${sqlText(format)})`
  // A cast from a time with a zone would ask the calendar, which takes as long again.
  return format.includes('%z') ? `make_timestamp(epoch_us(${time}))` : `${time}::TIMESTAMP`
}

/** `05/Oct/2026:10:00:00 +0200`; Apache's `%t` has it in brackets. */
export function commonLogTime(open = '', close = ''): TimeFormat {
  const strptime = `${open}%d/%b/%Y:%H:%M:%S %z${close}`
  const escaped = (text: string) => text.replace(/[[\]]/g, '\\$&')
  return {
    pattern: String.raw`${escaped(open)}\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}${escaped(close)}`,
    strptime,
    sql: text => strptimeSql(text, strptime),
    isTime: text => readTime(text) !== null,
    hasZone: true,
  }
}

export const ISO_TIME: TimeFormat = {
  pattern: String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)`,
  // A cast to a time without a zone would drop the offset.
  sql: text => `make_timestamp(epoch_us(${text}::TIMESTAMPTZ))`,
  isTime: text => readTime(text) !== null,
  hasZone: true,
}

/** Since 1970, in seconds with a fraction, or in whole milliseconds or microseconds. */
export function epochTime(unit: 's' | 'ms' | 'us'): TimeFormat {
  const factor = { s: 1e6, ms: 1000, us: 1 }[unit]
  const pattern = unit === 's' ? String.raw`\d{1,11}(?:\.\d{1,6})?` : String.raw`\d{1,17}`
  const whole = new RegExp(`^${pattern}$`)
  return {
    pattern,
    sql: text => `make_timestamp(round(${text}::DECIMAL(24, 6) * ${factor})::BIGINT)`,
    isTime: text => whole.test(text),
    hasZone: true,
  }
}

/** Of a strftime conversion: what it matches, the engine's own, and the part of an ISO time that it gives. */
const CONVERSIONS: Record<string, [pattern: string, strptime: string, part?: string]> = {
  Y: [String.raw`\d{4}`, '%Y', 'year'],
  m: [String.raw`\d\d`, '%m', 'month'],
  d: [String.raw`\d\d`, '%d', 'day'],
  b: ['[A-Z][a-z]{2}', '%b', 'name'],
  h: ['[A-Z][a-z]{2}', '%b', 'name'],
  a: ['[A-Z][a-z]{2}', '%a'],
  H: [String.raw`\d\d`, '%H', 'hour'],
  M: [String.raw`\d\d`, '%M', 'minute'],
  S: [String.raw`\d\d`, '%S', 'second'],
  z: [String.raw`[+-]\d{4}`, '%z', 'zone'],
  msec_frac: [String.raw`\d{3}`, '%g', 'fraction'],
  usec_frac: [String.raw`\d{6}`, '%f', 'fraction'],
}
const ABBREVIATIONS: Record<string, string> = { T: '%H:%M:%S', F: '%Y-%m-%d', R: '%H:%M', D: '%m/%d/%y' }
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/**
 * A strftime format, with `%{msec_frac}` and `%{usec_frac}` in it for fractions.
 * Null when it has no full date with a time of day, or conversions that no time can be read from.
 */
export function calendarTime(format: string): TimeFormat | null {
  const full = format.replace(/%([TFRD])/g, (_, letter: string) => ABBREVIATIONS[letter]!)
  let pattern = ''
  let strptime = ''
  const parts = new Set<string>()
  for (const [, long, short, literal] of full.matchAll(/%(?:\{(\w+)\}|([A-Za-z%]))|([^%]+)/g)) {
    const text = literal ?? (short === '%' ? '%' : undefined)
    const conversion = CONVERSIONS[long ?? short ?? '']
    if (text !== undefined) {
      pattern += text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      strptime += text.replaceAll('%', '%%')
    } else {
      if (!conversion || (conversion[2] && parts.has(conversion[2]))) return null
      pattern += conversion[2] ? `(?<${conversion[2]}>${conversion[0]})` : conversion[0]
      strptime += conversion[1]
      if (conversion[2]) parts.add(conversion[2])
    }
  }
  const hasDate = parts.has('year') && parts.has('day') && (parts.has('month') || parts.has('name'))
  if (!hasDate || !parts.has('hour') || !parts.has('minute')) return null
  const whole = new RegExp(`^${pattern}$`)
  return {
    pattern: pattern.replace(/\?<\w+>/g, '?:'),
    strptime,
    sql: text => strptimeSql(text, strptime),
    isTime: text => readTime(toIso(whole.exec(text)?.groups ?? {})) !== null,
    hasZone: parts.has('zone'),
  }
}

function toIso(groups: Record<string, string>): string {
  const { year, name = '', day, hour, minute, second = '00', fraction = '000', zone = 'Z' } = groups
  const month = groups.month ?? String(MONTHS.indexOf(name) + 1).padStart(2, '0')
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${zone}`
}
