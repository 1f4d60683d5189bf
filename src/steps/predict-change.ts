/** What a change would buy, before anybody writes code; on a story it is written down. */
import { WhyslowError } from '../errors.js'
import { findExtent, windowOf } from '../evidence/count-clusters.js'
import { nameCohort } from '../evidence/slice-warnings.js'
import type { Change, Predicted } from '../evidence/whatif/change.js'
import { describeChange, flagsOf } from '../evidence/whatif/name-change.js'
import { asFlag, pickPeak } from '../evidence/whatif/pick-peak.js'
import { predictOnRequests } from '../evidence/whatif/predict-on-requests.js'
import { predictOnTraces } from '../evidence/whatif/predict-on-traces.js'
import type { ShownWhatIf } from '../reports/whatif.js'
import { predictShare } from '../stats/predicted-share.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { quoteIfNeeded } from '../stories/describe-evidence.js'
import { filePrediction, findByCommand } from '../stories/predictions.js'
import { readStory } from '../stories/read-story.js'
import type { StoryPrediction } from '../stories/schema.js'
import { updateStory } from '../stories/write-story.js'
import { parseDuration } from '../units.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeTarget } from './look-at-subject.js'
import { resolveChangeSubject } from './resolve-change.js'
import type { Subject } from './resolve-subject.js'

export interface WhatIf extends ShownWhatIf {
  route: string | null
  targetFrom: Subject['targetFrom'] | 'asked for'
  /** Reproduces it. */
  command: string
  seed: number
  warnings: Warning[]
}

export interface ChangeRequest {
  /** A route, or the id of a story. */
  subject: string
  slice: Slice
  /** Null: the target of the story, the route or the workbook. */
  under_ms: number | null
  change: Change
  /** The kind of fix; null: not said. */
  kind: string | null
  save: boolean
  seed: number
  now: Date
  signal?: AbortSignal
}

export interface PredictedChange {
  result: WhatIf
  /** What its text needs besides the figures. */
  words: { title: string; targetFrom: string; currency: string; file: string | null }
}

export async function predictChange(
  workbook: Workbook,
  store: Store,
  request: ChangeRequest,
): Promise<PredictedChange> {
  const { config } = workbook
  const { subject, basis: since } = await resolveChangeSubject(
    workbook,
    store,
    request.subject,
    request.slice,
  )
  const under_ms = request.under_ms ?? subject.under_ms
  const change = await settleChange(store, subject.slice, request.change)
  const predicted = await predictOn(store, subject.slice, change, { ...request, under_ms })
  const crossing = predicted.crossing!
  const share = predictShare(predicted.clusters, predicted.unit ?? 'customer')
  if (share.before === null || share.after === null) throw nothingCounts(subject.title)
  // The whole time that it is about, so that it says the same when there is more data.
  const period = windowOf(subject.slice, await findExtent(store, subject.slice))
  const command = nameCommand(workbook, request, { under_ms, change, ...period })
  const figures = {
    what: describeChange(change),
    under: { before: share.before, after: share.after, interval: share.interval },
    change: share.change,
    ...crossing,
    assumptions: [...since, ...predicted.assumptions],
    command,
  }
  const saved = request.save && subject.story !== null
  // What is read later stands alone: what the figures are of goes with it.
  const basis = [
    ...predicted.warnings.map(({ message }) => message),
    ...(crossing.untold === null ? [] : [crossing.untold]),
  ]
  const kept = { ...request, ...figures, under_ms, assumptions: [...figures.assumptions, ...basis] }
  const filed = saved ? await file(workbook, subject.story!, kept) : null
  return {
    result: {
      route: subject.route,
      story: subject.story,
      under_ms,
      targetFrom: request.under_ms === null ? subject.targetFrom : 'asked for',
      ...figures,
      slack: predicted.slack,
      requests: predicted.requests,
      unchanged: predicted.unchanged,
      histogram: predicted.histogram ?? null,
      prediction: filed?.id ?? null,
      seed: request.seed,
      warnings: [...nameCohort(subject.slice), ...predicted.warnings, ...warnFew(share.reason)],
    },
    words: {
      title: subject.title,
      targetFrom: request.under_ms === null ? describeTarget(subject, config) : 'asked for',
      currency: config.currency,
      file: filed?.file ?? null,
    },
  }
}

/** The evidence that knows of the change: spans are in traces, all else is in every log. */
async function predictOn(
  store: Store,
  slice: Slice,
  change: Change,
  options: { under_ms: number; seed: number; signal?: AbortSignal },
): Promise<Predicted & { warnings: Warning[] }> {
  return change.kind === 'span' || change.kind === 'parallel'
    ? predictOnTraces(store, slice, change, options)
    : predictOnRequests(store, slice, change, options)
}

/** A peak by where it is, so that the same change has the same name whatever was typed. */
async function settleChange(store: Store, slice: Slice, change: Change): Promise<Change> {
  if (change.kind !== 'without-mode') return change
  const peak = await pickPeak(store, await slicePredicate(store, slice), change.near_ms)
  return { ...change, near_ms: parseDuration(asFlag(peak)) }
}

function nameCommand(
  { config }: Workbook,
  { subject, slice, seed }: ChangeRequest,
  { under_ms, change, from, to }: { under_ms: number; change: Change; from: string; to: string },
): string {
  const words = [
    ...['whyslow', 'whatif', subject, ...flagsOf(change), '--under', `${under_ms}ms`],
    ...(slice.where === null ? [] : ['--where', slice.where]),
    ...['--from', from, '--to', to],
    ...(config.cohort && slice.cohort === null ? ['--all-traffic'] : []),
    ...(seed === 1 ? [] : ['--seed', `${seed}`]),
  ]
  return words.map(quoteIfNeeded).join(' ')
}

type Filed = Pick<
  WhatIf,
  'what' | 'under' | 'change' | 'customers' | 'revenue' | 'assumptions' | 'command'
> & {
  under_ms: number
  kind: string | null
  now: Date
}

async function file(workbook: Workbook, id: string, found: Filed): Promise<{ id: string; file: string }> {
  const { what, kind, under, change, customers, revenue, assumptions, command, now } = found
  const prediction: Omit<StoryPrediction, 'id' | 'at'> = {
    what,
    kind,
    under: `${found.under_ms}ms`,
    share: { before: round(under.before), after: round(under.after), interval: roundBoth(under.interval) },
    change: { value: round(change.value), interval: roundBoth(change.interval) },
    customers: customers && {
      cross: round(customers.cross, 1),
      interval: roundBoth(customers.interval, 1),
      of: customers.of,
      unit: customers.unit,
    },
    revenue: revenue && Math.round(revenue.monthly),
    assumptions,
    command,
  }
  const story = await updateStory(await readStory(workbook, id), current =>
    filePrediction(current, prediction, now),
  )
  return { id: findByCommand(story.frontMatter, command)!.id, file: story.shown }
}

function round(value: number, digits = 4): number {
  return Number(value.toFixed(digits))
}

function roundBoth(interval: [number, number] | null, digits = 4): [number, number] | null {
  return interval && [round(interval[0], digits), round(interval[1], digits)]
}

function warnFew(reason: string | null): Warning[] {
  if (reason === null) return []
  const next = 'Take in more time or more data: --from, --last, whyslow import'
  return [{ code: 'few-customers', message: `No interval can be given. ${reason}`, next }]
}

function nothingCounts(title: string): WhyslowError {
  return new WhyslowError(
    `No request of ${title} counts in this time: none was answered with its time measured, and none failed.`,
    {
      exit: 3,
      next: [
        'Name another time: --from, --to, --last; whyslow sources shows from when to when there is data',
        'whyslow look shows what there is',
      ],
    },
  )
}
