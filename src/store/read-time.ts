/** Times as logs and exports write them. */

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/i
const LOG = /^\[?(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]?$/
/** With dots the day stands first, wherever it is written so. */
const DOTTED = /^(\d\d?)\.(\d\d?)\.(\d{4})(?:,? (\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?$/
/** No log is older. The engine's reader takes any year. */
export const EARLIEST = `TIMESTAMP '1970-01-01'`
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/**
 * ISO 8601 (UTC without a zone), `05/Oct/2026:10:00:00 +0200`, `05.10.2026 10:00` (UTC), or seconds, ms, µs or ns since 1970, told by how many digits there are.
 * Returns ISO 8601 in UTC with microseconds, or null for a text that is no time of any calendar day.
 */
export function readTime(text: string | null): string | null {
  if (text === null) return null
  const iso = ISO.exec(text)
  if (iso) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = iso
    return toUtc([year, month, day, hour, minute, second].map(Number), fraction, zone)
  }
  const log = LOG.exec(text)
  if (log) {
    const [, day, month = '', year, hour, minute, second, zone = ''] = log
    return toUtc([year, MONTHS.indexOf(month) + 1, day, hour, minute, second].map(Number), '', zone)
  }
  const dotted = DOTTED.exec(text)
  if (dotted) {
    const [, day, month, year, hour = '0', minute = '0', second = '0', fraction = ''] = dotted
    return toUtc([year, month, day, hour, minute, second].map(Number), fraction, 'Z')
  }
  return /^\d{9,19}(?:\.\d+)?$/.test(text) ? fromEpoch(text) : null
}

function toUtc(parts: number[], fraction: string, zone: string): string | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  const isReal =
    local.getUTCFullYear() === year && local.getUTCMonth() === month - 1 && local.getUTCDate() === day
  if (
    !isReal ||
    year < 1970 ||
    hour > 23 ||
    minute > 59 ||
    second > 59 ||
    Number(hours) > 15 ||
    Number(minutes) > 59
  )
    return null
  const offset_ms = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  return withMicroseconds(local.getTime() - offset_ms, fraction.padEnd(6, '0').slice(0, 6))
}

function fromEpoch(text: string): string | null {
  const [whole = '', fraction = ''] = text.split('.')
  const digits = whole.length
  const scale = digits <= 10 ? 6 : digits <= 13 ? 3 : digits <= 16 ? 0 : -3
  const micros = `${whole}${fraction.padEnd(6, '0')}`.slice(0, digits + scale)
  return withMicroseconds(Number(micros.slice(0, -6)) * 1000, micros.slice(-6))
}

function withMicroseconds(secondStart_ms: number, micros: string): string {
  return new Date(secondStart_ms).toISOString().replace('.000Z', `.${micros}Z`)
}
