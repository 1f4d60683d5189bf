/** What was measured of an issue as evidence: each finding with its number, and the command that finds it again. Pure. */
import { formatCount, formatDuration, formatShare } from '../units.js'
import type { Findings } from './propose-story.js'
import type { StoryEvidence } from './schema.js'
import { joinWheres } from './scope.js'

export function describeEvidence(f: Findings): StoryEvidence[] {
  const entries: StoryEvidence[] = []
  const add = (
    id: string,
    finding: string,
    value: number | string | null,
    unit: string | null,
    command: string,
    interval: readonly [number, number] | null = null,
  ) =>
    entries.push({
      id,
      kind: id,
      finding,
      value,
      unit,
      interval: interval === null ? null : [interval[0], interval[1]],
      where: null,
      window: null,
      sources: f.sources,
      command,
      at: f.at,
    })
  const window = `--from ${f.window.from} --to ${f.window.to}`
  const everything = f.isAllTraffic ? ' --all-traffic' : ''
  const part = f.isWholeRoute ? '' : ` --where ${quote(f.where)}`
  const look = `whyslow look ${quote(f.route)}${part} --under ${f.under_ms}ms ${window}${everything}`
  const list = (condition: string) =>
    `whyslow requests --where ${quote(joinWheres([f.where, condition])!)} ${window}${everything}`
  if (f.underShare !== null) {
    const range =
      f.interval === null ? '' : ` (95%: ${formatShare(f.interval[0])} to ${formatShare(f.interval[1])})`
    add(
      'share',
      `${formatShare(f.underShare)} of ${f.isSampled ? `about ${formatCount(f.requests)} requests (estimated from a sampled log)` : `${formatCount(f.requests)} requests`} are good: under ${formatDuration(f.under_ms)}, without errors${range}`,
      round(f.underShare),
      'share of good requests',
      look,
      f.interval && [round(f.interval[0]), round(f.interval[1])],
    )
  }
  if (f.p50_ms !== null && f.p95_ms !== null) {
    add(
      'duration',
      `half take over ${formatDuration(f.p50_ms)}, one in twenty over ${formatDuration(f.p95_ms)}`,
      round(f.p95_ms),
      'ms (p95)',
      look,
    )
  }
  if (f.shape !== null) add('shape', f.shape, null, null, look)
  const slow = list(notGoodWhere(f.under_ms))
  const { hit, noun } = whoWasHit(f)
  const of = f.customersHit === null ? '' : ` of ${formatCount(f.customers)}`
  if (hit !== null)
    add(
      'customers',
      `${formatCount(hit)}${of} ${noun} had at least one request that was not good${f.isSampled ? ', as far as the sampled log shows' : ''}`,
      hit,
      noun,
      slow,
    )
  if (f.revenue)
    add(
      'revenue',
      `they pay ${formatMoney(f.revenue.monthly, f.currency)} a month (${countOf(f.revenue.accounts, 'known account')})`,
      Math.round(f.revenue.monthly),
      `${f.currency} a month`,
      slow,
    )
  if (f.errorShare > 0)
    add(
      'errors',
      `${formatShare(f.errorShare)} of requests end in a server error or a timeout`,
      round(f.errorShare),
      'share of requests',
      list(`outcome IN ('server_error', 'timeout')`),
    )
  if (f.tickets.ids.length > 0) {
    const words =
      f.tickets.byWords === 0 ? '' : `, ${formatCount(f.tickets.byWords)} of them by their words only`
    add(
      'tickets',
      `${countOf(f.tickets.ids.length, 'support ticket')} about it${words}: ${f.tickets.ids.slice(0, 10).join(', ')}${f.tickets.ids.length > 10 ? ' …' : ''}`,
      f.tickets.ids.length,
      'tickets',
      'whyslow triage',
    )
  }
  if (f.churned) {
    const names = f.churned.accounts
      .map(account => account.id)
      .slice(0, 10)
      .join(', ')
    const text =
      f.churned.accounts.length === 0
        ? 'none of the customers hit has left since'
        : `${formatCount(f.churned.accounts.length)} of the customers hit left afterwards (${names}), who paid ${formatMoney(f.churned.monthly, f.currency)} a month; that it was the reason is not said`
    add('churn', text, f.churned.accounts.length, 'customers', slow)
  }
  if (f.alsoUsed.length > 0)
    add(
      'sessions',
      `in the same sessions: ${f.alsoUsed.map(used => `${used.route} (${formatShare(used.share)})`).join(', ')}`,
      null,
      null,
      slow,
    )
  return entries
}

export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${Math.round(count) === 1 ? '' : 's'}`
}

function formatMoney(amount: number, currency: string): string {
  return `${currency} ${formatCount(amount)}`
}

/** The requests that count and are not good, as people write it. */
function notGoodWhere(under_ms: number): string {
  return `outcome IN ('server_error', 'timeout') OR (outcome = 'ok' AND duration_ms >= ${under_ms}) OR (outcome = 'aborted' AND coalesce(elapsed_ms, duration_ms) >= ${under_ms})`
}

/** Customers where requests name accounts, else clients; null where neither is known. */
export function whoWasHit(f: Findings): { hit: number | null; noun: 'customers' | 'clients' } {
  return f.customersHit === null
    ? { hit: f.clientsHit, noun: 'clients' }
    : { hit: f.customersHit, noun: 'customers' }
}

/** A shell word in single quotes. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The same, plain where a shell takes it as it is. */
export function quoteIfNeeded(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : quote(text)
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
