/** How much slowness the sessions of a page tolerate: the share that goes on against latency, and whether latency is why. */
import { WhyslowError } from '../errors.js'
import type { Interval } from '../stats/intervals.js'
import {
  type Confounded,
  type GainBelow,
  judgeTolerance,
  type Shelf,
  type ToleranceJudgement,
  type ToleranceVerdict,
} from '../stats/judge-tolerance.js'
import { planSlowDown, type SlowDown } from '../stats/plan-slow-down.js'
import { type CurvePoint, drawCurve } from '../stats/tolerance-curve.js'
import { sqlText } from '../store/engine.js'
import { hasRows } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import { routeWhere, type Slice } from '../store/slice.js'
import { patternOf } from '../store/template-sql.js'
import { formatCount, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import type { LatencyMetric } from './match-latency.js'
import type { Goal, Page } from './session-views.js'
import { readSessions, type SessionCounts, type SessionsQuestion } from './sessions.js'
import { nameCohort } from './slice-warnings.js'
import { daysOf, LEAST_DAYS, valueShelf, type Worth } from './worth-of-shelf.js'

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
  /** `behind`: of a page's time, which requests it made (`where`), if their log says so. */
  target: { under_ms: number; why: string; behind: string | null } | null
  /** Null unless it pays, and of under a day. */
  worth: Worth | null
  experiment: SlowDown | null
  /** What is too little to tell. */
  missing: string[]
  seed: number
  warnings: Warning[]
}

export async function tolerance(store: Store, question: ToleranceQuestion): Promise<Tolerance> {
  const { page, goal, slice, seed } = question
  const metric = question.metric ?? (await chooseMetric(store))
  checkSlice(slice, metric)
  if (goal === 'convert') await checkEvent(store, question.event)
  const { visits, traits, sampledBy, ...counts } = await readSessions(store, { ...question, metric })
  const judged = judgeTolerance(visits, { traits, seed })
  const { verdict, shelf, span, missing, p } = judged
  const days = daysOf(counts.window)
  const target = shelf && { ...proposeTarget(shelf), behind: await findBehind(store, page, metric) }
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
    target,
    worth:
      target &&
      valueShelf(visits, shelf!, { under_ms: target.under_ms, days, sampledBy, value: question.value }),
    experiment:
      missing.length > 0
        ? null
        : planSlowDown(visits, { span, gain: gainToSettle(judged), days: Math.max(1, days) / sampledBy }),
    missing: counts.counted === 0 ? [await explainNothing(store, counts, { ...question, metric })] : missing,
    seed,
    warnings: warn(counts, { metric, slice, sampledBy, days, isJudged: missing.length === 0 }),
  }
}

function shorten(found: SeenGain | null): SeenGain | null {
  return found && { gain: found.gain, interval: found.interval }
}

/** Where it pays, what the same client gains; where it is confounded, what clients differ by: the claim to be settled. Else what all show. */
function gainToSettle({ verdict, within, between, all }: ToleranceJudgement): number {
  const claim = verdict === 'pays' ? within : verdict === 'confounded' ? between : all
  return claim?.gain ?? 0
}

function proposeTarget({ from_ms, openBelow, below }: Shelf): { under_ms: number; why: string } {
  const under_ms = Number(from_ms.toPrecision(2))
  return { under_ms, why: openBelow ? FASTEST : WHY[below?.tells ?? 'unclear'] }
}

const FASTEST = 'the fastest sessions there are: getting faster still pays there'
const WHY: Record<GainBelow['tells'], string> = {
  none: 'getting faster stops paying there',
  more: 'most is gained down to there, and getting faster still pays below',
  unclear: 'what is gained is shown down to there',
}

/** Of what the browser waited for, the requests that name the page as where they came from. */
async function findBehind(store: Store, page: Page, metric: LatencyMetric): Promise<string | null> {
  if (metric === 'request' || page.route !== null) return page.route && routeWhere(page.route)
  const where = `regexp_full_match(split_part(split_part(referer, '?', 1), '#', 1), ${sqlText(`\\w+://[^/]+${patternOf(page.template)}`)})`
  const [row] = await store.all<{ found: number }>(
    `SELECT count(*) AS found FROM (SELECT 1 FROM requests WHERE ${where} LIMIT 1)`,
  )
  return row!.found > 0 ? where : null
}

export const GOES_ON: Record<Goal, string> = { continue: 'go on', convert: 'convert', return: 'come back' }

function describeConfounded(
  { confounded, within, between, p }: ToleranceJudgement,
  goal: Goal,
): Tolerance['confounded'] {
  if (!confounded || !within || !between) return null
  const reason = explainConfounded(confounded.why, within.interval, between.gain, GOES_ON[goal])
  return { within: shorten(within)!, between: shorten(between)!, p, because: confounded.because, reason }
}

function explainConfounded(
  why: Confounded['why'],
  [low, high]: Interval,
  between: number,
  on: string,
): string {
  if (why === 'reversed')
    return `the same clients ${on} more often when the page is slower. Slowness doesn’t do that: something else that goes with a visit (its hour, what was looked at) is at work.`
  const often = between > 0 ? 'less' : 'more'
  return why === 'only between' || (low <= 0 && high >= 0)
    ? `clients that are slow anyway ${on} ${often} often, but the same client isn’t seen to ${on} ${often} often when it is slower. So something else that goes with a client is at work, or the same clients’ visits are too few.`
    : `clients that are slow anyway differ from fast ones by another amount than latency makes a difference for the same client. So something else that goes with a client is at work as well.`
}

async function explainNothing(
  store: Store,
  { sessions, leftOut }: SessionCounts,
  { page, slice, metric }: { page: Page; slice: Slice; metric: LatencyMetric },
): Promise<string> {
  if (sessions === 0) return `sessions that saw the page: ${await explainUnseen(store, page, slice)}`
  const { noLatency, ambiguous, unfinished, open } = leftOut
  const most = Math.max(noLatency, ambiguous, unfinished, open)
  if (most === open) return 'sessions whose time to go on is over'
  if (most === unfinished)
    return `sessions that saw the page finish: ${formatCount(unfinished)} saw it fail, or never end`
  if (most === ambiguous)
    return `sessions with one latency that is nearest: of ${formatCount(ambiguous)} several are about as near in time`
  return metric === 'request'
    ? 'page views that meet a request: both need the same account (or client) and path, within 30 s. Accounts have to be identified (identify in whyslow.yaml), with the same ids as in the analytics'
    : `page views that meet a beacon with ${metric}: both need the same session, client or account, and path, within 30 s`
}

async function explainUnseen(store: Store, { template }: Page, slice: Slice): Promise<string> {
  const kind = (['pageviews', 'beacons'] as const).find(name => hasRows(store, name))
  if (kind === undefined)
    return 'no analytics were imported, and no beacons. They come from what counts page views: whyslow import analytics.csv'
  const [row] = await store.all<{ nameless: number }>(
    'SELECT count(*) AS nameless FROM pageviews WHERE client IS NULL AND account IS NULL',
  )
  const names = kind === 'beacons' ? 'beacons' : 'analytics'
  const when = slice.from === null && slice.to === null ? '' : ' in this time'
  const nameless =
    row!.nameless === 0
      ? ''
      : `. Without a client or an account a view can’t be counted (rows that name neither: ${formatCount(row!.nameless)})`
  return `the ${names} have none of ${template}${when}${nameless}`
}

function warn(
  { sessions, leftOut, counted }: SessionCounts,
  {
    metric,
    slice,
    sampledBy,
    days,
    isJudged,
  }: { metric: LatencyMetric; slice: Slice; sampledBy: number; days: number; isJudged: boolean },
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
      message: `One client in ${formatCount(sampledBy)} is looked at, drawn by its id: the curve’s counts are of those, the others of all.`,
    })
  if (isJudged && days < LEAST_DAYS)
    warnings.push({
      code: 'under-a-day',
      message:
        'The sessions are of less than a day: what a month is worth isn’t told, and an experiment may take fewer days than are shown.',
      next: 'Import a week or more',
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
