import { chooseUnit, findExtent, type Unit, windowOf } from '../evidence/count-clusters.js'
import { countMissingAccounts, describeWithoutAccount } from '../evidence/missing-accounts.js'
import { describeSampling, nameCohort } from '../evidence/slice-warnings.js'
import type { ScopeImpact, StoryImpacts } from '../evidence/story-impacts.js'
import { hasRows } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { chooseStart, type Start } from '../stories/backlog/choose-start.js'
import { measureStory } from '../stories/backlog/measure-impact.js'
import { type Ranking, rankStories } from '../stories/backlog/rank-stories.js'
import type { Candidate } from '../stories/backlog/score-model.js'
import { estimateEffort } from '../stories/effort.js'
import { estimateConfidence, estimateGain } from '../stories/estimates.js'
import { findConfirmed } from '../stories/hypotheses.js'
import { addUpLedger } from '../stories/ledger.js'
import { listStories, type Story } from '../stories/read-story.js'
import { DAY_MS } from '../units.js'
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
const HOUR_MS = 3_600_000
/** A rate a day is never told from less than a minute. */
const LEAST_DAYS = 1 / 1440
const OVER = ['closed', 'dismissed']
const READY = ['confirmed', 'fixing']

export async function planNext(
  workbook: Workbook,
  store: Store,
  question: NextQuestion,
): Promise<PlannedNext> {
  const { config } = workbook
  const { stories, problems } = await listStories(workbook)
  const open = stories.filter(({ frontMatter }) => !OVER.includes(frontMatter.status))
  const slice = await narrowToNewest(store, question.slice)
  const extent = await findExtent(store, slice)
  const unit = await chooseUnit(store, [slice])
  const { scoped, without } = await listScoped(store, open, problems)
  const { measured, impacts } = await readImpacts(workbook, store, { slice, scoped, unit }, problems)
  const days = extent === null ? 0 : Math.max((extent.to - extent.from) / DAY_MS, LEAST_DAYS)
  const closed = stories
    .filter(({ frontMatter }) => frontMatter.status === 'closed')
    .map(story => story.frontMatter)
  const kept = addUpLedger(stories.map(story => story.frontMatter))
  const context = {
    days,
    unit,
    currency: config.currency,
    hasAccounts: hasRows(store, 'accounts'),
    hasTickets: hasRows(store, 'tickets'),
  }
  const candidates = measured.map(({ story: { frontMatter, id }, scope, allowed }): Candidate => {
    const impact = impacts.scopes[scope.place]!
    const objective = { ...allowed.objective, counted: impacts.scopes[allowed.place]!.counted }
    return {
      id,
      measures: measureStory(frontMatter, { ...context, impact, under_ms: scope.under_ms, objective }),
      at: impact.at,
      effort: estimateEffort(frontMatter, { closed, sizes: config.next.sizes }),
      confidence: estimateConfidence(frontMatter),
      gain: estimateGain(frontMatter, kept),
    }
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
  return {
    stories: measured.map(({ story }, i) => ({ story, candidate: candidates[i]!, isReady: ready[i]! })),
    ranking,
    start,
    timebox_h,
    beside:
      for_h === null || start?.kind !== 'fix' ? [] : listBeside(backlog, impacts, measured, start, for_h),
    window: slice.from === null && slice.to === null ? null : windowOf(slice, extent),
    days,
    unit,
    warnings: [
      ...nameCohort(slice),
      ...describeSampling(store),
      ...(measured.length === 0
        ? []
        : describeWithoutAccount({
            ...(await countMissingAccounts(store, slice)),
            rules: config.identify.length,
          })),
      ...warnOfMissing(store, extent, open),
      ...warnWithout(without),
      ...warnUnheard(ranking, unit),
      ...describeUnreadable(problems),
    ],
  }
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

function warnOfMissing(store: Store, extent: unknown, open: readonly Story[]): Warning[] {
  if (open.length === 0) return []
  if (!hasRows(store, 'requests'))
    return [
      { code: 'no-requests', message: 'No requests were imported yet.', next: 'whyslow import access.log' },
    ]
  if (extent !== null) return []
  return [
    {
      code: 'no-requests',
      message: 'No request is in this slice, so nothing is known of the impact of any story.',
      next: 'whyslow sources shows from when to when there is data',
    },
  ]
}

/** What is known of no story may still decide between them. */
function warnUnheard({ model }: Ranking, unit: Unit): Warning[] {
  const imports: Partial<Record<MeasureName, string>> = {
    money:
      unit === 'customer'
        ? 'whyslow import accounts.csv --as accounts'
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
