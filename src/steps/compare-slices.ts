/** Two slices of the store, counted and compared: what `hypothesis test` and `story close --measure` share. */
import { binAnswerTimes, readAnswerTimes } from '../evidence/answer-times.js'
import { compareMix } from '../evidence/compare-mix.js'
import {
  type CountedSlice,
  chooseUnit,
  countClusters,
  findCrowd,
  findExtent,
  findP90,
} from '../evidence/count-clusters.js'
import { findTarget } from '../evidence/good.js'
import { describeSampling, nameCohort } from '../evidence/slice-warnings.js'
import { OWN_WEIGHTS, type SideWeights } from '../evidence/strata.js'
import { type ArmsComparison, compareArms } from '../experiments/compare-arms.js'
import type { ArmTimes } from '../experiments/compare-times.js'
import type { Metric } from '../experiments/metrics.js'
import { chooseCuts } from '../stats/binned-arms.js'
import { mergeDistributions } from '../stats/distribution.js'
import { defaultSmallest } from '../stats/verdicts.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { parseDuration } from '../units.js'
import type { Workbook } from '../workbook/workbook.js'
import { holdMix, readStrata } from './hold-mix.js'

export type Design = 'before-after' | 'canary' | 'with-without'

export interface SlicesQuestion {
  before: Slice
  after: Slice
  design: Design
  /** What set the threshold: who asks, else the hypothesis, else the prediction, else the story, else the route, else the workbook, else the before arm's p90. */
  under: {
    flag?: string | null
    hypothesis?: string | null
    prediction?: string | null
    story?: string | null
    route?: string | null
  }
  /** As a share; the workbook's default when null. */
  smallest: number | null
  metric?: Metric
  smallest_ms?: number | null
  seed?: number
  /** Columns of which both sides are compared at one mix; none where each side keeps its own. */
  sameMix?: readonly string[]
}

/** Of what is resampled, unless another one is asked for. */
const SEED = 1

export interface SlicesComparison extends ArmsComparison {
  /** As the data is: sides that were meant to run side by side, and didn't, are judged as before and after. */
  design: Design
  /** What set `under_ms`. */
  underSetBy: 'flag' | 'hypothesis' | 'prediction' | 'story' | 'route' | 'workbook' | 'p90 before' | 'assumed'
}

export async function compareSlices(
  workbook: Workbook,
  store: Store,
  question: SlicesQuestion,
): Promise<SlicesComparison> {
  const { config } = workbook
  const { before, after } = question
  const under = await chooseThreshold(workbook, store, question)
  const isShifted = question.design !== 'before-after' && !(await ranTogether(store, before, after))
  const design = isShifted ? 'before-after' : question.design
  const apartInTime = design === 'before-after'
  const options = { under_ms: under.ms, timezone: config.timezone }
  const strata = await readStrata(store, question, options)
  const crowd = await findCrowd(store, [before, after], strata?.count)
  const count = (slice: Slice) =>
    countClusters(store, slice, { ...options, perDay: apartInTime, crowd, stratum: strata?.stratum ?? null })
  const counted = [await count(before), await count(after)] as const
  const held = strata && holdMix(strata, counted)
  const weights = held?.weights ?? OWN_WEIGHTS
  const comparison = compareArms({
    before: counted[0],
    after: counted[1],
    times: await readTimes(workbook, store, question, { counted, apartInTime, weights }),
    differs: await compareMix(store, question, {
      timezone: config.timezone,
      held: strata?.columns ?? [],
      weights,
    }),
    sameMix: held?.sameMix ?? null,
    seed: question.seed ?? SEED,
    metric: question.metric ?? 'under',
    smallest_ms: question.smallest_ms ?? null,
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
  comparison.warnings.push(...(held?.warnings ?? []), ...nameCohort(before), ...describeSampling(store))
  return { ...comparison, design, underSetBy: under.by }
}

/** Bins times rows is what resampling costs: with a row for each day, both are fewer. */
const SIDE_BY_SIDE = { cuts: 512, groups: 400 }
const APART = { cuts: 128, groups: 128 }

interface CountedSides {
  counted: readonly CountedSlice[]
  apartInTime: boolean
  weights: SideWeights
}

async function readTimes(
  { config }: Workbook,
  store: Store,
  { before, after }: SlicesQuestion,
  { counted, apartInTime, weights }: CountedSides,
): Promise<ArmTimes | null> {
  if (counted.some(arm => arm.unmeasured)) return null
  const times = await readAnswerTimes(store, before, after, weights)
  const most = apartInTime ? APART : SIDE_BY_SIDE
  const { cuts, isExact } = chooseCuts(mergeDistributions(times), most.cuts)
  const clusters = new Set(counted.flatMap(arm => arm.clusters.map(row => row.cluster)))
  const perDay = apartInTime ? config.timezone : null
  const options = { cuts, perDay, groups: clusters.size > most.groups ? most.groups : null }
  const bins = {
    cuts,
    isExact,
    before: await binAnswerTimes(store, before, { ...options, weight: weights.before }),
    after: await binAnswerTimes(store, after, { ...options, weight: weights.after }),
  }
  return { before: times[0], after: times[1], bins }
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
  if (under.flag) return { ms: parseDuration(under.flag), by: 'flag' }
  if (under.hypothesis) return { ms: parseDuration(under.hypothesis), by: 'hypothesis' }
  if (under.prediction) return { ms: parseDuration(under.prediction), by: 'prediction' }
  if (under.story) return { ms: parseDuration(under.story), by: 'story' }
  const { under_ms, setBy } = findTarget(config.targets, under.route ?? null)
  if (setBy === 'route') return { ms: under_ms, by: 'route' }
  if (config.targets.isSet) return { ms: config.targets.default, by: 'workbook' }
  const p90 = await findP90(store, before)
  return p90 === null ? { ms: config.targets.default, by: 'assumed' } : { ms: p90, by: 'p90 before' }
}
