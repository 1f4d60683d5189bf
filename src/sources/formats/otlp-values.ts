/** Values as OTLP writes them in JSON: ids, times, numbers, attributes. */

export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** The objects of a list; nothing where there is no list. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** An `AnyValue` as plain JSON; whole numbers of 64 bits stay texts. */
function readValue(value: unknown): unknown {
  if (!isObject(value)) return value
  if (isObject(value.arrayValue)) return listOf(value.arrayValue.values).map(readValue)
  if (isObject(value.kvlistValue)) return Object.fromEntries(readAttributes(value.kvlistValue.values))
  return Object.values(value)[0] ?? null
}

/** Name → value; an empty one is null. Of two with the same name the last one counts, as collectors have it. */
export function readAttributes(list: unknown): Map<string, unknown> {
  const attributes = new Map<string, unknown>()
  for (const one of listOf(list)) {
    if (isObject(one) && typeof one.key === 'string') attributes.set(one.key, readValue(one.value))
  }
  return attributes
}

/** A value as text; of a list with one value (as headers are) that value. Null where there is nothing. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  if (Array.isArray(value) && value.length === 1) return textOf(value[0])
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * An id in small hexadecimal digits. OTLP says hexadecimal; older exporters and Tempo write base64, as JSON of protocol buffers
 * otherwise has it. An id of another length stays as it is. Null for none, which may also be all zeros.
 */
export function readId(value: unknown, bytes: 8 | 16): string | null {
  if (typeof value !== 'string' || value === '') return null
  if (/^[0-9a-fA-F]+$/.test(value) && value.length === bytes * 2) {
    return /^0+$/.test(value) ? null : value.toLowerCase()
  }
  const decoded = /^[\w+/-]+={0,2}$/.test(value) ? Buffer.from(value, 'base64') : null
  if (decoded?.length !== bytes) return value
  return decoded.every(byte => byte === 0) ? null : decoded.toString('hex')
}

/** Nanoseconds since 1970; null for none, which may also be 0. */
export function readNanos(value: unknown): bigint | null {
  const text = typeof value === 'number' ? BigInt(Math.round(value)).toString() : value
  return typeof text === 'string' && /^[1-9]\d{0,18}$/.test(text) ? BigInt(text) : null
}

export function nanosToMs(nanos: bigint): string {
  return `${nanos / 1_000_000n}.${String(nanos % 1_000_000n).padStart(6, '0')}`
}

/** By number or by name (`2`, `SPAN_KIND_SERVER`); the names are those of the protocol in their order. */
export function readEnum(value: unknown, prefix: string, names: readonly string[]): string {
  if (typeof value === 'string' && value.startsWith(prefix)) return value.slice(prefix.length).toLowerCase()
  return names[Number(value ?? 0)] ?? String(value)
}

const ALL = 1n << 56n

/**
 * Requests that a sampled span stands for, from the threshold in its trace state (`ot=th:c` keeps a quarter: 4); null when it has none.
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export function readWeight(traceState: unknown): string | null {
  const threshold = /(?:^|[,\s])ot=(?:[^,;]*;)*th:([0-9a-f]{1,14})(?:[;,\s]|$)/.exec(String(traceState ?? ''))
  if (!threshold) return null
  const dropped = BigInt(`0x${threshold[1]!.padEnd(14, '0')}`)
  return String(Number(ALL) / Number(ALL - dropped))
}
