/**
 * Caddy's access log as JSON, its default for files and pipes.
 * https://caddyserver.com/docs/caddyfile/directives/log
 *
 * `duration` is seconds; by `duration_format` it may be whole nanoseconds, or a text (`1m2.5s`), as newer ones also milliseconds: whole numbers
 * are told apart by their size, and the doubt is said. `ts` is seconds since 1970, or by `time_format` anything that the documentation lists;
 * a time on the wall is taken for UTC. It is when the request was finished. Lines of Caddy's other loggers are counted by logger;
 * `http.log.error` says again what an access line says. Headers are kept as JSON under `request.headers` and `resp_headers`.
 */
import type { Doubt, DurationUnit, Format, LayoutOptions } from '../layout.js'
import { isRecord } from '../parse-json.js'
import { readRecords } from './json-records.js'
import { type JsonUnit, jsonLayout, withoutPort, withPort } from './json-requests.js'

export const caddy: Format = {
  name: 'caddy',
  title: 'Caddy access log as JSON',
  layout(sample, options) {
    const found = readRecords(sample)
    const requests = found.records.filter(isAccess)
    if (requests.length === 0) return null
    const { unit, doubts } = tellUnit(
      requests.map(record => record.duration),
      options,
    )
    return jsonLayout({
      format: 'caddy',
      records: found,
      open: [['request']],
      time: [['ts']],
      target: [['request', 'uri']],
      columns: {
        method: [['request', 'method']],
        host: [['request', 'host']],
        status: [['status']],
        bytes_in: [['bytes_read']],
        bytes_out: [['size']],
        client: [
          ['request', 'client_ip'],
          ['request', 'remote_ip'],
        ],
        account: [['user_id']],
      },
      durations: { duration_ms: [{ path: ['duration'], unit }] },
      used: [
        ['request', 'uri'],
        ['request', 'method'],
        ['status'],
        ['bytes_read'],
        ['size'],
        ['user_id'],
        ['duration'],
        ['request', 'client_ip'],
      ],
      refuse: record => {
        if (isAccess(record)) return null
        if (typeof record.msg !== 'string' && typeof record.logger !== 'string')
          return { reject: 'no line of Caddy: neither logger nor msg' }
        return { skip: `logger ${typeof record.logger === 'string' ? record.logger : 'caddy'}` }
      },
      holds: at => `starts_with(${at(['logger'])}, 'http.log.access') OR ${at(['msg'])} = 'handled request'`,
      ownLine: text => (CONSOLE.test(text) ? 'console line' : null),
      attrs: at => ({ 'request.host': withPort(at(['request', 'host'])) }),
      select: (at, own) => ({
        host: withoutPort(own.host!),
        user_agent: header(at(['request', 'headers']), 1),
        referer: header(at(['request', 'headers']), 2),
      }),
      doubts,
    })
  },
}

const CONSOLE = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d+)?\s+(?:\x1b\[\d+m)?[A-Z]{4,6}\b/

function isAccess(record: Record<string, unknown>): boolean {
  const { logger, msg } = record
  const isNamed = typeof logger === 'string' && logger.startsWith('http.log.access')
  return (isNamed || msg === 'handled request') && isRecord(record.request)
}

/** The first value of one of two headers, both in one go; null where they are no JSON. */
function header(headers: string, i: number): string {
  return `try(json_extract_string(${headers}, ['/User-Agent/0', '/Referer/0']))[${i}]`
}

/** In nanoseconds, half a request in a hundred is not under 0.05 ms; in milliseconds, half of them aren't over 50 s. */
const NANOSECONDS_FROM = 50_000

function tellUnit(values: unknown[], options: LayoutOptions): { unit: JsonUnit; doubts: Doubt[] } {
  const texts = values.filter(value => typeof value === 'string')
  if (texts.length > values.length / 2) return { unit: 'text', doubts: [] }
  const numbers = values.filter(value => typeof value === 'number').sort((a, b) => a - b)
  if (options.unit) return { unit: options.unit, doubts: [] }
  if (numbers.every(value => value === 0) || numbers.some(value => !Number.isInteger(value)))
    return { unit: 's', doubts: [] }
  const unit: DurationUnit = numbers[Math.floor(numbers.length / 2)]! >= NANOSECONDS_FROM ? 'ns' : 'ms'
  const doubt = {
    message: `All durations are whole numbers, so they are taken for ${unit === 'ns' ? 'nanoseconds' : 'milliseconds'}.`,
    next: 'If they are not, import the file again with --unit s, ms, us or ns',
    isReadAnew: true,
  }
  return { unit, doubts: [doubt] }
}
