/** Which routes have a performance issue that is worth a story, and why the others don't. */
import type { ClusterCount } from '../stats/clusters.js'
import { estimateShare } from '../stats/clusters.js'
import { adjustForMany } from '../stats/many.js'
import { testShareBelow } from '../stats/one-sample.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { findTarget, IS_ERROR, isCountedSql, isGoodSql, type Targets, targetSql } from './good.js'
import type { TicketMatch } from './match-tickets.js'

export type ReasonCode = 'target' | 'time' | 'errors' | 'tickets'

export interface Reason {
  code: ReasonCode
  text: string
}

export interface RouteIssue {
  route: string
  requests: number
  under_ms: number
  underShare: number | null
  /** 95%, by customers; null where it can't be told. */
  interval: readonly [number, number] | null
  /** Not empty for an issue. */
  reasons: Reason[]
  /** Why there is no story; null for an issue. */
  notProposed: string | null
}

export interface IssueRules {
  /** Share of requests that must be good. */
  objective: number
  /** Smallest shortfall worth a story, as a share. */
  smallest: number
  minRequests: number
  timeShare: number
  errorShare: number
  tickets: number
}

interface RouteRow {
  route: string
  requests: number
  counted: number
  total_ms: number
  errors: number
  erringCustomers: number
}

/**
 * A route is under its target when its share of good requests is below the objective by a one-sided test over customers,
 * corrected for all routes that were tested (Benjamini–Hochberg, 5%), and by at least `smallest`.
 */
export async function findIssues(
  store: Store,
  slice: Slice,
  targets: Targets,
  rules: IssueRules,
  tickets: TicketMatch[],
): Promise<RouteIssue[]> {
  const where = await slicePredicate(store, slice)
  const rows = await readRoutes(store, where, targets)
  const clusters = await readClusters(store, where, targets, rules.minRequests)
  const sums = { time: sumOf(rows, row => row.total_ms), requests: sumOf(rows, row => row.requests) }
  const tested = rows.flatMap(row => {
    const p = row.counted >= rules.minRequests ? testShareBelow(clusters.get(row.route) ?? [], rules.objective) : null
    return p === null ? [] : [{ route: row.route, p }]
  })
  const { selected } = adjustForMany(tested.map(test => test.p))
  const below = new Set(selected.map(i => tested[i]!.route))
  const canTell = new Set(tested.map(test => test.route))
  return rows.map(row => {
    const { under_ms } = findTarget(targets, row.route)
    const estimate = estimateShare(clusters.get(row.route) ?? [])
    const named = tickets.filter(match => match.route === row.route)
    const issue = { row, under_ms, estimate, below: below.has(row.route), named, sums, rules }
    const reasons = row.requests >= rules.minRequests ? giveReasons(issue) : ticketReason(issue)
    return {
      route: row.route,
      requests: row.requests,
      under_ms,
      underShare: estimate.share,
      interval: estimate.interval,
      reasons,
      notProposed: reasons.length > 0 ? null : explainNone(issue, canTell.has(row.route)),
    }
  })
}

interface Weighed {
  row: RouteRow
  under_ms: number
  estimate: ReturnType<typeof estimateShare>
  below: boolean
  named: TicketMatch[]
  sums: { time: number; requests: number }
  rules: IssueRules
}

function giveReasons(issue: Weighed): Reason[] {
  const { row, under_ms, estimate, rules, sums } = issue
  const reasons: Reason[] = []
  if (issue.below && estimate.share !== null && rules.objective - estimate.share >= rules.smallest) {
    const [low, high] = estimate.interval!
    reasons.push({
      code: 'target',
      text: `${formatShare(estimate.share)} of requests are good (under ${formatDuration(under_ms)}); 95% interval ${formatShare(low)} to ${formatShare(high)}, objective ${formatShare(rules.objective)}`,
    })
  }
  const timeShare = sums.time === 0 ? 0 : row.total_ms / sums.time
  const requestShare = row.requests / sums.requests
  if (timeShare >= rules.timeShare && timeShare >= 2 * requestShare) {
    reasons.push({
      code: 'time',
      text: `takes ${formatShare(timeShare)} of all time with ${formatShare(requestShare)} of the requests`,
    })
  }
  if (row.errors / row.requests >= rules.errorShare && row.errors >= 5 && row.erringCustomers >= 3) {
    reasons.push({
      code: 'errors',
      text: `${formatShare(row.errors / row.requests)} of requests end in a server error or a timeout (${formatCount(row.errors)}, ${formatCount(row.erringCustomers)} customers)`,
    })
  }
  return [...reasons, ...ticketReason(issue)]
}

function ticketReason({ named, rules }: Weighed): Reason[] {
  if (named.length < rules.tickets) return []
  const byWords = named.filter(match => match.by === 'words').length
  return [
    {
      code: 'tickets',
      text: `${formatCount(named.length)} support tickets are about it (${formatCount(named.length - byWords)} name it, ${formatCount(byWords)} by their words)`,
    },
  ]
}

function explainNone({ row, estimate, under_ms, rules }: Weighed, canTell: boolean): string {
  if (row.requests < rules.minRequests) {
    return `${formatCount(row.requests)} requests; ${formatCount(rules.minRequests)} are needed (triage.minRequests)`
  }
  if (estimate.share === null) return 'no request counts: none was measured and answered'
  const share = `${formatShare(estimate.share)} good (under ${formatDuration(under_ms)})`
  if (!canTell) return `${share}, but it can't be told: ${estimate.reason ?? 'too few customers'}`
  const errors = `${formatShare(row.errors / row.requests)} errors`
  return estimate.share >= rules.objective
    ? `${share}, objective ${formatShare(rules.objective)}; ${errors}`
    : `${share}, which could be chance or is less than ${formatShare(rules.smallest)} short of ${formatShare(rules.objective)}; ${errors}`
}

async function readRoutes(store: Store, where: string, targets: Targets): Promise<RouteRow[]> {
  return store.all<RouteRow>(
    `SELECT route, sum(weight) AS requests, coalesce(sum(weight) FILTER (${isCountedSql(targetSql(targets))}), 0) AS counted,
       coalesce(sum(coalesce(duration_ms, elapsed_ms) * weight), 0) AS total_ms,
       coalesce(sum(weight) FILTER (${IS_ERROR}), 0) AS errors,
       count(DISTINCT coalesce(account, client)) FILTER (${IS_ERROR}) AS "erringCustomers"
     FROM requests WHERE ${where} AND route IS NOT NULL GROUP BY route ORDER BY total_ms DESC, route`,
  )
}

async function readClusters(
  store: Store,
  where: string,
  targets: Targets,
  minRequests: number,
): Promise<Map<string, ClusterCount[]>> {
  const target = targetSql(targets)
  const rows = await store.all<ClusterCount & { route: string }>(
    `WITH counted AS (SELECT *, ${isGoodSql(target)} AS good FROM requests WHERE ${where} AND route IS NOT NULL AND ${isCountedSql(target)}),
       busy AS (SELECT route FROM counted GROUP BY route HAVING count(*) >= ${minRequests})
     SELECT route, coalesce('account ' || account, 'client ' || client, 'time ' || strftime("time", '%Y-%m-%dT%H')) AS cluster,
       sum(weight) AS requests, coalesce(sum(weight) FILTER (good), 0) AS good, count(*) AS observed
     FROM counted SEMI JOIN busy USING (route) GROUP BY ALL ORDER BY ALL`,
  )
  return Map.groupBy(rows, row => row.route)
}

function sumOf(rows: RouteRow[], value: (row: RouteRow) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0)
}
