/** What zod finds wrong, in words: what was expected, what was found, and the closest valid key. */
import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'

type Issue = z.core.$ZodIssue
type AnySchema = z.core.$ZodType

export interface DescribedIssue {
  path: (string | number)[]
  /** The key that is wrong, when the problem is a key and not its value. */
  key?: string
  /** The key that was meant, or the one that is missing: a misspelt key is not reported as missing too. */
  meant?: string
  isMissing?: boolean
  message: string
}

/** One entry per problem. `value` is what was checked, `schema` what it was checked against. */
export function describeIssues(
  issues: readonly Issue[],
  schema: AnySchema,
  value: unknown,
): DescribedIssue[] {
  // A rule about a whole mapping says little while one of its keys is misspelt.
  const isHidden = (issue: Issue) =>
    issue.code === 'custom' &&
    issues.some(other => other.code === 'unrecognized_keys' && samePath(other.path, issue.path))
  const described = issues
    .filter(issue => !isHidden(issue))
    .flatMap(issue => describeIssue(issue, [], schema, value))
  const misspelt = (missing: DescribedIssue) =>
    described.some(
      one => !one.isMissing && one.meant === missing.meant && samePath(one.path, missing.path.slice(0, -1)),
    )
  return described.filter(issue => !(issue.isMissing && misspelt(issue)))
}

/** The candidate that a person most likely meant, or undefined when none is close. */
export function findClosest(text: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined
  const wanted = text.toLowerCase()
  const best = closest(
    wanted,
    candidates.map(candidate => candidate.toLowerCase()),
  )
  const found = candidates.find(candidate => candidate.toLowerCase() === best)
  return distance(wanted, best) <= Math.max(2, Math.floor(text.length / 3)) ? found : undefined
}

function samePath(a: PropertyKey[], b: PropertyKey[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index])
}

function describeIssue(
  issue: Issue,
  base: PropertyKey[],
  schema: AnySchema,
  root: unknown,
): DescribedIssue[] {
  const path = [...base, ...issue.path].map(step => (typeof step === 'number' ? step : String(step)))
  const found = valueAt(root, path)
  if (issue.code === 'unrecognized_keys') {
    const valid = keysAt(schema, path)
    const free = valid.filter(key => !Object.hasOwn(Object(found), key))
    return issue.keys.map(key => explainUnknownKey(path, key, free, valid))
  }
  if (issue.code === 'invalid_union') {
    const fitting = issue.errors.filter(branch => !branch.some(rejectsKind))
    const best = fitting.sort((a, b) => a.length - b.length)[0]
    if (best) return best.flatMap(inner => describeIssue(inner, path, schema, root))
  }
  const expected = expectation(issue)
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1))
    return [{ path: path.slice(0, -1), key, message: `${expected}, found ${describeValue(key)}` }]
  }
  if (found === undefined) {
    const key = path.at(-1)
    if (typeof key !== 'string') return [{ path, message: expected }]
    return [{ path, meant: key, isMissing: true, message: `“${key}” is missing: ${expected}` }]
  }
  const suggestion =
    typeof found === 'string' ? suggestValue(found, literalsOf(issue)) : suggestQuotes(issue, found)
  const isRule = issue.code === 'custom' && typeof found === 'object'
  const what = isRule || expected.includes(', found ') ? '' : `, found ${describeValue(found)}`
  return [{ path, message: `${expected}${what}${suggestion}` }]
}

/** True for an issue that says that the value is of another kind altogether than this branch of a union. */
function rejectsKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union') return issue.errors.every(branch => branch.some(rejectsKind))
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function explainUnknownKey(
  path: (string | number)[],
  key: string,
  free: string[],
  valid: string[],
): DescribedIssue {
  const close = findClosest(key, free) ?? findClosest(key, valid)
  if (close) return { path, key, meant: close, message: `unknown key “${key}”; did you mean “${close}”?` }
  const listed = free.length > 0 ? free : valid
  return {
    path,
    key,
    message: `unknown key “${key}”${listed.length > 0 ? `; expected ${joinOr(listed)}` : ''}`,
  }
}

function suggestValue(found: string, literals: string[]): string {
  const close = findClosest(found, literals)
  return close !== undefined && close !== found ? `; did you mean “${close}”?` : ''
}

/** `1.10` is a number to YAML, and would lose its zero. */
function suggestQuotes(issue: Issue, found: unknown): string {
  const wantsText =
    issue.code === 'invalid_type' && issue.expected === 'string' && !issue.message.startsWith('expected')
  return wantsText && (typeof found === 'number' || typeof found === 'boolean') ? '; put it in quotes' : ''
}

function literalsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union')
    return issue.errors
      .flat()
      .filter(inner => inner.path.length === 0)
      .flatMap(literalsOf)
  return []
}

/** `expected …`; a schema's own message wins when it starts with that word. */
function expectation(issue: Issue): string {
  if (issue.message.startsWith('expected')) return issue.message
  return `expected ${expectedThing(issue)}`
}

function expectedThing(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected
    case 'invalid_value':
      return joinOr(issue.values.map(String))
    case 'invalid_union': {
      const things = issue.errors
        .flat()
        .filter(inner => inner.path.length === 0)
        .map(expectedThing)
      return things.length > 0 ? joinOr([...new Set(things)]) : 'another value'
    }
    case 'too_small':
      return explainLimit(issue.origin, issue.minimum, issue.inclusive === false ? 'more than' : 'at least')
    case 'too_big':
      return explainLimit(issue.origin, issue.maximum, issue.inclusive === false ? 'less than' : 'at most')
    case 'invalid_key':
      return (issue.issues[0]?.message ?? 'another key').replace(/^expected /, '')
    default:
      return issue.message
  }
}

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
}

function explainLimit(origin: string, limit: number | bigint, relation: string): string {
  if (origin === 'string') return limit === 1 ? 'text that is not empty' : `${relation} ${limit} characters`
  if (origin === 'array') return `${relation} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  return relation.startsWith('at') ? `a number of ${relation} ${limit}` : `a number ${relation} ${limit}`
}

function describeValue(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'string') return `“${value.length > 60 ? `${value.slice(0, 59)}…` : value}”`
  return typeof value === 'number' ? `the number ${value}` : String(value)
}

function joinOr(things: string[]): string {
  if (things.length < 2) return things.join('')
  return `${things.slice(0, -1).join(', ')} or ${things.at(-1)}`
}

function valueAt(root: unknown, path: (string | number)[]): unknown {
  let value = root
  for (const step of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** The keys that a schema allows at a path; of all its branches where it is a union. */
function keysAt(schema: AnySchema, path: (string | number)[]): string[] {
  let at = [schema]
  for (const step of path) at = at.flatMap(branch => childSchemas(branch, step))
  const keys = at
    .flatMap(branch => unwrap(branch))
    .flatMap(inner => ('shape' in inner ? Object.keys(inner.shape as object) : []))
  return [...new Set(keys)]
}

function childSchemas(schema: AnySchema, step: string | number): AnySchema[] {
  return unwrap(schema).flatMap(({ shape, element, valueType }) => {
    const child = shape?.[step] ?? element ?? valueType
    return child ? [child] : []
  })
}

interface Inside {
  shape?: Record<string | number, AnySchema>
  element?: AnySchema
  valueType?: AnySchema
  innerType?: AnySchema
  in?: AnySchema
  options?: AnySchema[]
}

/** The definitions behind optional, default, union and transform. */
function unwrap(schema: AnySchema): Inside[] {
  const def = schema._zod.def as unknown as Inside
  if (def.innerType) return unwrap(def.innerType)
  if (def.in) return unwrap(def.in)
  if (def.options) return def.options.flatMap(unwrap)
  return [def]
}
