/** Sides of a hypothesis that no request is on: a slip in a `where` would otherwise be noticed only days later. */
import { findExtent } from '../evidence/count-clusters.js'
import type { Store } from '../store/open-store.js'
import { EVERYTHING, type Slice } from '../store/slice.js'
import { checkWhere, findMissingAttribute } from '../store/where.js'
import type { Story } from '../stories/read-story.js'
import type { StoryHypothesis } from '../stories/schema.js'
import type { Warning } from '../warnings.js'
import { sliceArms } from './examine-hypothesis.js'

/** Throws on an expression that can't be used. One that names an attribute which no request has yet may be of data to come. */
export async function checkSides(
  store: Store,
  story: Story,
  arms: Pick<StoryHypothesis, 'before' | 'after'>,
  cohort: Slice['cohort'],
): Promise<Warning[]> {
  for (const { where } of [arms.before, arms.after]) {
    if (where === null) continue
    try {
      await checkWhere(store, where)
    } catch (error) {
      const attribute = findMissingAttribute(error)
      if (attribute === null) throw error
      return [{ code: 'no-requests', message: `No request has the attribute ${attribute} yet.` }]
    }
  }
  return describeEmptyArms(store, story, arms, cohort)
}

/** One warning for each side; none for a side that begins after the newest request, since its data is still to come. */
async function describeEmptyArms(
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
