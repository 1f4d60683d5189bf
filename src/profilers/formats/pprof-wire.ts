/**
 * The outermost level of a protocol buffer (https://protobuf.dev/programming-guides/encoding/), field by field, so that a
 * file that was cut off is noticed, and samples need not all be in memory at once. `pprof-format` reads what is inside.
 */

export interface WireField {
  field: number
  /** A nested message or text; or a whole number. */
  value: Uint8Array | number | bigint
  /** The byte at which the field begins, and that behind it. */
  at: number
  end: number
}

/** Bytes that are no protocol buffer, or end within a field. */
export class WireError extends Error {
  constructor(
    why: string,
    at: number,
    /** What is there is right, as far as it goes. */
    readonly endsEarly = false,
  ) {
    super(`${why} at byte ${at}`)
  }
}

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5
const MOST_FIELDS = 15

/** Throws a `WireError`. pprof's fields go up to 14 (`doc_url` is 15 in newer ones). */
export function* walkFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0
  while (at < bytes.length) {
    const start = at
    const tag = readVarint(bytes, at)
    const [field, type] = [Number(tag.value) >> 3, Number(tag.value) & 7]
    at = tag.end
    if (field < 1 || field > MOST_FIELDS) throw new WireError(`field ${field} is none of pprof's`, start)
    if (type === VARINT) {
      const { value, end } = readVarint(bytes, at)
      at = end
      yield { field, value, at: start, end }
    } else if (type === LENGTH) {
      const { value: length, end } = readVarint(bytes, at)
      at = end + Number(length)
      if (at > bytes.length) throw new WireError('it ends within the field that begins', start, true)
      yield { field, value: bytes.subarray(end, at), at: start, end: at }
    } else if (type === FIXED64 || type === FIXED32) {
      at += type === FIXED64 ? 8 : 4
    } else throw new WireError(`the type ${type} of a field is not known`, start)
  }
}

const STRING_TABLE = 6

/** The same file with other texts; everything else is byte for byte as it was. Throws a `WireError`. */
export function replaceStrings(bytes: Uint8Array, replace: (text: string) => string): Uint8Array {
  const parts: Uint8Array[] = []
  for (const { field, value, at, end } of walkFields(bytes)) {
    const text = field === STRING_TABLE && value instanceof Uint8Array ? Buffer.from(value).toString() : null
    const other = text === null ? text : replace(text)
    if (other === text) parts.push(bytes.subarray(at, end))
    else {
      const written = Buffer.from(other!)
      parts.push(Buffer.from([(STRING_TABLE << 3) | LENGTH, ...writeVarint(written.length)]), written)
    }
  }
  return Buffer.concat(parts)
}

function writeVarint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}

function readVarint(bytes: Uint8Array, start: number): { value: number | bigint; end: number } {
  let value = 0
  for (let end = start; end < bytes.length && end - start < 10; end += 1) {
    const byte = bytes[end]!
    // Numbers of more than 49 bits don't fit a double.
    if (end - start === 7) return readLongVarint(bytes, start)
    value += (byte & 0x7f) * 2 ** (7 * (end - start))
    if (byte < 0x80) return { value, end: end + 1 }
  }
  throw new WireError('it ends within the number', start, true)
}

function readLongVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n
  for (let end = start; end < bytes.length && end - start < 10; end += 1) {
    value |= BigInt(bytes[end]! & 0x7f) << BigInt(7 * (end - start))
    if (bytes[end]! < 0x80) return { value: BigInt.asUintN(64, value), end: end + 1 }
  }
  throw new WireError('a number has no end', start)
}
