/** What the data knows becomes a story: its title, its measured answers, its evidence. Pure. */
import { formatCount, formatDuration, formatShare } from '../units.js'
import type { StoryAnswer, StoryEvidence, StoryFrontMatter, StoryQuestion } from './schema.js'
import { joinWheres } from './scope.js'
import type { NewStory } from './write-story.js'

/** Figures of one issue, as the evidence measured them; see there for the meaning of each. */
export interface Findings {
  route: string
  where: string
  /** Whether `where` is all of the route, and nothing else. */
  isWholeRoute: boolean
  /** Whether the workbook has a target cohort that these figures are not narrowed to. */
  isAllTraffic: boolean
  window: { from: string; to: string }
  sources: string[]
  at: string
  currency: string
  under_ms: number
  underShare: number | null
  interval: readonly [number, number] | null
  requests: number
  notGood: number
  slow_p50_ms: number | null
  p50_ms: number | null
  p95_ms: number | null
  errorShare: number
  customers: number
  customersHit: number | null
  clientsHit: number | null
  revenue: { monthly: number; accounts: number } | null
  churned: { accounts: { id: string; name: string | null }[]; monthly: number } | null
  alsoUsed: { route: string; share: number }[]
  shape: string | null
  tickets: { ids: string[]; byWords: number; minutes: number | null }
  reasons: { code: string; text: string }[]
}

/** Below this share, errors are noise and block nobody's work as a rule. */
const BLOCKING_SHARE = 0.01

export function titleOf({ route, reasons }: Pick<Findings, 'route' | 'reasons'>): string {
  const codes = new Set(reasons.map(reason => reason.code))
  const slow = codes.has('target') || codes.has('time')
  if (slow && codes.has('errors')) return `${route} is slow and fails`
  if (codes.has('errors')) return `${route} fails`
  return slow ? `${route} is slow` : `Customers report that ${route} is slow`
}

export function proposeStory(findings: Findings): NewStory {
  return {
    title: titleOf(findings),
    status: 'framed',
    opened: findings.at,
    identity: findings.where,
    route: findings.route,
    scope: { where: findings.where, window: findings.window },
    reasons: findings.reasons,
    questions: answersOf(findings),
    evidence: evidenceOf(findings),
    tickets: { matched: findings.tickets.ids, excluded: [] },
  }
}

/** The same story with newer figures. What a person answered, excluded or wrote stays. */
export function refreshStory(story: StoryFrontMatter, findings: Findings): StoryFrontMatter {
  const measured = answersOf(findings)
  const questions = { ...story.questions }
  for (const [name, answer] of Object.entries(measured) as [StoryQuestion, StoryAnswer][]) {
    const known = questions[name]
    if (known !== 'unknown' && known.source === 'person') continue
    questions[name] = sameAnswer(known, answer) ? known : answer
  }
  const fresh = evidenceOf(findings)
  const freshIds = new Set(fresh.map(evidence => evidence.id))
  const evidence = [
    ...fresh.map(entry => {
      const known = story.evidence.find(other => other.id === entry.id)
      return known && sameFinding(known, entry) ? known : entry
    }),
    ...story.evidence.filter(entry => !isMeasured(entry) && !freshIds.has(entry.id)),
  ]
  return {
    ...story,
    scope: { ...story.scope, window: findings.window },
    reasons: [...story.reasons.filter(reason => KEPT_REASONS.includes(reason.code)), ...findings.reasons],
    questions,
    evidence,
    tickets: { ...story.tickets, matched: keepOrder(story.tickets.matched, findings.tickets.ids) },
  }
}

/** What triage finds itself: where it no longer does, it goes. */
const MEASURED = [
  'share',
  'duration',
  'shape',
  'customers',
  'revenue',
  'errors',
  'tickets',
  'churn',
  'sessions',
]

function isMeasured({ id, kind }: StoryEvidence): boolean {
  return id === kind && MEASURED.includes(kind)
}

/** Why people opened it: data never changes that. */
const KEPT_REASONS = ['reported', 'split']

function keepOrder(known: string[], now: string[]): string[] {
  return [...known.filter(id => now.includes(id)), ...now.filter(id => !known.includes(id))]
}

function sameAnswer(a: StoryAnswer, b: StoryAnswer): boolean {
  if (a === 'unknown' || b === 'unknown') return a === b
  return a.value === b.value && a.unit === b.unit
}

function sameFinding(a: StoryEvidence, b: StoryEvidence): boolean {
  return (
    a.finding === b.finding &&
    a.value === b.value &&
    a.window?.from === b.window?.from &&
    a.window?.to === b.window?.to
  )
}

function answersOf(f: Findings): StoryFrontMatter['questions'] {
  const answer = (value: string | number, evidence: string, unit: string | null = null): StoryAnswer => ({
    value,
    unit,
    source: 'measured',
    evidence: [evidence],
    at: f.at,
  })
  const { hit, noun } = whoWasHit(f)
  const slower = f.slow_p50_ms === null ? '' : `; half of those took over ${formatDuration(f.slow_p50_ms)}`
  return {
    impact:
      f.underShare === null
        ? 'unknown'
        : answer(
            `${formatShare(1 - f.underShare)} of requests are slower than ${formatDuration(f.under_ms)} or fail${slower}`,
            'share',
          ),
    customers: hit === null ? 'unknown' : answer(hit, 'customers', noun),
    revenue:
      f.revenue === null
        ? 'unknown'
        : answer(Math.round(f.revenue.monthly), 'revenue', `${f.currency} a month`),
    shown: 'unknown',
    blocks:
      f.errorShare >= BLOCKING_SHARE
        ? answer(`${formatShare(f.errorShare)} of requests end in an error or a timeout`, 'errors')
        : 'unknown',
    others:
      f.alsoUsed.length === 0
        ? 'unknown'
        : answer(
            `in the same sessions: ${f.alsoUsed
              .slice(0, 3)
              .map(used => `${used.route} (${formatShare(used.share)})`)
              .join(', ')}`,
            'sessions',
          ),
    support:
      f.tickets.ids.length === 0
        ? 'unknown'
        : answer(
            `${countOf(f.tickets.ids.length, 'ticket')}${f.tickets.minutes === null ? '' : `, ${countOf(f.tickets.minutes, 'minute')} of support`}`,
            'tickets',
          ),
    churn: f.churned === null ? 'unknown' : answer(f.churned.accounts.length, 'churn', 'customers'),
  }
}

function evidenceOf(f: Findings): StoryEvidence[] {
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
      `${formatShare(f.underShare)} of ${formatCount(f.requests)} requests are good: under ${formatDuration(f.under_ms)}, without errors${range}`,
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
      `${formatCount(hit)}${of} ${noun} had at least one request that was not good`,
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

function countOf(count: number, noun: string): string {
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
function whoWasHit(f: Findings): { hit: number | null; noun: 'customers' | 'clients' } {
  return f.customersHit === null
    ? { hit: f.clientsHit, noun: 'clients' }
    : { hit: f.customersHit, noun: 'customers' }
}

/** A shell word in single quotes. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
