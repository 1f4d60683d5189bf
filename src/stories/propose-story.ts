/** What the data knows becomes a story: its title, its measured answers, its evidence. Pure. */
import { formatDuration, formatShare } from '../units.js'
import { countOf, describeEvidence, whoWasHit } from './describe-evidence.js'
import type { StoryAnswer, StoryEvidence, StoryFrontMatter, StoryQuestion } from './schema.js'
import type { NewStory } from './write-story.js'

/** Figures of one issue, as the evidence measured them; see there for the meaning of each. */
export interface Findings {
  route: string
  where: string
  /** Whether `where` is all of the route, and nothing else. */
  isWholeRoute: boolean
  /** Whether the workbook has a target cohort that these figures are not narrowed to. */
  isAllTraffic: boolean
  /** Whether rows of the log stand for several requests. */
  isSampled: boolean
  window: { from: string; to: string }
  sources: string[]
  at: string
  currency: string
  under_ms: number
  underShare: number | null
  errorFreeShare: number | null
  /** Share of requests that must be good. */
  objective: number
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

/** What misses the objective because of its errors alone isn't slow: its other answers are in time. */
export function titleOf({
  route,
  reasons,
  errorFreeShare,
  objective,
}: Pick<Findings, 'route' | 'reasons' | 'errorFreeShare' | 'objective'>): string {
  const codes = new Set(reasons.map(reason => reason.code))
  const isInTime = errorFreeShare !== null && errorFreeShare >= objective
  const fails = codes.has('errors') || (codes.has('target') && isInTime)
  const slow = (codes.has('target') || codes.has('time')) && !(fails && isInTime)
  if (slow && fails) return `${route} is slow and fails`
  if (fails) return `${route} fails`
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
    evidence: describeEvidence(findings),
    tickets: { matched: findings.tickets.ids },
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
  const fresh = describeEvidence(findings)
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

/** Why people, or a benchmark, opened it: what triage finds never changes that. */
const KEPT_REASONS = ['reported', 'split', 'benchmark']

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
    a.command === b.command &&
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
