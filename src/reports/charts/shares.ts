/** The share of good requests of several stories or slices, and how sure we are of it. */
import { formatShare, formatShareRange } from '../../units.js'
import type { Chart } from './chart.js'
import { drawEstimates, type Estimate, listFirst } from './estimates.js'
import { wholeShareAxis } from './value-axis.js'

export interface KnownShare {
  label: string
  /** 0 to 1; null where nothing counts. */
  share: number | null
  interval: readonly [low: number, high: number] | null
}

/** Null where no share is known. */
export function drawShares(shares: readonly KnownShare[]): Chart | null {
  if (shares.every(({ share }) => share === null)) return null
  const estimates = shares.map(
    (one): Estimate => ({
      label: one.label,
      figures: nameShare(one),
      value: one.share,
      interval: one.interval,
      judged: 'measured',
      title: `${one.label}: ${nameShare(one)}`,
    }),
  )
  return drawEstimates(
    {
      name: 'shares',
      title: 'The share of good requests, and how sure we are',
      description: `With 95% intervals. ${listFirst(shares.map(one => `${one.label}: ${nameShare(one)}`))}`,
      table: {
        columns: [
          { header: '' },
          { header: 'good', align: 'right' },
          { header: '95% interval', align: 'right' },
        ],
        rows: shares.map(({ label, share, interval }) => [
          label,
          formatShare(share),
          interval === null ? '–' : formatShareRange(interval),
        ]),
      },
    },
    estimates,
    { axis: wholeShareAxis, zero: null, keys: null },
  )
}

function nameShare({ share, interval }: KnownShare): string {
  return interval === null ? formatShare(share) : `${formatShare(share)} (${formatShareRange(interval)})`
}
