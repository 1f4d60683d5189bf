/** Two files of single measurements, compared as two slices of the store are. */
import type { CountedSlice } from '../evidence/count-clusters.js'
import { type ArmsComparison, compareArms } from '../experiments/compare-arms.js'
import type { ArmTimes } from '../experiments/compare-times.js'
import type { Metric } from '../experiments/metrics.js'
import { readSamples } from '../sources/samples/read-samples.js'
import type { Measurement, SampleOptions } from '../sources/samples/sample-format.js'
import { binNumbers, chooseCuts } from '../stats/binned-arms.js'
import { distributionFromValues, mergeDistributions, quantile } from '../stats/distribution.js'
import { defaultSmallest } from '../stats/verdicts.js'
import { parseDuration } from '../units.js'
import type { Warning } from '../warnings.js'
import type { SlicesComparison } from './compare-slices.js'

export interface FilesQuestion extends SampleOptions {
  before: string
  after: string
  under: string | null
  metric: Metric
  smallest: number | null
  smallest_ms: number | null
  seed: number
}

export interface FilesComparison extends ArmsComparison {
  underSetBy: Extract<SlicesComparison['underSetBy'], 'flag' | 'p90 before'>
}

/** The objective that the default of the smallest change is taken from, where there is no workbook. */
const OBJECTIVE = 0.95
/** Measurements that are independent of each other are put together at random into so many clusters: with more, nothing gets more certain. */
const MOST_CLUSTERS = 20_000
const CUTS = 512
const GROUPS = 400

export async function compareFiles(question: FilesQuestion): Promise<FilesComparison> {
  const [before, after] = [
    await readSamples(question.before, question),
    await readSamples(question.after, question),
  ]
  const times = timesOf(before, after)
  const p90 = Number(quantile(times.before, 0.9)!.toPrecision(3))
  const under_ms = question.under === null ? p90 : parseDuration(question.under)
  const isClustered = question.cluster !== undefined
  const comparison = compareArms({
    before: countArm(before, 'before', under_ms),
    after: countArm(after, 'after', under_ms),
    times,
    under_ms,
    unit: isClustered ? 'customer' : 'request',
    smallest: question.smallest ?? defaultSmallest(OBJECTIVE),
    smallest_ms: question.smallest_ms,
    metric: question.metric,
    seed: question.seed,
    apartInTime: false,
  })
  if (!isClustered) comparison.warnings.push(INDEPENDENT)
  return { ...comparison, underSetBy: question.under === null ? 'p90 before' : 'flag' }
}

const INDEPENDENT: Warning = {
  code: 'independent',
  message:
    'Each number is taken as independent of the others. That holds for runs of a benchmark; with several requests of each customer, or rows of one run, it cries wolf.',
  next: 'Name what they have in common: --cluster COLUMN',
}

type Side = 'before' | 'after'

function timesOf(before: Measurement[], after: Measurement[]): ArmTimes {
  const pooled = [before, after].map(arm => distributionFromValues(arm.map(one => one.value_ms))) as [
    ArmTimes['before'],
    ArmTimes['after'],
  ]
  const { cuts, isExact } = chooseCuts(mergeDistributions(pooled), CUTS)
  const bin = (arm: Measurement[], side: Side) =>
    binNumbers(
      arm.map((one, i) => ({ cluster: nameCluster(one, side, i, GROUPS), value: one.value_ms })),
      cuts,
    )
  const bins = { cuts, isExact, before: bin(before, 'before'), after: bin(after, 'after') }
  return { before: pooled[0], after: pooled[1], bins }
}

function countArm(arm: Measurement[], side: Side, under_ms: number): CountedSlice {
  const clusters = arm.map((one, i) => ({
    cluster: nameCluster(one, side, i, MOST_CLUSTERS),
    requests: 1,
    good: one.value_ms < under_ms ? 1 : 0,
  }))
  return { clusters, requests: arm.length, unmeasured: false, errorShare: 0, unfinishedShare: 0 }
}

/** Its own; a measurement without one is its own cluster, on its own side. */
function nameCluster({ cluster }: Measurement, side: Side, place: number, most: number): string {
  return cluster ?? `${side} ${place % most}`
}
