/** A change of a benchmark's level in words: from what to what, since when, between which commits. */
import type { FoundChange } from '../../experiments/benchmarks/history.js'
import type { MetricUnit, SmallestChange } from '../../experiments/benchmarks/metrics.js'
import type { Environment } from '../../experiments/benchmarks/repetition.js'
import { formatCount } from '../../units.js'
import { formatDay } from '../times.js'
import { formatDigits, formatMeasured } from './measured.js'

interface Told {
  unit: MetricUnit
  change: { kind: SmallestChange['kind'] }
}

/** `+5.5%`, `−1.2 pp`, `+0.170 ms`. */
export function formatChange(value: number | null, { unit, change: { kind } }: Told): string {
  if (value === null) return '–'
  const sign = value > 0 ? '+' : value < 0 ? '−' : ''
  return sign + formatSize(Math.abs(value), kind, unit)
}

function formatSize(size: number, kind: SmallestChange['kind'], unit: FoundChange['unit']): string {
  if (kind === 'relative') return `${formatPercent(size * 100)}%`
  return unit === 'share' ? `${formatPercent(size * 100)} pp` : formatMeasured(size, unit)
}

function formatPercent(percent: number): string {
  return percent >= 99.95 ? formatCount(percent) : percent.toFixed(percent >= 0.995 || percent === 0 ? 1 : 2)
}

export function formatSmallest({ kind, value }: SmallestChange, unit: FoundChange['unit']): string {
  if (kind === 'relative') return `${formatDigits(value * 100).replace(/\.?0+$/, '')}%`
  return unit === 'share' ? `${Number((value * 100).toPrecision(6))} pp` : formatMeasured(value, unit)
}

/** `3.10 ms → 3.27 ms (+5.5%, 95%: +4.1% to +6.9%)`. */
export function describeSizes(change: FoundChange): string {
  const { from, to, unit } = change
  const { value, interval } = change.change
  const range =
    interval === null
      ? ''
      : `, 95%: ${formatChange(interval[0], change)} to ${formatChange(interval[1], change)}`
  return `${formatMeasured(from.value, unit)} → ${formatMeasured(to.value, unit)} (${formatChange(value, change)}${range})`
}

/** `rose by 5.5%`, `has drifted down by 1.2 pp`. */
export function describeMove({ direction, kind, unit, change }: FoundChange): string {
  const size = formatSize(Math.abs(change.value), change.kind, unit)
  if (kind === 'drift') return `has drifted ${direction} by ${size}`
  return `${direction === 'up' ? 'rose' : 'fell'} by ${size}`
}

/** `since the run of 2026-10-12`, `from 2026-10-12 to 2026-11-02`. */
export function describeWhen({ kind, at, until }: FoundChange): string {
  return kind === 'drift'
    ? `from ${formatDay(at)} to ${formatDay(until.at)}`
    : `since the run of ${formatDay(at)}`
}

/** `between 3f2a91c0de (before) and 91ab23d0ff`; empty outside git. */
export function describeCommits({ commits: { after, until } }: Pick<FoundChange, 'commits'>): string {
  if (after === null || until === null) return ''
  if (after === until) return `both measured at ${shortSha(until)}: the code is the same`
  return `after ${shortSha(after)}, up to ${shortSha(until)}`
}

/** `0123456789, with changes that aren’t committed`; null outside git. */
export function describeCommit({ commit, isDirty }: Pick<Environment, 'commit' | 'isDirty'>): string | null {
  return commit === null
    ? null
    : `${shortSha(commit)}${isDirty ? ', with changes that aren’t committed' : ''}`
}

/** `main (0123456789)`; without the commit where the name is that. */
export function nameVersion({
  name,
  environment,
}: {
  name: string
  environment: Pick<Environment, 'commit' | 'isDirty'>
}): string {
  const { commit, isDirty } = environment
  const isNamed = commit !== null && !isDirty && commit.startsWith(name)
  const described = describeCommit(environment)
  return described === null || isNamed ? name : `${name} (${described})`
}

export function shortSha(sha: string): string {
  return sha.slice(0, 10)
}
