/** How much slowness the sessions of a page tolerate: the share that goes on against latency, and whether latency is why. */
import { WhyslowError } from '../errors.js'
import { placeOnShape } from '../stats/fit-shelf.js'
import type { Interval } from '../stats/intervals.js'
import {
  judgeTolerance,
  type Shelf,
  type ToleranceJudgement,
  type ToleranceVerdict,
} from '../stats/judge-tolerance.js'
import { planSlowDown, type SlowDown } from '../stats/plan-slow-down.js'
import { type CurvePoint, drawCurve } from '../stats/tolerance-curve.js'
import { totalBins } from '../stats/visits.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { formatCount, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import type { LatencyMetric } from './match-latency.js'
import type { Goal } from './session-views.js'
import { readSessions, type SessionCounts, type Sessions, type SessionsQuestion } from './sessions.js'
import { nameCohort } from './slice-warnings.js'

export interface ToleranceQuestion extends Omit<SessionsQuestion, 'metric'> {
  /** Null: the page's load time where beacons have it, else the request's duration. */
  metric: LatencyMetric | null
  /** What one more session that goes on is worth, in the workbook's currency; null where nobody says. */
  value: number | null
  seed: number
}

export interface SeenGain {
  gain: number
  interval: Interval
}

export interface Tolerance extends SessionCounts {
  page: string
  route: string | null
  goal: Goal
  metric: LatencyMetric
  verdict: ToleranceVerdict
  curve: CurvePoint[]
  shelves: Shelf[]
  /** Between which latencies `within`, `between` and `all` are told. */
  span: { from_ms: number; to_ms: number }
  within: SeenGain | null
  between: SeenGain | null
  all: SeenGain | null
  /** Of Mundlak's test that within and between are the same. */
  p: number | null
  confounded: {
    within: SeenGain
    between: SeenGain
    p: number | null
    because: { by: string; share: number }[]
    reason: string
  } | null
  target: { under_ms: number; why: string } | null
  /** A month, if every slower session were as fast as the target; null unless it pays. Money only with `value`. */
  worth: { sessions: number; interval: Interval; money: SeenMoney | null } | null
  experiment: SlowDown | null
  /** What is too little to tell. */
  missing: string[]
  seed: number
  warnings: Warning[]
}

interface SeenMoney {
  monthly: number
  interval: Interval
}

const DAY_MS = 86_400_000
const MONTH_DAYS = 30

export async function tolerance(store: Store, question: ToleranceQuestion): Promise<Tolerance> {
  const { page, goal, slice, seed } = question
  const metric = question.metric ?? (await chooseMetric(store))
  checkSlice(slice, metric)
  if (goal === 'convert') await checkEvent(store, question.event)
  const { visits, traits, sampledBy, ...counts } = await readSessions(store, { ...question, metric })
  const judged = judgeTolerance(visits, { traits, seed })
  const { verdict, shelf, span, missing, p } = judged
  const days = daysOf(counts)
  return {
    page: page.template,
    route: page.route,
    goal,
    metric,
    ...counts,
    verdict,
    curve: drawCurve(visits),
    shelves: shelf ? [shelf] : [],
    span,
    within: shorten(judged.within),
    between: shorten(judged.between),
    all: shorten(judged.all),
    p,
    confounded: describeConfounded(judged, goal),
    target: shelf && proposeTarget(shelf),
    worth: shelf && valueShelf(visits, shelf, { days, sampledBy, value: question.value }),
    experiment:
      verdict === 'cannot tell' ? null : planSlowDown(visits, { span, gain: gainToSettle(judged), days }),
    missing: [...missing, ...(counts.counted === 0 ? [explainNothing(counts, metric)] : [])],
    seed,
    warnings: warn(counts, { metric, slice, sampledBy }),
  }
}

function shorten(found: SeenGain | null): SeenGain | null {
  return found && { gain: found.gain, interval: found.interval }
}

function daysOf({ window: { from, to } }: SessionCounts): number {
  return from === null || to === null ? 0 : Math.max(1, (Date.parse(to) - Date.parse(from)) / DAY_MS)
}

/** Where it pays, what the same client gains; else what clients differ by, which is the claim to be settled. */
function gainToSettle({ verdict, within, between }: ToleranceJudgement): number {
  return (verdict === 'pays' ? within?.gain : between?.gain) ?? 0
}

function proposeTarget({ from_ms, openBelow }: Shelf): Tolerance['target'] {
  const under_ms = Number(from_ms.toPrecision(2))
  const why = openBelow
    ? 'the fastest sessions there are: getting faster still pays there'
    : 'getting faster stops paying there'
  return { under_ms, why }
}

function valueShelf(
  visits: Sessions['visits'],
  shelf: Shelf,
  { days, sampledBy, value }: { days: number; sampledBy: number; value: number | null },
): Tolerance['worth'] {
  const ms = visits.bins.map(bin => bin.ms)
  const place = placeOnShape(ms, shelf)
  const slow = totalBins(visits).visits.reduce((sum, count, i) => sum + count * place[i]!, 0)
  const monthly = (slow * sampledBy * MONTH_DAYS) / days
  const interval = shelf.interval.map(gain => gain * monthly) as Interval
  const sessions = shelf.gain * monthly
  const money =
    value === null
      ? null
      : { monthly: sessions * value, interval: interval.map(end => end * value) as Interval }
  return { sessions, interval, money }
}

export const GOES_ON: Record<Goal, string> = { continue: 'go on', convert: 'convert', return: 'come back' }

function describeConfounded(
  { confounded, within, between, p }: ToleranceJudgement,
  goal: Goal,
): Tolerance['confounded'] {
  if (!confounded || !within || !between) return null
  const { why, because } = confounded
  const on = GOES_ON[goal]
  const often = between.gain > 0 ? 'less' : 'more'
  const reason =
    why === 'only between' || (within.interval[0] <= 0 && within.interval[1] >= 0)
      ? `clients that are slow anyway ${on} ${often} often, but the same client isn’t seen to ${on} ${often} often when it is slower. So something else that goes with a client is at work, or the same clients’ visits are too few.`
      : `clients that are slow anyway differ from fast ones by another amount than latency makes a difference for the same client. So something else that goes with a client is at work as well.`
  return { within: shorten(within)!, between: shorten(between)!, p, because, reason }
}

function explainNothing({ sessions, leftOut }: SessionCounts, metric: LatencyMetric): string {
  if (sessions === 0) return 'sessions that saw the page: the analytics have none in this time'
  if (leftOut.noLatency > 0)
    return metric === 'request'
      ? 'page views that meet a request: both need the same account (or client) and path, within 30 s. Are accounts identified (identify in whyslow.yaml), and the same ids as in the analytics?'
      : `page views that meet a beacon with ${metric}: both need the same session, client or account, and path, within 30 s`
  return 'sessions whose time to go on is over'
}

function warn(
  { sessions, leftOut, counted }: SessionCounts,
  { metric, slice, sampledBy }: { metric: LatencyMetric; slice: Slice; sampledBy: number },
): Warning[] {
  const warnings: Warning[] = metric === 'request' ? nameCohort(slice) : []
  const joined = sessions - leftOut.open
  const lost = leftOut.noLatency + leftOut.ambiguous
  if (counted > 0 && lost > joined / 2)
    warnings.push({
      code: 'sessions-left-out',
      message: `Of ${formatCount(lost)} of ${formatCount(joined)} sessions it isn’t known how long the page took: the others may be of another kind.`,
    })
  if (leftOut.unfinished > 0.005 * joined)
    warnings.push({
      code: 'sessions-unfinished',
      message: `${formatShare(leftOut.unfinished / joined)} of the sessions saw the page fail or never finish: they are left out, so that what slowness costs is more than is shown.`,
    })
  if (sampledBy > 1)
    warnings.push({
      code: 'sampled',
      message: `One client in ${formatCount(sampledBy)} is looked at, drawn by its id; counts are of all.`,
    })
  return warnings
}

async function chooseMetric(store: Store): Promise<LatencyMetric> {
  const [row] = await store.all<{ found: number }>(
    'SELECT count(*) AS found FROM (SELECT 1 FROM beacons WHERE load_ms > 0 LIMIT 1)',
  )
  return row!.found > 0 ? 'load' : 'request'
}

function checkSlice(slice: Slice, metric: LatencyMetric): void {
  if (slice.where === null || metric === 'request') return
  throw new WhyslowError('--where is about requests, and the latency is of beacons.', {
    next: ['Leave it out, or take the request’s duration: --metric request'],
  })
}

async function checkEvent(store: Store, event: string): Promise<void> {
  const rows = await store.all<{ event: string; rows: number }>(
    'SELECT event, count(*) AS rows FROM pageviews WHERE event IS NOT NULL GROUP BY event ORDER BY rows DESC, event',
  )
  if (rows.some(row => row.event.toLowerCase() === event.toLowerCase())) return
  const names = rows.slice(0, 8).map(row => row.event)
  throw new WhyslowError(`No event of the analytics is called “${event}”.`, {
    next: [
      names.length > 0
        ? `There are: ${names.join(', ')}. Name one with --event`
        : 'Events need a name, and there are none: --goal continue needs none',
    ],
  })
}
