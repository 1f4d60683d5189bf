/**
 * Traefik's text format (`common`).
 * https://doc.traefik.io/traefik/observability/access-logs/
 *
 * The duration at the end is in whole milliseconds; the time is when the request came in. The status and size are the answer's of the
 * service behind (`OriginStatus`), `-` when there was none. Quote signs in values are written as they are.
 */
import type { Format } from '../layout.js'
import { type LogFormat, readPlaceholders, settlePieces, type Variable } from './log-format.js'
import { layoutFor } from './log-format-layout.js'
import { commonLogTime } from './log-time.js'
import { compileMatcher } from './match-pieces.js'

/** By the names that the fields have in Traefik's JSON logs. */
const FIELDS: Record<string, Omit<Variable, 'name' | 'source' | 'at'>> = {
  ClientHost: { role: 'client' },
  ClientUsername: { role: 'user' },
  StartUTC: { role: 'time', time: commonLogTime() },
  RequestLine: { role: 'request' },
  OriginStatus: { role: 'status', shape: 'status' },
  OriginContentSize: { role: 'bytes_out', shape: 'integer' },
  request_Referer: { role: 'referer' },
  'request_User-Agent': { role: 'user_agent' },
  RequestCount: { shape: 'integer' },
  ServiceURL: { role: 'upstream' },
  Duration: { role: 'duration', shape: 'integer', unit: 1 },
}

const TEXT =
  '<ClientHost> - <ClientUsername> [<StartUTC>] "<RequestLine>" <OriginStatus> <OriginContentSize> ' +
  '"<request_Referer>" "<request_User-Agent>" <RequestCount> "<RouterName>" "<ServiceURL>" <Duration>ms'

const FORMAT: LogFormat = settlePieces({
  pieces: readPlaceholders(TEXT, FIELDS),
  escaping: 'none',
  text: TEXT,
  origin: 'traefik',
})
const match = compileMatcher(FORMAT)

export const traefik: Format = {
  name: 'traefik',
  title: 'Traefik’s text format',
  layout({ lines }) {
    return lines.some(line => 'values' in match(line)) ? layoutFor('traefik', FORMAT, lines) : null
  },
}
