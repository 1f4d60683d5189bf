/** A slice: the part of the data that a question is about. */
import { WhyslowError } from '../errors.js'
import { timeLiteral } from './dialect.js'
import { sqlText } from './engine.js'
import type { Store } from './open-store.js'
import { readTime } from './read-time.js'
import { checkWhere } from './where.js'

/** A named part of the customers (or of the traffic) that questions are narrowed to, so that its variance stays small. */
export interface Cohort {
  name: string
  where: string
}

export interface Slice {
  /** Expression over a request's columns; null for all. */
  where: string | null
  /** ISO 8601; inclusive. */
  from: string | null
  /** ISO 8601; exclusive. */
  to: string | null
  cohort: Cohort | null
}

export const EVERYTHING: Slice = { where: null, from: null, to: null, cohort: null }

/** The slice as SQL, after its expressions were checked. */
export async function slicePredicate(store: Store, slice: Slice): Promise<string> {
  const parts: string[] = []
  if (slice.where !== null) parts.push(`(${await checkWhere(store, slice.where)}\n)`)
  if (slice.cohort !== null) parts.push(`(${await checkCohort(store, slice.cohort)}\n)`)
  if (slice.from !== null) parts.push(`time >= ${timeLiteral(slice.from)}`)
  if (slice.to !== null) parts.push(`time < ${timeLiteral(slice.to)}`)
  return parts.length === 0 ? 'true' : parts.join(' AND ')
}

/** Names the file that says it: nobody typed this expression into the command. */
async function checkCohort(store: Store, { name, where }: Cohort): Promise<string> {
  try {
    return await checkWhere(store, where)
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    const message = `whyslow.yaml, cohort “${name}”: ${error.message}`
    throw new WhyslowError(message, { next: error.next, place: { file: 'whyslow.yaml' }, cause: error })
  }
}

/** The expression that selects one route. */
export function routeWhere(route: string): string {
  return `route = ${sqlText(route)}`
}

/**
 * A point in time as people write it: `2026-10-05`, `2026-10-05T14:00`, with or without a zone (UTC without).
 * Returns ISO 8601.
 */
export function parseTime(text: string): string {
  const time = text.includes('-') ? readTime(text) : null
  if (time === null) {
    throw new WhyslowError(`Expected a time such as 2026-10-05 or 2026-10-05T14:00, found “${text}”.`)
  }
  return new Date(time).toISOString()
}

/** `FROM..TO`, either of which may be left out. */
export function parseWindow(text: string): { from: string | null; to: string | null } {
  const [from = '', to, ...rest] = text.split('..')
  if (to === undefined || rest.length > 0 || (from === '' && to === '')) {
    throw new WhyslowError(`Expected a period such as 2026-10-01..2026-10-08, found “${text}”.`)
  }
  const window = { from: from === '' ? null : parseTime(from), to: to === '' ? null : parseTime(to) }
  if (window.from && window.to && window.from >= window.to) {
    throw new WhyslowError(`The period “${text}” ends before it begins.`)
  }
  return window
}
