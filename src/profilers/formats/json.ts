/** JSON of a profile, checked as it is read: an error says which value is wrong, or where the text ends. */
import { WhyslowError } from '../../errors.js'

/** Makes the errors of one file in one format. */
export type Broken = (why: string, place?: JsonPlace) => WhyslowError

/** Lines and columns start at 1. */
export interface JsonPlace {
  line: number
  column: number
}

/** `expected`: “a V8 CPU profile (.cpuprofile)”. */
export function breaks(file: string, expected: string, next: string): Broken {
  return (why, place) =>
    new WhyslowError(`Expected ${expected}, but ${why}.`, { place: { file, ...place }, next: [next] })
}

export function parseObject(text: string, broken: Broken): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw broken(`it is not whole JSON (${(error as Error).message})`, placeOfJsonError(error, text))
  }
  if (!isObject(value)) throw broken('the file holds no object')
  return value
}

/** `name` is the path that an error names: `nodes[3].children`. Null where there is none. */
export function readNumbers(value: unknown, name: string, broken: Broken): number[] | null {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value) || !value.every(isNumber)) throw broken(`“${name}” is not a list of numbers`)
  return value
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** V8 names a position in most of its messages; where it doesn't, the text ended too early or is short. */
function placeOfJsonError(error: unknown, text: string): JsonPlace {
  const message = error instanceof Error ? error.message : ''
  const named = /at position (\d+)/.exec(message)
  const token = /Unexpected token '(.)'/u.exec(message)
  const position = named
    ? Number(named[1])
    : /Unexpected end/.test(message)
      ? text.length
      : token
        ? text.indexOf(token[1]!)
        : 0
  const before = text.slice(0, Math.max(0, position))
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: before.length - lineStart + 1 }
}
