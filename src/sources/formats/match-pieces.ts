/**
 * Finds the variables of a log format in a line, exactly: each value ends where its form says it, or where the next literal begins.
 * A value that may hold that literal is tried longer and longer; what failed once is not tried again, so a line of any kind takes time
 * in proportion to its length and the number of variables.
 */
import { isVariable, type LogFormat, type Shape, type Variable } from './log-format.js'

/** One text per variable as it is written, or the first place that doesn't fit. */
export type Match = { values: string[]; more?: string | null } | { failed: string }
export type ReadLine = (line: string) => Match

interface Step {
  variable: Variable
  /** Where the value ends that begins at a place, or −1; absent when only the next literal tells. */
  endOf?: (line: string, from: number) => number
  /** The literal behind it. */
  next: string
}

export function compileMatcher({ pieces, escaping }: Pick<LogFormat, 'pieces' | 'escaping'>): ReadLine {
  const lead = typeof pieces[0] === 'string' ? pieces[0] : ''
  const steps = toSteps({ pieces, escaping })
  const opened = steps.map(() => -1)
  return line => {
    if (!line.startsWith(lead)) return { failed: `begins without ${JSON.stringify(lead)}` }
    const values: string[] = []
    /** From there on a value of this step has no end that lets the rest fit. */
    const hopeless = steps.map(() => Number.POSITIVE_INFINITY)
    let furthest = 0
    opened.fill(-1)
    const fits = (i: number, from: number): boolean => {
      const step = steps[i]
      if (!step) return from === line.length
      furthest = Math.max(furthest, i)
      opened[i] = from
      const accept = (end: number) => {
        values[i] = line.slice(from, end)
        return fits(i + 1, end + step.next.length)
      }
      if (step.endOf) {
        const end = step.endOf(line, from)
        return end !== -1 && line.startsWith(step.next, end) && accept(end)
      }
      if (step.next === '') return accept(line.length)
      if (from >= hopeless[i]!) return false
      for (let end = line.indexOf(step.next, from); end !== -1; end = line.indexOf(step.next, end + 1))
        if (accept(end)) return true
      hopeless[i] = from
      return false
    }
    if (fits(0, lead.length)) return { values }
    const { source } = steps[furthest]!.variable
    return { failed: `${source} or what stands behind it, column ${opened[furthest]! + 1}` }
  }
}

function toSteps({ pieces, escaping }: Pick<LogFormat, 'pieces' | 'escaping'>): Step[] {
  const steps: Step[] = []
  let isQuoted = false
  for (const [i, piece] of pieces.entries()) {
    if (!isVariable(piece)) {
      if (piece.split('"').length % 2 === 0) isQuoted = !isQuoted
      continue
    }
    const following = pieces[i + 1]
    const next = typeof following === 'string' ? following : ''
    const pattern = patternOf(piece, next, following !== undefined && next === '')
    if (pattern !== null) steps.push({ variable: piece, next, endOf: endByPattern(pattern) })
    else if (isQuoted && next.startsWith('"') && escaping !== 'none')
      steps.push({ variable: piece, next, endOf: endOfQuoted })
    else steps.push({ variable: piece, next })
  }
  return steps
}

const NUMBER = String.raw`\d+(?:\.\d+)?`
const SHAPES: Record<Exclude<Shape, 'list' | 'word'>, string> = {
  number: `-?${NUMBER}`,
  integer: String.raw`-?\d{1,18}`,
  status: String.raw`\d{1,3}`,
  times: `(?:-|${NUMBER})(?:(?:, | : |,)(?:-|${NUMBER}))*`,
}

/** Without a value everything is `-`, or nothing with some escapes. */
function patternOf(variable: Variable, next: string, isBeforeVariable: boolean): string | null {
  if (variable.time) return `(?:${variable.time.pattern}|-|)`
  if (variable.shape === 'list') {
    if (/^[:,]/.test(next)) return null
    const end = next === '' ? '' : `\\u{${next.codePointAt(0)!.toString(16)}}`
    const one = String.raw`[^\s",${end}]+`
    return `(?:${one}(?:(?:, | : |,)${one})*|)`
  }
  if (variable.shape === 'word') return wordBefore(next, isBeforeVariable)
  if (variable.shape) return `(?:${SHAPES[variable.shape]}|-|)`
  return isBeforeVariable ? BEFORE_TARGET : null
}

const BEFORE_TARGET = String.raw`[^\s"/]*`

/** A word ends at a space, or at a sign that no host or address has. */
function wordBefore(next: string, isBeforeVariable: boolean): string | null {
  if (isBeforeVariable) return BEFORE_TARGET
  if (/^[^\s|,;"]/.test(next)) return null
  return String.raw`[^\s|,;"]*`
}

function endByPattern(pattern: string): (line: string, from: number) => number {
  const sticky = new RegExp(pattern, 'yu')
  return (line, from) => {
    sticky.lastIndex = from
    return sticky.test(line) ? sticky.lastIndex : -1
  }
}

/** The quote sign with an even number of backslashes before it. */
function endOfQuoted(line: string, from: number): number {
  for (let end = line.indexOf('"', from); end !== -1; end = line.indexOf('"', end + 1)) {
    let start = end
    while (start > from && line[start - 1] === '\\') start -= 1
    if ((end - start) % 2 === 0) return end
  }
  return -1
}
