/**
 * What counts as a good request, in SQL over a request's columns.
 *
 * Good: ended `ok` in less than the target. Not good: server errors, timeouts, slow answers, and aborted requests that were
 * watched for the target's time or longer. Outside of the share: client errors, requests aborted earlier, and answers whose
 * time was not measured; see *Statistics* in the design.
 */
import { sqlText } from '../store/engine.js'

export interface Targets {
  /** Milliseconds. */
  default: number
  /** Route → milliseconds. */
  routes: Record<string, number>
}

/** The target of each row, milliseconds. */
export function targetSql(targets: Targets): string {
  const cases = Object.entries(targets.routes).map(([route, ms]) => `WHEN ${sqlText(route)} THEN ${ms}`)
  return cases.length === 0
    ? `${targets.default}`
    : `(CASE route ${cases.join(' ')} ELSE ${targets.default} END)`
}

export function isGoodSql(target: string): string {
  return `(outcome = 'ok' AND duration_ms < ${target})`
}

/** Counts, and was not good. */
export function isBadSql(target: string): string {
  return `(${isCountedSql(target)} AND NOT ${isGoodSql(target)})`
}

/** Whether the request belongs to the share at all. */
export function isCountedSql(target: string): string {
  return `((outcome = 'ok' AND duration_ms IS NOT NULL) OR outcome IN ('server_error', 'timeout')
    OR (outcome = 'aborted' AND coalesce(elapsed_ms, duration_ms) >= ${target}))`
}

/**
 * The share of good requests; null where none counts, and where too many answers were not measured.
 */
export function underShareSql(target: string): string {
  const counted = isCountedSql(target)
  return `CASE WHEN count(*) FILTER (${counted}) > 0 AND NOT ${IS_UNMEASURED}
    THEN coalesce(sum(weight) FILTER (${isGoodSql(target)}), 0) / sum(weight) FILTER (${counted}) END`
}

/** Aborted before the target's time was over, so that nobody knows whether it would have been good. */
function isEarlyAbortSql(target: string): string {
  return `(outcome = 'aborted' AND NOT ${isCountedSql(target)} IS TRUE)`
}

/** The share if no request that was aborted too early to count would have been good. */
export function worstShareSql(target: string): string {
  return boundSql(target, isGoodSql(target))
}

/** The same if all of them would have been. */
export function bestShareSql(target: string): string {
  return boundSql(target, `(${isGoodSql(target)} OR ${isEarlyAbortSql(target)})`)
}

function boundSql(target: string, good: string): string {
  const counted = `(${isCountedSql(target)} OR ${isEarlyAbortSql(target)})`
  return `coalesce(sum(weight) FILTER (${good}), 0) / nullif(sum(weight) FILTER (${counted}), 0)`
}

/**
 * Of a group of requests: some were answered, and for a tenth of them or more the log has no time. Errors, which need none to count,
 * would then outweigh the answers.
 */
export const IS_UNMEASURED = `coalesce(coalesce(sum(weight) FILTER (outcome = 'ok' AND duration_ms IS NOT NULL), 0) <= 0.9 * sum(weight) FILTER (outcome = 'ok'), false)`

/** The same of sums that were read. */
export function isUnmeasured({ ok, measured }: { ok: number; measured: number }): boolean {
  return ok > 0 && measured <= 0.9 * ok
}

export const IS_ERROR = `outcome IN ('server_error', 'timeout')`
export const IS_UNFINISHED = `outcome IN ('timeout', 'aborted')`

/** The target of a route, milliseconds, and what set it. */
export function findTarget(
  targets: Targets,
  route: string | null,
): { under_ms: number; setBy: 'route' | 'workbook' } {
  const own = route !== null && Object.hasOwn(targets.routes, route) ? targets.routes[route] : undefined
  return own === undefined
    ? { under_ms: targets.default, setBy: 'workbook' }
    : { under_ms: own, setBy: 'route' }
}
