/** A registered hypothesis and its two sides as they are now: what `hypothesis test` and each look of a watch share. */
import { WhyslowError } from '../errors.js'
import { measureSlowTime, type SlowTime } from '../evidence/slow-time.js'
import { judgeHypothesis } from '../stats/judge-hypothesis.js'
import type { Store } from '../store/open-store.js'
import { parseTime, type Slice } from '../store/slice.js'
import { findHypothesis } from '../stories/hypotheses.js'
import { readStory, type Story } from '../stories/read-story.js'
import { isEdited, registerAnew } from '../stories/registration.js'
import type { StoryHypothesis, StoryResult } from '../stories/schema.js'
import { updateStory } from '../stories/write-story.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { compareSlices, type SlicesComparison } from './compare-slices.js'
import { describeEarly, findEarly } from './early-requests.js'
import { joinCheckedWheres } from './resolve-subject.js'
import { checkStoryWhere, requireStoryWhere } from './story-where.js'

export interface Registered {
  story: Story
  hypothesis: StoryHypothesis
  /** Whether it was edited since it was registered, and is registered anew by this. */
  isAnew: boolean
}

export interface Examination {
  comparison: SlicesComparison
  /** Data was there before the prediction: it can disprove, and never confirms. */
  exploratory: boolean
  /** For requests with a condition beside those without, else null. */
  slowTime: SlowTime | null
}

/** The named hypothesis or the newest; registered anew, in the story too, if it was edited. */
export async function readRegistered(
  workbook: Workbook,
  request: { story: string; hypothesis?: string | undefined; now: Date },
): Promise<Registered> {
  const story = await readStory(workbook, request.story)
  const hypothesis = findHypothesis(story.frontMatter, request.hypothesis)
  if (hypothesis.metric !== 'under') {
    throw new WhyslowError(
      `Hypothesis ${hypothesis.id} is about “${hypothesis.metric}”; only “under”, the share of good requests, can be tested.`,
      { place: { file: story.shown } },
    )
  }
  if (!isEdited(hypothesis)) return { story, hypothesis, isAnew: false }
  const changed = await updateStory(story, values => registerAnew(values, hypothesis.id, request.now))
  return { story: changed, hypothesis: findHypothesis(changed.frontMatter, hypothesis.id), isAnew: true }
}

export async function examineHypothesis(
  workbook: Workbook,
  store: Store,
  registered: Registered,
  request: { cohort: Slice['cohort']; sinceRegistered: boolean },
): Promise<Examination> {
  const { story, hypothesis, isAnew } = registered
  const { frontMatter } = story
  const sides = request.sinceRegistered ? sinceRegistered(hypothesis) : hypothesis
  const slices = await sliceArms(store, story, sides, request.cohort)
  const comparison = await compareSlices(workbook, store, {
    ...slices,
    design: hypothesis.design,
    under: { hypothesis: hypothesis.under, story: frontMatter.under, route: frontMatter.route },
    smallest: hypothesis.smallest,
  })
  const early = await findEarly(store, slices, hypothesis)
  if (isAnew) comparison.warnings.push(describeEdit(hypothesis))
  else comparison.warnings.push(...describeEarly(early, story.id, hypothesis))
  return {
    comparison,
    exploratory: isAnew || early.length > 0,
    slowTime:
      hypothesis.design === 'with-without'
        ? await measureSlowTime(store, slices.after, slices.before, comparison.under_ms)
        : null,
  }
}

/** What the comparison says of the prediction, and why not more where its data was there before. */
export function judgePrediction(
  { comparison, exploratory }: Pick<Examination, 'comparison' | 'exploratory'>,
  { direction }: StoryHypothesis,
): { judged: StoryResult['judged']; reason: string | null } {
  const judged = judgeHypothesis(comparison, { direction, smallest: comparison.change.smallest })
  const isBlocked = exploratory && judged === 'confirmed'
  return isBlocked
    ? { judged: 'cannot tell yet', reason: EXPLORATORY }
    : { judged, reason: comparison.reason }
}

const EXPLORATORY =
  'Exploratory: requests that are older than a hypothesis can disprove it, and never confirm it.'

/**
 * The story's requests, narrowed to each arm. A story's own window is where it was found, and doesn't bind its arms. Throws where the story
 * names no requests, unless both arms do.
 */
export async function sliceArms(
  store: Store,
  story: Story,
  arms: Pick<StoryHypothesis, 'before' | 'after'>,
  cohort: Slice['cohort'],
): Promise<{ before: Slice; after: Slice }> {
  const isNamed = arms.before.where !== null && arms.after.where !== null
  const where = await (isNamed ? checkStoryWhere : requireStoryWhere)(store, story)
  const narrow = async (arm: StoryHypothesis['before']): Promise<Slice> => ({
    where: await joinCheckedWheres(store, [where, arm.where]),
    from: arm.from === null ? null : parseTime(arm.from),
    to: arm.to === null ? null : parseTime(arm.to),
    cohort,
  })
  return { before: await narrow(arms.before), after: await narrow(arms.after) }
}

/** Only what came after the prediction: the side after, and the other one too where both run side by side. */
export function sinceRegistered(hypothesis: StoryHypothesis): Pick<StoryHypothesis, 'before' | 'after'> {
  const { before, after, design, registered } = hypothesis
  const cut = (arm: StoryHypothesis['after']) => ({
    ...arm,
    from: arm.from !== null && Date.parse(arm.from) > Date.parse(registered) ? arm.from : registered,
  })
  return { before: design === 'before-after' ? before : cut(before), after: cut(after) }
}

function describeEdit({ id, registered }: StoryHypothesis): Warning {
  return {
    code: 'registered-anew',
    message: `${id} was edited since it was registered: it is registered anew (${registered}), and this result is exploratory.`,
    next: 'Test it on data that comes after that',
  }
}
