/** The measured outcome of a story: the same requests before and after its fix, or the arms of its last hypothesis. */
import { WhyslowError } from '../errors.js'
import { readStory } from '../stories/read-story.js'
import type { StoryFrontMatter, StoryHypothesis, StoryOutcome } from '../stories/schema.js'
import { updateStory } from '../stories/write-story.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { formatDuration, formatPoints, formatShare } from '../units.js'
import type { Workbook } from '../workbook/workbook.js'
import { compareSlices, type SlicesComparison } from './compare-slices.js'
import { asResult, sliceArms } from './test-hypothesis.js'

export interface MeasuredOutcome extends SlicesComparison {
  story: string
  status: string
  text: string
}

/** Where the two sides are, when the story's last hypothesis isn't what to measure. */
export interface OutcomeArms {
  design: 'before-after' | 'canary'
  before: StoryHypothesis['before']
  after: StoryHypothesis['after']
}

export async function measureOutcome(
  workbook: Workbook,
  store: Store,
  request: { story: string; arms: OutcomeArms | null; slice: Slice; now: Date; close: boolean },
): Promise<MeasuredOutcome> {
  const story = await readStory(workbook, request.story)
  const arms = request.arms ?? chooseArms(story.frontMatter)
  const comparison = await compareSlices(workbook, store, {
    ...sliceArms(story.frontMatter, arms, request.slice),
    design: arms.design,
    under: { story: story.frontMatter.under, route: story.frontMatter.route },
    smallest: story.frontMatter.hypotheses.at(-1)?.smallest ?? null,
  })
  const text = describeOutcome(comparison)
  const outcome: StoryOutcome = {
    ...asResult(comparison, request.now, `whyslow story close ${story.id} --measure`),
    under: `${comparison.under_ms}ms`,
    text,
  }
  const status = request.close ? 'closed' : 'measured'
  await updateStory(story, frontMatter => ({ ...frontMatter, status, outcome }))
  return { story: story.id, status, text, ...comparison }
}

function chooseArms(story: StoryFrontMatter): OutcomeArms {
  const deployed = story.fixes.map(fix => fix.deployed).filter(time => time !== null).sort().at(0)
  if (deployed) {
    const start = story.scope.window?.from ?? null
    return {
      design: 'before-after',
      before: { where: null, from: start, to: deployed },
      after: { where: null, from: deployed, to: null },
    }
  }
  const hypothesis = story.hypotheses.at(-1)
  if (hypothesis) return hypothesis
  throw new WhyslowError(`The story ${story.id} says neither when its fix was deployed nor what to compare.`, {
    next: [
      `Say when: whyslow story set ${story.id} --fix "what was done" --deployed 2026-10-12`,
      `Or name both sides: whyslow story close ${story.id} --measure --before 2026-10-01..2026-10-08 --after 2026-10-12..2026-10-19`,
    ],
  })
}

function describeOutcome(comparison: SlicesComparison): string {
  const { before, after } = comparison.arms
  const { value, interval } = comparison.change
  const shares = `${formatShare(before.share)} → ${formatShare(after.share)} of requests under ${formatDuration(comparison.under_ms)}`
  if (value === null || interval === null) return `${comparison.verdict}: ${shares}${comparison.reason ? ` (${comparison.reason})` : ''}`
  return `${comparison.verdict}: ${shares} (${formatPoints(value)}, 95%: ${formatPoints(interval[0])} to ${formatPoints(interval[1])})`
}
