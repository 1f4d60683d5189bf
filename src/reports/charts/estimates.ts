/** Estimates with their intervals, one a row: what is better, worse or can't be told has its own colour and its own shape. */
import type { Markish } from '@observablehq/plot'
import type { Chart } from './chart.js'
import type { ChartWords } from './draw-chart.js'
import { drawKeys, KEYS_HEIGHT, type Key } from './keys.js'
import { dot, link, rect, ruleX } from './plot.js'
import { drawRows, layOutRows, rowScale } from './rows.js'
import type { ValueAxis } from './value-axis.js'

type Judged = 'better' | 'worse' | 'unknown' | 'measured'

export interface Estimate {
  label: string
  figures: string
  /** Null where there is none: the row has its figures only. */
  value: number | null
  /** A high end of null is without bound. */
  interval: readonly [low: number, high: number | null] | null
  judged: Judged
  title: string
  /** Within ± this, a change makes no difference. */
  smallest?: number
}

export interface EstimatesOptions {
  /** Made of all numbers that are drawn. */
  axis: (values: number[], room: number) => ValueAxis
  /** Where nothing changes; null for an axis without such a place. */
  zero: number | null
  /** What the shapes mean, in a line above; null where that is plain. */
  keys: Partial<Record<Judged, string>> | null
}

const LOOKS: Record<Judged, Pick<Key, 'className' | 'symbol' | 'rotate'>> = {
  better: { className: 'good', symbol: 'triangle' },
  worse: { className: 'late', symbol: 'triangle', rotate: 180 },
  unknown: { className: 'unknown', symbol: 'circle' },
  measured: { className: 'good', symbol: 'circle' },
}

const ROW_HEIGHT = 24

type Placed = Estimate & { y: number; value: number }

export function drawEstimates(
  words: ChartWords,
  estimates: readonly Estimate[],
  options: EstimatesOptions,
): Chart {
  const layout = layOutRows(estimates, ROW_HEIGHT)
  const { middle, high } = rowScale(layout)
  const placed = estimates.map((estimate, i) => ({ ...estimate, y: middle(i) }))
  const drawn = placed.filter((one): one is Placed => one.value !== null)
  const axis = options.axis(drawn.flatMap(listValues), layout.room)
  const ends = (one: Placed) => [one.interval![0], one.interval![1] ?? axis.domain[1]] as const
  const judged = (['better', 'worse', 'unknown', 'measured'] as const).map(name => ({
    name,
    look: LOOKS[name],
    own: drawn.filter(one => one.judged === name),
  }))
  const marks: Markish[] = [
    rect(
      placed.filter(({ smallest }) => smallest !== undefined),
      {
        x1: ({ smallest }: Estimate) => Math.max(-smallest!, axis.domain[0]),
        x2: ({ smallest }: Estimate) => Math.min(smallest!, axis.domain[1]),
        y1: ({ y }: Placed) => y - high(10),
        y2: ({ y }: Placed) => y + high(10),
        className: 'range',
      },
    ),
    ...(options.zero === null ? [] : [ruleX([options.zero], { className: 'mark' })]),
    ...judged.flatMap(({ look, own }) => [
      link(
        own.filter(({ interval }) => interval !== null),
        {
          x1: (one: Placed) => ends(one)[0],
          x2: (one: Placed) => ends(one)[1],
          y1: 'y',
          y2: 'y',
          title: 'title',
          className: `line ${look.className}`,
        },
      ),
      dot(own, {
        x: 'value',
        y: 'y',
        r: 5,
        fill: 'currentColor',
        symbol: look.symbol,
        rotate: look.rotate ?? 0,
        title: 'title',
        className: look.className,
      }),
    ]),
  ]
  const keys = judged.flatMap(({ name, look, own }): Key[] => {
    const text = options.keys?.[name]
    return own.length === 0 || text === undefined ? [] : [{ ...look, text }]
  })
  return drawRows(words, {
    rows: estimates,
    axis,
    layout,
    marks,
    above: drawKeys(keys),
    aboveHeight: keys.length === 0 ? 0 : KEYS_HEIGHT,
  })
}

function listValues({ value, interval, smallest }: Placed): number[] {
  const within = smallest === undefined ? [] : [-smallest, smallest]
  return [value, ...(interval ?? []), ...within].filter((one): one is number => one !== null)
}

const MOST_LISTED = 6

/** Sentences for a description: the first ones, and how many more there are. */
export function listFirst(sentences: readonly string[]): string {
  const more = sentences.length - MOST_LISTED
  const first = sentences.slice(0, MOST_LISTED).map(sentence => `${sentence}.`)
  return [...first, ...(more > 0 ? [`And ${more} more.`] : [])].join(' ')
}
