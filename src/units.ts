/**
 * One unit inside: milliseconds, bytes, UTC, shares from 0 to 1. This file is the only place where they scale for people.
 */
import { WhyslowError } from './errors.js'

export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

const MINUS = '−'

/** `0.42 ms`, `87 ms`, `1.24 s`, `3.1 min`, `5.2 h`, `4.0 d`; `–` for an unmeasured time. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return '–'
  const size = Math.abs(ms)
  const sign = ms < 0 ? MINUS : ''
  if (size === 0) return '0 ms'
  if (size < 10) return `${sign}${trimZeros(size.toFixed(size < 1 ? 2 : 1))} ms`
  if (size < 999.5) return `${sign}${Math.round(size)} ms`
  if (size < 59_950) return `${sign}${(size / 1000).toFixed(size < 9_995 ? 2 : 1)} s`
  if (size < 3_597_000) return `${sign}${(size / 60_000).toFixed(1)} min`
  if (size < 172_800_000) return `${sign}${(size / HOUR_MS).toFixed(1)} h`
  return `${sign}${(size / DAY_MS).toFixed(1)} d`
}

/** Made once: a number that looks for its locale takes a hundred times as long. */
const COUNTS = new Intl.NumberFormat('en-US')

/** `1,234,567`; counts up to a hundred thousand millions stay exact. */
export function formatCount(count: number): string {
  return COUNTS.format(Math.round(count))
}

/** `97.3%`; shares that would round to 0% or 100% but are not, say so: `<0.1%`, `>99.9%`. */
export function formatShare(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined || Number.isNaN(share)) return '–'
  const half = 0.005 / 10 ** digits
  const smallest = 10 ** -digits
  if (share > 0 && share < half) return `<${smallest.toFixed(digits)}%`
  if (share < 1 && share > 1 - half) return `>${(100 - smallest).toFixed(digits)}%`
  return `${(share * 100).toFixed(digits)}%`
}

/** `68.0% to 74.5%`. */
export function formatShareRange([low, high]: readonly [number, number]): string {
  return `${formatShare(low)} to ${formatShare(high)}`
}

/** A share as it was promised, in full: `99.95%`, `95%`. */
export function formatPromise(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`
}

/** How many digits behind the point `formatPromise` needs. */
export function digitsOfPromise(share: number): number {
  return (/\.(\d+)%/.exec(formatPromise(share))?.[1] ?? '').length
}

/** What was used of a budget, which may be several times the whole: `3.4%`, `87%`, `1,182%`. */
export function formatSpent(part: number): string {
  if (part > 0 && part < 0.0005) return '<0.1%'
  return part < 0.0995 ? `${trimZeros((part * 100).toFixed(1))}%` : `${formatCount(part * 100)}%`
}

/** A factor: `0.8×`, `14×`. */
export function formatTimes(factor: number): string {
  return `${factor < 9.95 ? factor.toFixed(1) : formatCount(factor)}×`
}

/** A change of a share in percentage points, signed: `+4.2 pp`. */
export function formatPoints(change: number): string {
  const points = change * 100
  const sign = points > 0 ? '+' : points < 0 ? MINUS : ''
  return `${sign}${Math.abs(points).toFixed(1)} pp`
}

/** `812 B`, `1.3 GB`; powers of 1,000, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let size = bytes
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

/** What a profile counts: time, memory, or samples where its tool knew no time. */
export function formatAmount(amount: number, unit: 'ms' | 'bytes' | 'samples'): string {
  if (unit === 'ms') return formatDuration(amount)
  return unit === 'bytes' ? formatBytes(amount) : `${formatCount(amount)} samples`
}

const DURATION_UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: HOUR_MS,
  d: DAY_MS,
}

/** `90m`, `1h30m`, `500ms`, `1.5s` → milliseconds. Throws a `WhyslowError` that shows an example. */
export function parseDuration(text: string): number {
  const compact = text.replaceAll(' ', '')
  const parts = [...compact.matchAll(/(\d+(?:\.\d+)?)(ms|min|s|m|h|d)/g)]
  const whole = parts.map(part => part[0]).join('')
  if (parts.length === 0 || whole !== compact) {
    throw new WhyslowError(`Expected a duration such as 500ms, 1.5s, 90m or 1h30m, found “${text}”.`)
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * (DURATION_UNITS[part[2]!] ?? 0), 0)
}

/** Hours of work: a day has 8, a week 5 days. */
const WORK_UNITS: Record<string, number> = { m: 1 / 60, min: 1 / 60, h: 1, d: 8, w: 40 }

/** `45m`, `3h`, `2d`, `1w`, `1w2d` → hours of work, a day being 8 and a week 40 of them. Throws a `WhyslowError` that shows an example. */
export function parseWork(text: string): number {
  const compact = text.replaceAll(' ', '')
  const parts = [...compact.matchAll(/(\d+(?:\.\d+)?)(min|m|h|d|w)/g)]
  const hours = parts.reduce((sum, part) => sum + Number(part[1]) * WORK_UNITS[part[2]!]!, 0)
  if (!(hours > 0) || parts.map(part => part[0]).join('') !== compact)
    throw new WhyslowError(`Expected an amount of work such as 45m, 3h, 2d or 1w, found “${text}”.`)
  return hours
}

/** Hours of work, in days of 8 and weeks of 5 days: `45 min`, `3 h`, `2.5 d`, `4 w`. */
export function formatWork(hours: number): string {
  if (hours < 0.995) return `${Math.round(hours * 60)} min`
  if (hours < 7.95) return `${trimZeros(hours.toFixed(1))} h`
  return hours < 39.5 ? `${trimZeros((hours / 8).toFixed(1))} d` : `${trimZeros((hours / 40).toFixed(1))} w`
}

/** `5pp`, `0.5 pp`, `5%` → 0.05: a change of a share. Throws a `WhyslowError` that shows an example. */
export function parseShareChange(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:pp|%)$/.exec(text.trim())
  const points = Number(match?.[1])
  if (!match || !(points > 0 && points < 100)) {
    throw new WhyslowError(`Expected percentage points such as 5pp or 0.5pp, found “${text}”.`)
  }
  return points / 100
}

/** `99.5%`, `0.995` → 0.995. Throws a `WhyslowError` that shows an example. */
export function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\d*\.\d+)\s*(%?)$/.exec(text.trim())
  const share = match ? Number((Number(match[1]) / (match[2] === '%' ? 100 : 1)).toPrecision(12)) : Number.NaN
  if (!(share >= 0 && share <= 1)) {
    throw new WhyslowError(`Expected a share such as 99.5% or 0.995, found “${text}”.`)
  }
  return share
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
