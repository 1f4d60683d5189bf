/** Two slices of the store, counted and compared: what `hypothesis test` and `story close --measure` share. */
import { countClusters, chooseUnit, findP90 } from '../evidence/count-clusters.js'
import { type ArmsComparison, compareArms } from '../experiments/compare-arms.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { parseDuration } from '../units.js'
import { targetFor } from '../workbook/config.js'
import type { Workbook } from '../workbook/workbook.js'
import { defaultSmallest } from './triage.js'

export interface SlicesQuestion {
  before: Slice
  after: Slice
  design: 'before-after' | 'canary'
  /** What set the threshold: the hypothesis, else the story, else the route, else the workbook, else the before arm's p90. */
  under: { hypothesis?: string | null; story?: string | null; route?: string | null }
  /** As a share; the workbook's default when null. */
  smallest: number | null
}

export interface SlicesComparison extends ArmsComparison {
  /** What set `under_ms`. */
  underSetBy: 'hypothesis' | 'story' | 'route' | 'workbook' | 'p90 before'
}

export async function compareSlices(workbook: Workbook, store: Store, question: SlicesQuestion): Promise<SlicesComparison> {
  const { config } = workbook
  const { before, after } = question
  const under = await chooseThreshold(workbook, store, question)
  const apartInTime = question.design === 'before-after'
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
  if (before.cohort) {
    comparison.warnings.push({
      code: 'cohort-applied',
      message: `Only the target cohort “${before.cohort.name}” is counted: ${before.cohort.where}`,
      next: '--all-traffic counts everything',
    })
  }
  return { ...comparison, underSetBy: under.by }
}

async function chooseThreshold(
  workbook: Workbook,
  store: Store,
  { under, before }: SlicesQuestion,
): Promise<{ ms: number; by: SlicesComparison['underSetBy'] }> {
  const { config } = workbook
  if (under.hypothesis) return { ms: parseDuration(under.hypothesis), by: 'hypothesis' }
  if (under.story) return { ms: parseDuration(under.story), by: 'story' }
  if (under.route && Object.hasOwn(config.targets.routes, under.route)) {
    return { ms: targetFor(config, under.route), by: 'route' }
  }
  if (config.targets.isSet) return { ms: config.targets.default, by: 'workbook' }
  const p90 = await findP90(store, before)
  return p90 === null ? { ms: config.targets.default, by: 'workbook' } : { ms: p90, by: 'p90 before' }
}
