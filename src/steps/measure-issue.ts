/** Everything that the data says about one issue, gathered from several questions. */
import { countClusters } from '../evidence/count-clusters.js'
import { describeShape } from '../evidence/describe-shape.js'
import { findTarget } from '../evidence/good.js'
import type { TicketMatch } from '../evidence/match-tickets.js'
import { measureImpact } from '../evidence/measure-impact.js'
import { estimateShare } from '../stats/clusters.js'
import { rowsOf } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import { routeWhere, type Slice } from '../store/slice.js'
import type { Findings } from '../stories/propose-story.js'
import { isoSeconds } from '../stories/timeboxes.js'
import type { Workbook } from '../workbook/workbook.js'

export interface IssueToMeasure {
  route: string
  where: string
  reasons: Findings['reasons']
  tickets: TicketMatch[]
  /** Tickets that a person named and that were never imported. */
  unknownTickets?: string[]
  /** Milliseconds, where the story sets a target of its own. */
  under_ms?: number
}

export async function measureIssue(
  workbook: Workbook,
  store: Store,
  slice: Slice,
  issue: IssueToMeasure,
  now: Date,
): Promise<Findings> {
  const { config } = workbook
  const own: Slice = { ...slice, where: issue.where }
  const under_ms = issue.under_ms ?? findTarget(config.targets, issue.route).under_ms
  const impact = await measureImpact(store, own, under_ms)
  const { clusters } = await countClusters(store, own, {
    under_ms,
    timezone: config.timezone,
    perDay: false,
  })
  const minutes = issue.tickets.map(match => match.ticket.support_minutes).filter(value => value !== null)
  return {
    ...impact,
    route: issue.route,
    where: issue.where,
    isWholeRoute: issue.where === routeWhere(issue.route),
    isAllTraffic: config.cohort !== undefined && slice.cohort === null,
    isSampled: store.weighted,
    window: widenWindow(slice, impact.window, now),
    sources: store.sources.filter(source => rowsOf(source, 'requests') > 0).map(source => source.id),
    at: isoSeconds(now),
    currency: config.currency,
    objective: config.objective,
    interval: estimateShare(clusters).interval,
    shape: (await describeShape(store, own))?.text ?? null,
    reasons: issue.reasons,
    tickets: {
      ids: [...issue.tickets.map(match => match.ticket.id), ...(issue.unknownTickets ?? [])],
      byWords: issue.tickets.filter(match => match.by === 'words').length,
      minutes: minutes.length === 0 ? null : minutes.reduce((sum, value) => sum + value, 0),
    },
  }
}

/** Whole seconds around what was found, so that the command in the story finds the same requests again. */
function widenWindow(
  slice: Slice,
  found: { from: string | null; to: string | null },
  now: Date,
): { from: string; to: string } {
  const from = slice.from ?? found.from ?? now.toISOString()
  const to = slice.to ?? found.to ?? now.toISOString()
  return {
    from: seconds(Math.floor(Date.parse(from) / 1000)),
    to: seconds(slice.to === null ? Math.floor(Date.parse(to) / 1000) + 1 : Math.ceil(Date.parse(to) / 1000)),
  }
}

function seconds(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z')
}
