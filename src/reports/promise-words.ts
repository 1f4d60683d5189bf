/** What was promised beside what came, in a sentence. Plain text that is not escaped. */
import type { StoryOutcome, StoryPromise } from '../stories/schema.js'
import { formatPoints } from '../units.js'
import { fitCharset, plain, type Style, wrap } from './style.js'

type Range = readonly [number, number]

/** `80%`, `−12%`: a part that may be more than the whole, or less than nothing. */
export function formatPart(part: number): string {
  const percent = Math.round(part * 100)
  return percent < 0 ? `−${-percent}%` : `${percent}%`
}

/** Empty where nothing was promised. */
function describePromised(
  promised: StoryPromise | null,
  came: { value: number | null; interval: Range | null },
): string {
  if (promised === null) return ''
  const { prediction, hypothesis, change, interval, kept, keptInterval, reason, judged } = promised
  const arrived =
    came.value === null
      ? 'no change could be measured'
      : `came ${withRange(came.value, came.interval, formatPoints)}`
  if (prediction === null)
    return `${hypothesis} promised at least ${formatPoints(change)}, ${arrived}: ${judged}.`
  const range =
    keptInterval === null ? '' : ` (95%: ${formatPart(keptInterval[0])} to ${formatPart(keptInterval[1])})`
  const part = kept === null ? '.' : `: ${formatPart(kept)} of it${range}.`
  const parts = [
    `Promised ${withRange(change, interval, formatPoints)}, ${arrived}${part}`,
    ...(reason === null ? [] : [reason]),
    ...(hypothesis === null ? [] : [`Hypothesis ${hypothesis}: ${judged}.`]),
  ]
  return parts.join(' ')
}

/** Of an outcome as it was filed. */
export function describeKept({ promised, change, interval }: StoryOutcome): string {
  return describePromised(promised, { value: change, interval })
}

export function renderPromised(
  promised: StoryPromise | null,
  came: { value: number | null; interval: Range | null },
  style: Style,
): string {
  return fitCharset(style, wrap(style, plain(style, describePromised(promised, came))))
}

/** `+3.0 pp (95%: +2.0 pp to +4.0 pp)`. */
export function withRange(value: number, range: Range | null, format: (value: number) => string): string {
  return range === null ? format(value) : `${format(value)} (95%: ${format(range[0])} to ${format(range[1])})`
}
