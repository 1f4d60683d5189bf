/** The measured outcome of a story: the same requests before and after its fix, or the arms of its confirmed hypothesis. */
import { WhyslowError } from '../errors.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { findConfirmed } from '../stories/hypotheses.js'
import { readStory, type Story } from '../stories/read-story.js'
import type { StoryFrontMatter, StoryOutcome } from '../stories/schema.js'
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
}

export interface OutcomeRequest {
  story: string
  /** Null: the fix's deploy, else the confirmed hypothesis. */
  arms: Arms | null
  cohort: Slice['cohort']
  now: Date
  /** Why it is closed, also where the outcome can't be told yet. */
  note: string | null
}

/**
 * Files the outcome, and closes the story; one whose outcome can't be told yet stays open, unless a note says why it doesn't matter.
 * What the confirmed hypothesis promised (threshold, smallest change) is what the outcome is measured by.
 */
export async function measureOutcome(
  workbook: Workbook,
  store: Store,
  request: OutcomeRequest,
): Promise<MeasuredOutcome> {
  const story = await readStory(workbook, request.story)
  const { frontMatter } = story
  const arms = request.arms ?? chooseArms(frontMatter)
  const comparison = await compareOutcome(workbook, store, story, { arms, cohort: request.cohort })
  const text = describeOutcome(comparison)
  const everything = workbook.config.cohort && request.cohort === null ? ' --all-traffic' : ''
  const outcome: StoryOutcome = {
    ...asResult(
      comparison,
      request.now,
      `whyslow story close ${story.id} --measure ${showArms(arms)}${everything}`,
    ),
    under: `${comparison.under_ms}ms`,
    text,
    sameMix: [],
    promised: null,
    watch: null,
  }
  // What can't be told, or what got worse, isn't over: only a person's reason closes it.
  const isOver = comparison.verdict === 'better' || comparison.verdict === 'no meaningful difference'
  const isOpen = !isOver && request.note === null
  const notes = request.note === null ? [] : [{ at: isoSeconds(request.now), text: request.note }]
  const closed = await updateStory(story, current => ({
    ...current,
    status: isOpen ? current.status : 'closed',
    notes: [...current.notes, ...notes],
    outcome,
  }))
  return { story: story.id, status: closed.frontMatter.status, text, ...comparison }
}

/** What a story’s outcome is judged by; files nothing. */
export async function compareOutcome(
  workbook: Workbook,
  store: Store,
  story: Story,
  { arms, cohort }: { arms: Arms; cohort: Slice['cohort'] },
): Promise<SlicesComparison> {
  const { frontMatter } = story
  const promised = findConfirmed(frontMatter)
  return compareSlices(workbook, store, {
    ...(await sliceArms(store, story, arms, cohort)),
    design: arms.design,
    under: { hypothesis: promised?.under ?? null, story: frontMatter.under, route: frontMatter.route },
    smallest: promised?.smallest ?? null,
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

/** Of several fixes: before the first and after the last. */
export function chooseArms(story: StoryFrontMatter): Arms {
  const deployed = story.fixes
    .flatMap(fix => fix.deployed ?? [])
    .sort((one, other) => Date.parse(one) - Date.parse(other))
  const [first] = deployed
  if (first !== undefined) {
    const start = story.scope.window?.from ?? null
    const from = start !== null && Date.parse(start) < Date.parse(first) ? start : null
    return {
      design: 'before-after',
      before: { where: null, from, to: first },
      after: { where: null, from: deployed.at(-1)!, to: null },
    }
  }
  const hypothesis = findConfirmed(story)
  if (hypothesis) return hypothesis
  const none = story.hypotheses.length === 0 ? 'it has no hypothesis' : 'no hypothesis of it is confirmed'
  throw new WhyslowError(
    `What to compare? The story ${story.id} doesn't say when its fix was deployed, and ${none}.`,
    {
      next: [
        `Say when: whyslow story set ${story.id} --fix "what was done" --deployed 2026-10-12`,
        `Or name both sides: whyslow story close ${story.id} --measure --before 2026-10-01..2026-10-08 --after 2026-10-12..2026-10-19`,
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
