/** What changes did to the share of good requests, each beside the smallest change worth having. */
import type { Verdict } from '../../stats/verdicts.js'
import { formatPoints } from '../../units.js'
import { roundStep } from './axes.js'
import type { Chart, ChartTable } from './chart.js'
import { drawEstimates, type Estimate, listFirst } from './estimates.js'
import { changeAxis, formatPointTick } from './value-axis.js'

export interface Effect {
  /** The story or the claim. */
  label: string
  /** Shares, 0 to 1: up is better. Null where a side has no data. */
  change: number | null
  interval: readonly [low: number, high: number] | null
  smallest: number
  verdict: Verdict
}

/** Null without effects. */
export function drawEffects(effects: readonly Effect[]): Chart | null {
  if (effects.length === 0) return null
  const estimates = effects.map(
    (effect): Estimate => ({
      label: effect.label,
      figures: `${effect.change === null ? '–' : formatPoints(effect.change)}, ${effect.verdict}`,
      value: effect.change,
      interval: effect.interval,
      judged: effect.verdict === 'better' || effect.verdict === 'worse' ? effect.verdict : 'unknown',
      title: `${effect.label}: ${nameChange(effect)}`,
      smallest: effect.smallest,
    }),
  )
  const described = listFirst(effects.map(effect => `${effect.label}: ${nameChange(effect)}`))
  return drawEstimates(
    {
      name: 'effects',
      title: 'What changes did to the share of good requests',
      description: `In percentage points, with 95% intervals. In the grey range around 0 a change makes no difference worth having. ${described}`,
      table: tabulate(effects),
    },
    estimates,
    {
      axis: (values, room) => changeAxis(values, { format: formatPointTick, roundStep, room, least: 0.02 }),
      zero: 0,
      keys: { better: 'better', worse: 'worse', unknown: 'no difference, or cannot tell yet' },
    },
  )
}

function nameChange({ change, interval, verdict }: Effect): string {
  if (change === null) return verdict
  return `${formatPoints(change)}${interval === null ? '' : ` (${nameInterval(interval)})`}, ${verdict}`
}

function nameInterval([low, high]: readonly [number, number]): string {
  return `${formatPoints(low)} to ${formatPoints(high)}`
}

function tabulate(effects: readonly Effect[]): ChartTable {
  const right = 'right' as const
  return {
    columns: [
      { header: '' },
      { header: 'change', align: right },
      { header: '95% interval', align: right },
      { header: 'smallest worth having', align: right },
      { header: 'verdict' },
    ],
    rows: effects.map(({ label, change, interval, smallest, verdict }) => [
      label,
      change === null ? '–' : formatPoints(change),
      interval === null ? '–' : nameInterval(interval),
      formatPoints(smallest).replace('+', ''),
      verdict,
    ]),
  }
}
