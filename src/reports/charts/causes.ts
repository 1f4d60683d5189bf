/** What slow requests have in common: how much likelier a request is to be slow where each condition holds. */
import type { Cause, Explanation } from '../../evidence/explain.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import { formatRatio } from '../explain.js'
import type { Chart, ChartTable } from './chart.js'
import { drawEstimates, type Estimate } from './estimates.js'
import { ratioAxis } from './value-axis.js'

type Drawn = Pick<Explanation, 'causes' | 'slowOver_ms' | 'slow' | 'requests'>

/** What isn't confirmed is grey. Null without causes. */
export function drawCauses(explanation: Drawn): Chart | null {
  const { causes } = explanation
  if (causes.length === 0) return null
  const estimates = causes.map(
    (cause): Estimate => ({
      label: cause.where,
      figures: `${nameRatio(cause)}, ${formatShare(cause.covers, 0)} of the slow`,
      value: usable(cause.riskRatio),
      interval: cause.interval === null || usable(cause.interval[0]) === null ? null : cause.interval,
      judged: cause.confirmed ? 'worse' : 'unknown',
      title: `${cause.where}: ${nameRatio(cause)}${nameInterval(cause)}`,
    }),
  )
  return drawEstimates(
    {
      name: 'causes',
      title: 'What the slow requests have in common',
      description: describe(explanation),
      table: tabulate(causes),
    },
    estimates,
    { axis: ratioAxis, zero: 1, keys: { worse: 'confirmed', unknown: 'not confirmed' } },
  )
}

/** A log axis holds nothing else. */
function usable(ratio: number | null): number | null {
  return ratio !== null && ratio > 0 && ratio < Infinity ? ratio : null
}

function nameRatio({ riskRatio }: Cause): string {
  return riskRatio === null ? 'nothing else is slow' : `${formatRatio(riskRatio)}×`
}

function nameInterval({ interval }: Cause): string {
  return interval === null ? '' : ` (${formatRatio(interval[0])} to ${formatRatio(interval[1])})`
}

function describe({ causes, slow, requests, slowOver_ms }: Drawn): string {
  const slowOnes = `${formatCount(slow)} of ${formatCount(requests)} requests took ${formatDuration(slowOver_ms)} or more, or failed.`
  const [first] = causes.filter(({ confirmed }) => confirmed)
  const said =
    first === undefined
      ? 'Nothing that they have in common was confirmed.'
      : first.riskRatio === null
        ? `Where ${first.where}, all of them are.`
        : `Where ${first.where}, a request is ${formatRatio(first.riskRatio)} times as likely to be slow${nameInterval(first)}.`
  return `${slowOnes} ${said}`
}

function tabulate(causes: readonly Cause[]): ChartTable {
  const right = 'right' as const
  return {
    columns: [
      { header: 'condition' },
      { header: 'times as likely to be slow', align: right },
      { header: '95% interval', align: right },
      { header: 'of the slow', align: right },
      { header: 'slow with it', align: right },
      { header: 'confirmed' },
    ],
    rows: causes.map(cause => [
      cause.where,
      cause.riskRatio === null ? 'nothing else is slow' : formatRatio(cause.riskRatio),
      cause.interval === null
        ? '–'
        : `${formatRatio(cause.interval[0])} to ${formatRatio(cause.interval[1])}`,
      formatShare(cause.covers),
      `${formatCount(cause.slow)} of ${formatCount(cause.requests)}`,
      cause.confirmed ? 'yes' : 'no',
    ]),
  }
}
