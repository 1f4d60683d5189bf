/** At which hours of the week requests are not good. */
import type { Look } from '../../evidence/look.js'
import { formatCount, formatShare } from '../../units.js'
import type { Chart, ChartTable } from './chart.js'
import { drawChart } from './draw-chart.js'
import { drawKeys, KEYS_HEIGHT } from './keys.js'
import { rect, text } from './plot.js'

type Cell = Look['week'][number] & { notGood: number }

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const CELL_HEIGHT = 26
const MARGINS = { marginLeft: 44, marginRight: 6, marginTop: KEYS_HEIGHT + 24, marginBottom: 6 }

/** Ends of the steps of colour, which mean the same in every chart; a share belongs to the first that holds it. */
const STEPS = [
  { to: 0, className: 'good heat-1', key: 'none' },
  { to: 0.02, className: 'late heat-1', key: 'up to 2%' },
  { to: 0.05, className: 'late heat-2', key: '5%' },
  { to: 0.1, className: 'late heat-3', key: '10%' },
  { to: 0.25, className: 'late heat-4', key: '25%' },
  { to: 1, className: 'late', key: 'more' },
]

/** Hours without requests stay blank. Null where no hour has a share. */
export function drawWeek({ week }: Pick<Look, 'week'>, timezone: string): Chart | null {
  const cells = week.flatMap((cell): Cell[] =>
    cell.underShare === null ? [] : [{ ...cell, notGood: 1 - cell.underShare }],
  )
  if (cells.length === 0) return null
  const stepOf = ({ notGood }: Cell) => STEPS.findIndex(({ to }) => notGood <= to + 1e-12)
  const shownSteps = STEPS.map(({ className }, i) => ({
    className,
    own: cells.filter(cell => stepOf(cell) === i),
  }))
  const numbers = (own: Cell[], className: string) =>
    text(own, {
      x: ({ hour }: Cell) => hour + 0.5,
      y: ({ weekday }: Cell) => weekday - 0.5,
      text: ({ notGood }: Cell) => wholePercent(notGood),
      className,
    })
  return drawChart(
    {
      name: 'week',
      title: `Requests that were not good, by hour of the week (${timezone})`,
      description: describe(cells),
      table: tabulate(cells),
    },
    {
      ...MARGINS,
      height: MARGINS.marginTop + 7 * CELL_HEIGHT + MARGINS.marginBottom,
      x: { type: 'linear', domain: [0, 24], axis: null },
      y: { type: 'linear', domain: [7, 0], axis: null },
      marks: [
        rect([0], { x1: 0, x2: 24, y1: 0, y2: 7, className: 'grid' }),
        ...shownSteps.map(({ className, own }) =>
          rect(own, {
            x1: 'hour',
            x2: ({ hour }: Cell) => hour + 1,
            y1: ({ weekday }: Cell) => weekday - 1,
            y2: 'weekday',
            inset: 1,
            title: nameCell,
            className,
          }),
        ),
        numbers(
          cells.filter(cell => stepOf(cell) < STEPS.length - 1),
          'small',
        ),
        numbers(
          cells.filter(cell => stepOf(cell) === STEPS.length - 1),
          'small over-late',
        ),
        text(WEEKDAYS, {
          y: (_: string, i: number) => i + 0.5,
          text: (day: string) => day.slice(0, 3),
          frameAnchor: 'left',
          textAnchor: 'end',
          dx: -8,
          className: 'quiet',
        }),
        text(
          Array.from({ length: 24 }, (_, hour) => hour),
          {
            x: (hour: number) => hour + 0.5,
            text: (hour: number) => String(hour),
            frameAnchor: 'top',
            lineAnchor: 'bottom',
            dy: -6,
            className: 'quiet',
          },
        ),
        ...drawKeys(
          STEPS.map(({ className, key }) => ({ className, symbol: 'square', text: key })),
          22,
        ),
      ],
    },
  )
}

/** `0`, `<1`, `12`, `100`. */
function wholePercent(share: number): string {
  return share > 0 && share < 0.005 ? '<1' : String(Math.round(share * 100))
}

function nameCell({ weekday, hour, notGood, requests }: Cell): string {
  return `${nameHour({ weekday, hour })}: ${formatShare(notGood)} of ${formatCount(requests)} requests not good`
}

function nameHour({ weekday, hour }: { weekday: number; hour: number }): string {
  return `${WEEKDAYS[weekday - 1]}, ${hour} to ${hour + 1} h`
}

function describe(cells: readonly Cell[]): string {
  const requests = cells.reduce((sum, cell) => sum + cell.requests, 0)
  const worst = cells.toSorted(
    (one, other) => other.notGood - one.notGood || other.requests - one.requests,
  )[0]!
  const most = worst.notGood === 0 ? 'All were good in each of them.' : `The worst is ${nameCell(worst)}.`
  return `The share of requests that were not good, in percent, in ${cells.length} ${cells.length === 1 ? 'hour' : 'hours'} of the week with ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}; hours without requests are blank. ${most}`
}

function tabulate(cells: readonly Cell[]): ChartTable {
  return {
    columns: [
      { header: 'hour' },
      { header: 'requests', align: 'right' },
      { header: 'not good', align: 'right' },
    ],
    rows: cells.map(cell => [nameHour(cell), formatCount(cell.requests), formatShare(cell.notGood)]),
  }
}
