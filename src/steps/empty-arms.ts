/** Sides of a hypothesis that no request is on: a slip in a `where` would otherwise be noticed only days later. */
import { findExtent } from '../evidence/count-clusters.js'
import type { Store } from '../store/open-store.js'
import { EVERYTHING, type Slice } from '../store/slice.js'
import type { Story } from '../stories/read-story.js'
import type { StoryHypothesis } from '../stories/schema.js'
import type { Warning } from '../warnings.js'
import { sliceArms } from './examine-hypothesis.js'

/** One warning for each side; none for a side that begins after the newest request, since its data is still to come. */
export async function describeEmptyArms(
  store: Store,
  story: Story,
  arms: Pick<StoryHypothesis, 'before' | 'after'>,
  cohort: Slice['cohort'],
): Promise<Warning[]> {
  const all = await findExtent(store, EVERYTHING)
  if (all === null) return []
  const slices = await sliceArms(store, story, arms, cohort)
  const warnings: Warning[] = []
  for (const side of ['before', 'after'] as const) {
    const { from } = slices[side]
    if (from !== null && Date.parse(from) > all.to) continue
    if ((await findExtent(store, slices[side])) !== null) continue
    const { where } = arms[side]
    warnings.push({
      code: 'no-requests',
      message: `No request so far is on the side ${side}${where === null ? '' : `: ${where}`}.`,
      next: where === null ? 'whyslow sources' : `whyslow requests --where "${where.replaceAll('"', '\\"')}"`,
    })
  }
  return warnings
}
