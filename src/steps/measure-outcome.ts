/** The measured outcome of a story: the same requests before and after its fix, or the arms of its confirmed hypothesis. */
import { WhyslowError } from '../errors.js'
import { findNewestDay } from '../evidence/newest-day.js'
import { haveSeveralRoutes } from '../evidence/several-routes.js'
import { formatDay } from '../reports/times.js'
import { judgeHypothesis } from '../stats/judge-hypothesis.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { explainApart, type FoundPromise, findPromise } from '../stories/find-promise.js'
import { findConfirmed } from '../stories/hypotheses.js'
import { isOfAll, keepPromise } from '../stories/keep-promise.js'
import { readStory, type Story } from '../stories/read-story.js'
import { findRound, sinceReopened } from '../stories/reopen-story.js'
import type { StoryFrontMatter, StoryHypothesis, StoryOutcome, StoryPromise } from '../stories/schema.js'
import { isoSeconds } from '../stories/timeboxes.js'
import { updateStory } from '../stories/write-story.js'
import { formatDuration, formatPoints, formatShare } from '../units.js'
import type { Workbook } from '../workbook/workbook.js'
import { compareSlices, type SlicesComparison } from './compare-slices.js'
import { sliceArms } from './examine-hypothesis.js'
import { type Arms, showArms } from './read-arms.js'
import { asResult } from './test-hypothesis.js'

export interface MeasuredOutcome extends SlicesComparison {
  story: string
  status: string
  /** One line. */
  text: string
  /** What was said before, and what part of it came; null where nothing was. */
  promised: StoryPromise | null
  /** Whether it is the story's outcome now. One that doesn't close a story takes no outcome from a closed one. */
  filed: boolean
}

export interface OutcomeRequest {
  story: string
  /** Null: the fix's deploy, else the confirmed hypothesis. */
  arms: Arms | null
  cohort: Slice['cohort']
  /** Columns of which both sides are compared at one mix; null: `route`, where the requests are of several. */
  sameMix?: readonly string[] | null
  now: Date
  /** Why it is closed, also where the outcome can't be told yet. */
  note: string | null
}

/**
 * Files the outcome, and closes the story; one whose outcome can't be told yet stays open, unless a note says why it doesn't matter.
 * It is measured as it was promised: by the threshold and smallest change of the hypothesis, else by the prediction's threshold, and
 * over all traffic where the prediction is of that.
 */
export async function measureOutcome(
  workbook: Workbook,
  store: Store,
  request: OutcomeRequest,
): Promise<MeasuredOutcome> {
  const story = await readStory(workbook, request.story)
  const { frontMatter } = story
  const arms = request.arms ?? chooseArms(frontMatter)
  const promise = findPromise(frontMatter, request.now)
  const isPromisedOfAll = isOfAll(promise.prediction?.command ?? null)
  const cohort = isPromisedOfAll ? null : request.cohort
  const sameMix = request.sameMix ?? (await chooseMix(store, story, arms, cohort))
  const comparison = await compareOutcome(workbook, store, story, { arms, cohort, sameMix, promise })
  const text = describeOutcome(comparison)
  const everything = cohort === null && (workbook.config.cohort || isPromisedOfAll) ? ' --all-traffic' : ''
  const mix =
    sameMix.length > 0 ? ` --same-mix ${sameMix.join(',')}` : request.sameMix ? ' --same-mix none' : ''
  const measured = {
    ...asResult(
      comparison,
      request.now,
      `whyslow story close ${story.id} --measure ${showArms(arms)}${mix}${everything}`,
    ),
    under: `${comparison.under_ms}ms`,
  }
  const reason = promise.reason ?? explainApart(frontMatter, arms)
  const promised = keepPromise({ ...promise, reason }, measured, {
    judged: promise.hypothesis && judgeOutcome(comparison, promise.hypothesis),
    smallest: comparison.change.smallest,
  })
  const outcome: StoryOutcome = {
    ...measured,
    smallest: comparison.change.smallest,
    text,
    sameMix: [...sameMix],
    promised,
    ...(await sayWhen(workbook, store, story, arms)),
    watch: null,
  }
  // What can't be told, or what got worse, isn't over: only a person's reason closes it.
  const isOver = comparison.verdict === 'better' || comparison.verdict === 'no meaningful difference'
  const isOpen = !isOver && request.note === null
  const notes = request.note === null ? [] : [{ at: isoSeconds(request.now), text: request.note }]
  let filed = true
  const changed = await updateStory(story, current => {
    filed = current.status !== 'closed' || !isOpen
    return filed
      ? {
          ...current,
          status: isOpen ? current.status : 'closed',
          notes: [...current.notes, ...notes],
          outcome,
        }
      : current
  })
  comparison.warnings.push(...promise.warnings)
  return { story: story.id, status: changed.frontMatter.status, text, promised, filed, ...comparison }
}

function judgeOutcome(comparison: SlicesComparison, { direction }: StoryHypothesis): StoryPromise['judged'] {
  return judgeHypothesis(comparison, { direction, smallest: comparison.change.smallest })
}

async function chooseMix(store: Store, story: Story, arms: Arms, cohort: Slice['cohort']): Promise<string[]> {
  return (await haveSeveralRoutes(store, await sliceArms(store, story, arms, cohort))) ? ['route'] : []
}

/** What triage needs to watch whether it lasts; sides that ran side by side have no time of the fix. */
async function sayWhen(
  { config }: Workbook,
  store: Store,
  story: Story,
  arms: Arms,
): Promise<Pick<StoryOutcome, 'since' | 'until'>> {
  if (arms.design !== 'before-after') return { since: null, until: null }
  const { after } = await sliceArms(store, story, arms, null)
  return { since: arms.after.from, until: await findNewestDay(store, after, config.timezone) }
}

/** What a story’s outcome is judged by; files nothing. */
export async function compareOutcome(
  workbook: Workbook,
  store: Store,
  story: Story,
  asked: {
    arms: Arms
    cohort: Slice['cohort']
    sameMix: readonly string[]
    promise: Pick<FoundPromise, 'prediction' | 'judgedBy'>
  },
): Promise<SlicesComparison> {
  const { frontMatter } = story
  const { arms, cohort, sameMix, promise } = asked
  return compareSlices(workbook, store, {
    ...(await sliceArms(store, story, arms, cohort)),
    design: arms.design,
    under: {
      hypothesis: promise.judgedBy?.under ?? null,
      prediction: promise.prediction?.under ?? null,
      story: frontMatter.under,
      route: frontMatter.route,
    },
    smallest: promise.judgedBy?.smallest ?? null,
    sameMix,
  })
}

/** Closed with a reason instead of an outcome. */
export async function closeWithNote(workbook: Workbook, id: string, text: string, now: Date) {
  return updateStory(await readStory(workbook, id), frontMatter => ({
    ...frontMatter,
    status: 'closed',
    notes: [...frontMatter.notes, { at: isoSeconds(now), text }],
  }))
}

/**
 * Of several fixes: before the first and after the last. Of a story that was reopened, since it got slower again, else since the fix that
 * didn't last: what was deployed before that had its outcome.
 */
export function chooseArms(story: StoryFrontMatter): Arms {
  const { fixes, began } = findRound(story)
  const starts = began === null ? [story.scope.window?.from] : [began, story.reopened.at(-1)?.outcome?.since]
  const deployed = fixes
    .flatMap(fix => fix.deployed ?? [])
    .sort((one, other) => Date.parse(one) - Date.parse(other))
  const [first] = deployed
  if (first !== undefined) {
    const from = starts.find(start => start != null && Date.parse(start) < Date.parse(first)) ?? null
    return {
      design: 'before-after',
      before: { where: null, from, to: first },
      after: { where: null, from: deployed.at(-1)!, to: null },
    }
  }
  const hypothesis = findConfirmed(story)
  if (hypothesis) return hypothesis
  throw withoutArms(story)
}

function withoutArms(story: StoryFrontMatter): WhyslowError {
  const { id, reopened } = story
  const last = reopened.at(-1)
  const unsaid =
    last === undefined
      ? `doesn't say when its fix was deployed`
      : last.after === null
        ? `was re-opened on ${formatDay(last.at)}, and names no fix that was deployed since ${last.began}`
        : `was re-opened (slower again since ${last.began}), and names no fix that was deployed since`
  const { hypotheses } = sinceReopened(story)
  const none = hypotheses.length === 0 ? 'it has no hypothesis' : 'no hypothesis of it is confirmed'
  return new WhyslowError(
    `What to compare? The story ${id} ${unsaid}, and ${none}${last === undefined ? '' : ' since then'}.`,
    {
      next: [
        `Say when: whyslow story set ${id} --fix "what was done" --deployed 2026-10-12`,
        `Or name both sides: whyslow story close ${id} --measure --before 2026-10-01..2026-10-08 --after 2026-10-12..2026-10-19`,
      ],
    },
  )
}

function describeOutcome(comparison: SlicesComparison): string {
  const { before, after } = comparison.arms
  const { value, interval } = comparison.change
  const shares = `${formatShare(before.share)} → ${formatShare(after.share)} of requests under ${formatDuration(comparison.under_ms)}`
  const change =
    value === null || interval === null
      ? (comparison.reason ?? '').replace(/\.$/, '')
      : `${formatPoints(value)}, 95%: ${formatPoints(interval[0])} to ${formatPoints(interval[1])}`
  return `${comparison.verdict}: ${shares}${change === '' ? '' : ` (${change})`}`
}
