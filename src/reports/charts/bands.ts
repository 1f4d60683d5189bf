/** Under which time requests and customers are. */
import type { Look } from '../../evidence/look.js'
import { formatDuration, formatShare } from '../../units.js'
import { formatRound } from '../times.js'
import type { Chart, ChartTable } from './chart.js'
import { drawKeys, KEYS_HEIGHT } from './keys.js'
import { rect, ruleX } from './plot.js'
import { drawRows, layOutRows, rowScale } from './rows.js'
import { wholeShareAxis } from './value-axis.js'

type Drawn = Pick<Look, 'bands' | 'under_ms' | 'unit'>

const BAR = 13

/** Two bars a threshold: full for requests, pale for customers. Null without any share. */
export function drawBands({ bands, under_ms, unit }: Drawn): Chart | null {
  const known = bands.filter(({ share }) => share !== null)
  if (known.length === 0) return null
  const hasCustomers = known.some(({ customers }) => customers !== null)
  const rows = known.map(band => ({
    label: `under ${formatRound(band.under_ms)}${band.under_ms === under_ms ? ', the target' : ''}`,
    figures: [band.share, ...(hasCustomers ? [band.customers] : [])]
      .map(share => formatShare(share))
      .join(' · '),
  }))
  const layout = layOutRows(rows, hasCustomers ? 2 * BAR + 10 : BAR + 10)
  const { middle, high } = rowScale(layout)
  const bars = (who: 'share' | 'customers', className: string, from: number, name: string) =>
    rect(
      known.flatMap((band, i) =>
        band[who] === null ? [] : [{ share: band[who], y: middle(i), label: rows[i]!.label }],
      ),
      {
        x1: 0,
        x2: 'share',
        y1: ({ y }: { y: number }) => y + high(from),
        y2: ({ y }: { y: number }) => y + high(from + BAR),
        title: ({ share, label }: { share: number; label: string }) =>
          `${formatShare(share)} of ${name} ${label}`,
        className,
      },
    )
  const customers = `${unit}s, of whose own requests at least 75% are`
  return drawRows(
    {
      name: 'bands',
      title: 'How many are under which time',
      description: describe({ bands: known, under_ms, unit }),
      table: tabulate(known, unit, hasCustomers),
    },
    {
      rows,
      axis: wholeShareAxis(),
      layout,
      marks: [
        bars('share', 'good', hasCustomers ? -BAR : -BAR / 2, 'requests'),
        ...(hasCustomers ? [bars('customers', 'good soft', 0, `${unit}s`)] : []),
        ruleX([0], { className: 'axis' }),
      ],
      above: hasCustomers
        ? drawKeys([
            { className: 'good', symbol: 'square', text: 'requests' },
            { className: 'good soft', symbol: 'square', text: customers },
          ])
        : [],
      aboveHeight: hasCustomers ? KEYS_HEIGHT : 0,
    },
  )
}

function describe({ bands, under_ms, unit }: Drawn): string {
  const target = bands.find(band => band.under_ms === under_ms)
  if (target === undefined) return 'The share of requests that ended well in less than each time.'
  const customers =
    target.customers === null
      ? ''
      : `, and ${formatShare(target.customers)} of ${unit}s typically were: at least three in four of their own requests`
  return `${formatShare(target.share)} of requests ended well in less than the target of ${formatDuration(under_ms)}${customers}.`
}

function tabulate(bands: Look['bands'], unit: Look['unit'], hasCustomers: boolean): ChartTable {
  const right = 'right' as const
  return {
    columns: [
      { header: 'under', align: right },
      { header: 'requests', align: right },
      ...(hasCustomers ? [{ header: `${unit}s`, align: right }] : []),
    ],
    rows: bands.map(({ under_ms, share, customers }) => [
      formatDuration(under_ms),
      formatShare(share),
      ...(hasCustomers ? [formatShare(customers)] : []),
    ]),
  }
}
