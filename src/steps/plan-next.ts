import { WhyslowError } from '../errors.js'
import { chooseUnit, findExtent, type Unit, windowOf } from '../evidence/count-clusters.js'
import { countMissingAccounts, describeWithoutAccount } from '../evidence/missing-accounts.js'
import { describeSampling, nameCohort } from '../evidence/slice-warnings.js'
import type { ScopeImpact, StoryImpacts } from '../evidence/story-impacts.js'
import { formatPeriod } from '../reports/times.js'
import { hasRows } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { chooseStart, type Start } from '../stories/backlog/choose-start.js'
import { type ImpactContext, measureStory } from '../stories/backlog/measure-impact.js'
import { type Ranking, rankStories } from '../stories/backlog/rank-stories.js'
import type { Candidate } from '../stories/backlog/score-model.js'
import { estimateEffort } from '../stories/effort.js'
import { estimateConfidence, estimateGain } from '../stories/estimates.js'
import { findConfirmed } from '../stories/hypotheses.js'
import { addUpLedger } from '../stories/ledger.js'
import { listStories, type Story } from '../stories/read-story.js'
import { isOver, type StoryFrontMatter } from '../stories/schema.js'
import { DAY_MS, HOUR_MS } from '../units.js'
import type { Warning } from '../warnings.js'
import type { MeasureName } from '../workbook/next-config.js'
import type { Workbook } from '../workbook/workbook.js'
import { listScoped, type Measured, readImpacts } from './scope-stories.js'
import { describeUnreadable } from './unreadable-stories.js'

export interface NextQuestion {
  slice: Slice
  /** Hours of work that there are for a fix. */
  for_h: number | null
  /** Hours that an investigation has, or a fix if there are no others; null for the workbook’s timebox. */
  timebox_h: number | null
  seed: number
}

export interface PlannedNext {
  stories: { story: Story; candidate: Candidate; isReady: boolean }[]
  ranking: Ranking
  start: Start | null
  /** Hours that an investigation has. */
  timebox_h: number
  /** What else fits into the time beside the start, by position, with the customers that it adds. */
  beside: { story: number; customers: number | null }[]
  window: { from: string; to: string } | null
  days: number
  unit: Unit
  warnings: Warning[]
}

const DEFAULT_DAYS = 28
/** A rate a day is never told from less than a minute. */
const LEAST_DAYS = 1 / 1440
const READY = ['confirmed', 'fixing']

/** Throws, with exit 3, where there is data but none of the slice. */
export async function planNext(
  workbook: Workbook,
  store: Store,
  question: NextQuestion,
): Promise<PlannedNext> {
  const { config } = workbook
  const { stories, problems } = await listStories(workbook)
  const open = stories.filter(({ frontMatter }) => !isOver(frontMatter.status))
  const slice = await narrowToNewest(store, question.slice)
  const extent = await findExtent(store, slice)
  if (extent === null && open.length > 0 && hasRows(store, 'requests'))
    throw await describeNoData(store, slice)
  const unit = await chooseUnit(store, [slice])
  const { scoped, without } = await listScoped(store, open, problems)
  const { measured, impacts } = await readImpacts(workbook, store, { slice, scoped, unit }, problems)
  const days = extent === null ? 0 : Math.max((extent.to - extent.from) / DAY_MS, LEAST_DAYS)
  const candidates = makeCandidates(measured, impacts, {
    days,
    unit,
    all: stories.map(({ frontMatter }) => frontMatter),
    currency: config.currency,
    sizes: config.next.sizes,
    hasAccounts: hasRows(store, 'accounts'),
    hasTickets: hasRows(store, 'tickets'),
  })
  const ranking = rankStories(candidates, {
    seed: question.seed,
    config: config.next,
    clusters: impacts.clusters,
    groupsFrom: impacts.groupsFrom,
    noun: unit === 'client' ? 'client' : unit === 'customer' ? 'customer' : 'time block',
  })
  const ready = measured.map(({ story }) => isReady(story))
  const backlog = { candidates, ranking, ready }
  const { for_h } = question
  const timebox_h = Math.min(
    question.timebox_h ?? config.timebox / HOUR_MS,
    for_h ?? Number.POSITIVE_INFINITY,
  )
  const start = chooseStart(backlog, { for_h: for_h ?? question.timebox_h, timebox_h })
  const isDated = extent !== null && (slice.from !== null || slice.to !== null)
  return {
    stories: measured.map(({ story }, i) => ({ story, candidate: candidates[i]!, isReady: ready[i]! })),
    ranking,
    start,
    timebox_h,
    beside:
      for_h === null || start?.kind !== 'fix' ? [] : listBeside(backlog, impacts, measured, start, for_h),
    window: isDated ? windowOf(slice, extent) : null,
    days,
    unit,
    warnings: [
      ...(await warnOfData(workbook, store, slice, { open: open.length, measured: measured.length })),
      ...warnWithout(without),
      ...warnUnheard(ranking, unit, hasRows(store, 'accounts')),
      ...describeUnreadable(problems),
    ],
  }
}

interface CandidateContext
  extends Pick<ImpactContext, 'days' | 'unit' | 'currency' | 'hasAccounts' | 'hasTickets'> {
  /** Also those that are over: they say what work took, and what promises kept. */
  all: readonly StoryFrontMatter[]
  sizes: Readonly<Record<string, number>>
}

function makeCandidates(
  measured: readonly Measured[],
  impacts: StoryImpacts,
  { all, sizes, ...context }: CandidateContext,
): Candidate[] {
  const closed = all.filter(({ status }) => status === 'closed')
  const kept = addUpLedger(all)
  return measured.map(({ story: { frontMatter, id }, scope: { place, under_ms }, allowed }) => {
    const impact = impacts.scopes[place]!
    const objective = { ...allowed.objective, counted: impacts.scopes[allowed.place]!.counted }
    return {
      id,
      measures: measureStory(frontMatter, { ...context, impact, under_ms, objective }),
      at: impact.at,
      effort: estimateEffort(frontMatter, { closed, sizes }),
      confidence: estimateConfidence(frontMatter),
      gain: estimateGain(frontMatter, kept),
    }
  })
}

function isReady({ frontMatter }: Story): boolean {
  return READY.includes(frontMatter.status) || findConfirmed(frontMatter) !== undefined
}

/** The newest 28 days of data, unless a time was asked for. */
async function narrowToNewest(store: Store, slice: Slice): Promise<Slice> {
  if (slice.from !== null || slice.to !== null) return slice
  const extent = await findExtent(store, { ...slice, where: null })
  return extent === null
    ? slice
    : { ...slice, from: new Date(Math.max(extent.from, extent.to - DEFAULT_DAYS * DAY_MS)).toISOString() }
}

/** Other fixes that are ready and fit into what is left, those with the most to expect first. */
function listBeside(
  {
    candidates,
    ranking,
    ready,
  }: { candidates: readonly Candidate[]; ranking: Ranking; ready: readonly boolean[] },
  impacts: StoryImpacts,
  measured: readonly Measured[],
  start: Start,
  for_h: number,
): PlannedNext['beside'] {
  const hit = new Float64Array(impacts.clusters)
  /** A customer who is hit by several counts once. */
  const add = ({ at, hit: own }: ScopeImpact) => {
    let added = 0
    for (const [i, place] of at.entries()) {
      const more = Math.max(0, own[i]! - hit[place]!)
      hit[place]! += more
      added += more
    }
    return added
  }
  const impactOf = (story: number) => impacts.scopes[measured[story]!.scope.place]!
  let left = for_h - candidates[start.story]!.effort.value
  add(impactOf(start.story))
  const { standings } = ranking.model
  const others = candidates
    .flatMap((_, i) => (ready[i] && i !== start.story && candidates[i]!.effort.known !== null ? [i] : []))
    .sort((one, other) => standings[other]!.score - standings[one]!.score)
  return others.flatMap(story => {
    const { effort, measures } = candidates[story]!
    if (effort.value > left) return []
    left -= effort.value
    const customers = measures.customers.from === 'measured' ? add(impactOf(story)) : null
    return [{ story, customers }]
  })
}

/** Without any requests what people said may still tell stories apart. */
async function warnOfData(
  { config }: Workbook,
  store: Store,
  slice: Slice,
  stories: { open: number; measured: number },
): Promise<Warning[]> {
  const general = [...nameCohort(slice), ...describeSampling(store)]
  if (stories.open > 0 && !hasRows(store, 'requests'))
    return [
      ...general,
      { code: 'no-requests', message: 'No requests were imported yet.', next: 'whyslow import access.log' },
    ]
  if (stories.measured === 0) return general
  const missing = await countMissingAccounts(store, slice)
  return [...general, ...describeWithoutAccount({ ...missing, rules: config.identify.length })]
}

async function describeNoData(store: Store, slice: Slice): Promise<WhyslowError> {
  const there = await findExtent(store, { ...slice, from: null, to: null })
  const next = [
    'whyslow sources shows from when to when there is data',
    ...(slice.cohort === null ? [] : ['--all-traffic counts everything']),
  ]
  return new WhyslowError(
    there === null
      ? 'No request is in this slice, whatever the time, so nothing is known of the impact of any story.'
      : `No request is in this time, so nothing is known of the impact of any story. There is data from ${formatPeriod(windowOf({ from: null, to: null }, there))}.`,
    { exit: 3, next: there === null ? next : ['whyslow next takes the newest 28 days', ...next] },
  )
}

/** What is known of no story may still decide between them. */
function warnUnheard({ model }: Ranking, unit: Unit, hasAccounts: boolean): Warning[] {
  const imports: Partial<Record<MeasureName, string>> = {
    money:
      unit === 'customer'
        ? `whyslow import accounts.csv --as accounts${hasAccounts ? ', with what the customers hit pay' : ''}`
        : 'Name the accounts of requests: identify in whyslow.yaml',
    tickets: 'whyslow import tickets.csv',
  }
  const { uses, isOfShares } = model.formula
  return model.unheard
    .filter(name => imports[name] !== undefined && uses.includes(name))
    .map(name => ({
      code: 'measure-unknown',
      message: `${name === 'money' ? 'What customers pay' : 'How many tickets there are'} isn’t known of any story, so it may be anything, and ${isOfShares ? 'fewer' : 'no'} pairs can be told apart.`,
      next: `${imports[name]!}, or ${isOfShares ? `a weight of 0 for it in whyslow.yaml: next: {weights: {${name}: 0}}` : 'a formula without it in whyslow.yaml'}`,
    }))
}

function warnWithout(without: readonly Story[]): Warning[] {
  const [first] = without
  if (first === undefined) return []
  const ids = without.map(({ id }) => id).join(', ')
  return [
    {
      code: 'no-scope',
      message: `Left out, since ${without.length === 1 ? 'it names' : 'they name'} no requests: ${ids}.`,
      next: `whyslow story set ${first.id} where="route = 'GET /orders/:id'"`,
    },
  ]
}
