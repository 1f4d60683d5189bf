/** Two slices of the store, counted and compared: what `hypothesis test` and `story close --measure` share. */
import { chooseUnit, countClusters, findExtent, findP90 } from '../evidence/count-clusters.js'
import { findTarget } from '../evidence/good.js'
import { describeSampling, nameCohort } from '../evidence/slice-warnings.js'
import { type ArmsComparison, compareArms } from '../experiments/compare-arms.js'
import { defaultSmallest } from '../stats/verdicts.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { parseDuration } from '../units.js'
import type { Workbook } from '../workbook/workbook.js'

export type Design = 'before-after' | 'canary'

export interface SlicesQuestion {
  before: Slice
  after: Slice
  design: Design
  /** What set the threshold: the hypothesis, else the story, else the route, else the workbook, else the before arm's p90. */
  under: { hypothesis?: string | null; story?: string | null; route?: string | null }
  /** As a share; the workbook's default when null. */
  smallest: number | null
}

export interface SlicesComparison extends ArmsComparison {
  /** As the data is: sides that were meant to run side by side, and didn't, are judged as before and after. */
  design: Design
  /** What set `under_ms`. */
  underSetBy: 'hypothesis' | 'story' | 'route' | 'workbook' | 'p90 before' | 'assumed'
}

export async function compareSlices(
  workbook: Workbook,
  store: Store,
  question: SlicesQuestion,
): Promise<SlicesComparison> {
  const { config } = workbook
  const { before, after } = question
  const under = await chooseThreshold(workbook, store, question)
  const isShifted = question.design === 'canary' && !(await ranTogether(store, before, after))
  const design = isShifted ? 'before-after' : question.design
  const apartInTime = design === 'before-after'
  const count = (slice: Slice) =>
    countClusters(store, slice, { under_ms: under.ms, timezone: config.timezone, perDay: apartInTime })
  const comparison = compareArms({
    before: await count(before),
    after: await count(after),
    under_ms: under.ms,
    unit: await chooseUnit(store, [before, after]),
    smallest: question.smallest ?? config.smallest ?? defaultSmallest(config.objective),
    apartInTime,
  })
  if (isShifted) {
    comparison.warnings.push({
      code: 'differs',
      message: 'The two sides did not run at the same time, so they are judged as before and after.',
    })
  }
  comparison.warnings.push(...nameCohort(before), ...describeSampling(store))
  return { ...comparison, design, underSetBy: under.by }
}

/** Whether the shorter side lies within the time of the other one, for the greater part. */
async function ranTogether(store: Store, before: Slice, after: Slice): Promise<boolean> {
  const [one, other] = [await findExtent(store, before), await findExtent(store, after)]
  if (one === null || other === null) return true
  const shared = Math.min(one.to, other.to) - Math.max(one.from, other.from)
  return shared >= Math.min(one.to - one.from, other.to - other.from) / 2
}

async function chooseThreshold(
  workbook: Workbook,
  store: Store,
  { under, before }: SlicesQuestion,
): Promise<{ ms: number; by: SlicesComparison['underSetBy'] }> {
  const { config } = workbook
  if (under.hypothesis) return { ms: parseDuration(under.hypothesis), by: 'hypothesis' }
  if (under.story) return { ms: parseDuration(under.story), by: 'story' }
  const { under_ms, setBy } = findTarget(config.targets, under.route ?? null)
  if (setBy === 'route') return { ms: under_ms, by: 'route' }
  if (config.targets.isSet) return { ms: config.targets.default, by: 'workbook' }
  const p90 = await findP90(store, before)
  return p90 === null ? { ms: config.targets.default, by: 'assumed' } : { ms: p90, by: 'p90 before' }
}
