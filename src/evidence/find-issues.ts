/** Which routes have a performance issue that is worth a story, and why the others don't. */
import { type ClusterCount, estimateShare, type ShareEstimate } from '../stats/clusters.js'
import { adjustForMany } from '../stats/many.js'
import { testShareBelow } from '../stats/one-sample.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { CLUSTER } from './count-clusters.js'
import {
  findTarget,
  IS_ERROR,
  IS_UNMEASURED,
  isCountedSql,
  isGoodSql,
  type Targets,
  targetSql,
} from './good.js'
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

/** Much time is an issue only where requests take at least this part of the target: elsewhere there is little to win. */
const LONG_FOR_TIME = 0.5
const FEWEST_ERRORS = 5

/**
 * A route is under its target when its share of good requests is below the objective by a one-sided test over customers,
 * and by at least `smallest`; it errs when its share of errors is above `errorShare` by the same test. All tests of all
 * routes are corrected together (Benjamini–Hochberg, 5%).
 */
export async function findIssues(
  store: Store,
  slice: Slice,
  targets: Targets,
  rules: IssueRules,
  tickets: TicketMatch[],
): Promise<RouteIssue[]> {
  const where = await slicePredicate(store, slice)
  const rows = await readRoutes(store, where)
  const clusters = await readClusters(store, where, targets, rules.minRequests)
  const sums = { time: sumOf(rows, row => row.total_ms), requests: sumOf(rows, row => row.requests) }
  const weighed = rows.map((row): Weighed => {
    const own = clusters.get(row.route) ?? []
    const counts = row.unmeasured ? [] : own
    return {
      row,
      rules,
      sums,
      under_ms: findTarget(targets, row.route).under_ms,
      estimate: estimateShare(counts),
      pTarget: testShareBelow(counts, rules.objective),
      pErrors: testShareBelow(own.map(countErrorFree), 1 - rules.errorShare),
      named: tickets.filter(match => match.route === row.route),
    }
  })
  const certain = selectCertain(weighed)
  return weighed.map(issue => {
    const { row, under_ms, estimate } = issue
    const reasons = giveReasons(issue, certain)
    return {
      route: row.route,
      requests: row.requests,
      under_ms,
      underShare: estimate.share,
      interval: estimate.interval,
      reasons,
      notProposed: reasons.length > 0 ? null : explainNone(issue),
    }
  })
}

interface Weighed {
  row: RouteRow
  under_ms: number
  estimate: ShareEstimate
  /** Null where they can't be told. */
  pTarget: number | null
  pErrors: number | null
  named: TicketMatch[]
  sums: { time: number; requests: number }
  rules: IssueRules
}

interface Certain {
  under: Set<Weighed>
  errs: Set<Weighed>
}

function selectCertain(weighed: Weighed[]): Certain {
  const tests = weighed.flatMap(issue => [
    { issue, kind: 'under' as const, p: issue.pTarget },
    { issue, kind: 'errs' as const, p: issue.pErrors },
  ])
  const told = tests.flatMap(test => (test.p === null ? [] : [{ ...test, p: test.p }]))
  const certain: Certain = { under: new Set(), errs: new Set() }
  for (const at of adjustForMany(told.map(test => test.p)).selected)
    certain[told[at]!.kind].add(told[at]!.issue)
  return certain
}

function giveReasons(issue: Weighed, certain: Certain): Reason[] {
  const { row, under_ms, estimate, rules, sums } = issue
  if (row.requests < rules.minRequests) return ticketReason(issue)
  const reasons: Reason[] = []
  const short = estimate.share !== null && rules.objective - estimate.share >= rules.smallest
  if (short && certain.under.has(issue) && estimate.interval) {
    const [low, high] = estimate.interval
    reasons.push({
      code: 'target',
      text: `${formatShare(estimate.share)} of requests are good (under ${formatDuration(under_ms)}); 95% interval ${formatShare(low)} to ${formatShare(high)}, objective ${formatShare(rules.objective)}`,
    })
  }
  const timeShare = sums.time === 0 ? 0 : row.total_ms / sums.time
  const requestShare = row.requests / sums.requests
  const long = row.total_ms / row.requests >= LONG_FOR_TIME * under_ms
  if (long && timeShare >= rules.timeShare && timeShare >= 2 * requestShare) {
    reasons.push({
      code: 'time',
      text: `takes ${formatShare(timeShare)} of all time with ${formatShare(requestShare)} of the requests`,
    })
  }
  if (certain.errs.has(issue) && row.errorRows >= FEWEST_ERRORS) {
    reasons.push({
      code: 'errors',
      text: `${formatShare(errorShareOf(row))} of requests end in a server error or a timeout (${formatCount(row.errors)}, ${formatCount(row.erringCustomers)} customers)`,
    })
  }
  return [...reasons, ...ticketReason(issue)]
}

function ticketReason({ named, rules }: Weighed): Reason[] {
  if (named.length < rules.tickets) return []
  const count = (by: TicketMatch['by'], how: string) => {
    const found = named.filter(match => match.by === by).length
    return found === 0 ? [] : [`${formatCount(found)} ${how}`]
  }
  const how = [...count('url', 'by URL'), ...count('words', 'by their words'), ...count('person', 'by hand')]
  return [
    {
      code: 'tickets',
      text: `${formatCount(named.length)} support tickets are about it (${how.join(', ')})`,
    },
  ]
}

function explainNone({ row, estimate, under_ms, rules, pTarget }: Weighed): string {
  if (row.requests < rules.minRequests) {
    return `${formatCount(row.requests)} requests; ${formatCount(rules.minRequests)} are needed (triage.minRequests)`
  }
  const chance = errorShareOf(row) > rules.errorShare ? ', which could be chance' : ''
  const errors = `${formatShare(errorShareOf(row))} errors${chance}`
  if (estimate.share === null) {
    return `${row.unmeasured ? 'the log has no durations' : 'no request counts: none was measured and answered'}; ${errors}`
  }
  const objective = formatShare(rules.objective)
  const share = `${formatShare(estimate.share)} good (under ${formatDuration(under_ms)})`
  if (estimate.share >= rules.objective) return `${share}, objective ${objective}; ${errors}`
  if (pTarget === null)
    return `${share}, objective ${objective}, but ${lowerFirst(estimate.reason ?? 'too few customers')} ${errors}`
  const short = rules.objective - estimate.share
  return short < rules.smallest
    ? `${share}, less than ${formatShare(rules.smallest)} short of the objective ${objective}; ${errors}`
    : `${share}, objective ${objective}, which could be chance; ${errors}`
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

function errorShareOf(row: RouteRow): number {
  return row.errors / row.requests
}

interface RouteRow {
  route: string
  requests: number
  total_ms: number
  errors: number
  /** Rows of the log behind `errors`; fewer where it is sampled. */
  errorRows: number
  erringCustomers: number
  unmeasured: boolean
}

async function readRoutes(store: Store, where: string): Promise<RouteRow[]> {
  return store.all<RouteRow>(
    `SELECT route, sum(weight) AS requests, ${IS_UNMEASURED} AS unmeasured,
       coalesce(sum(coalesce(duration_ms, elapsed_ms) * weight), 0) AS total_ms,
       coalesce(sum(weight) FILTER (${IS_ERROR}), 0) AS errors, count(*) FILTER (${IS_ERROR}) AS "errorRows",
       count(DISTINCT coalesce(account, client)) FILTER (${IS_ERROR}) AS "erringCustomers"
     FROM requests WHERE ${where} AND route IS NOT NULL GROUP BY route ORDER BY total_ms DESC, route`,
  )
}

/** `requests` and `good` are of those that count; `all` of every request. */
interface RouteCluster extends ClusterCount {
  route: string
  all: number
  errors: number
  rows: number
}

async function readClusters(
  store: Store,
  where: string,
  targets: Targets,
  minRequests: number,
): Promise<Map<string, RouteCluster[]>> {
  const target = targetSql(targets)
  const rows = await store.all<RouteCluster>(
    `WITH slice AS (SELECT route, ${CLUSTER} AS cluster, weight, ${isGoodSql(target)} AS good,
         ${isCountedSql(target)} AS counted, ${IS_ERROR} AS error
         FROM requests WHERE ${where} AND route IS NOT NULL),
       busy AS (SELECT route FROM slice GROUP BY route HAVING sum(weight) >= ${minRequests})
     SELECT route, cluster, coalesce(sum(weight) FILTER (counted), 0) AS requests, count(*) FILTER (counted) AS observed,
       coalesce(sum(weight) FILTER (good), 0) AS good, coalesce(sum(weight) FILTER (error), 0) AS errors,
       sum(weight) AS "all", count(*) AS rows
     FROM slice SEMI JOIN busy USING (route) GROUP BY ALL ORDER BY ALL`,
  )
  return Map.groupBy(rows, row => row.route)
}

function countErrorFree({ cluster, all, errors, rows }: RouteCluster): ClusterCount {
  return { cluster, requests: all, good: all - errors, observed: rows }
}

function sumOf(rows: RouteRow[], value: (row: RouteRow) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0)
}
