/** A change in words, and as the flags that name it. */
import { formatDuration, formatShare } from '../../units.js'
import type { Change } from './change.js'
import { PART_NAMES } from './parts.js'

/** `the upstream 3 times faster`: a phrase that stands behind “with”. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'without-mode':
      return `no peak at ${formatDuration(change.near_ms)}`
    case 'cap':
      return change.share === 1
        ? `no answer over ${formatDuration(change.cap_ms)}`
        : `${formatShare(change.share, 0)} of the answers over ${formatDuration(change.cap_ms)} capped at that`
    case 'part':
      return describeSpeed(PART_NAMES[change.part], change.times)
    case 'span':
      return describeSpeed(`span “${change.name}”`, change.times)
    case 'parallel':
      return `calls of “${change.name}” side by side`
  }
}

function describeSpeed(what: string, times: number): string {
  return times === Infinity ? `${what} taking no time` : `${what} ${times} times faster`
}

/** Words of a command line, not yet quoted. */
export function flagsOf(change: Change): string[] {
  const speed = (times: number) => (times === Infinity ? ['--free'] : ['--times', `${times}`])
  switch (change.kind) {
    case 'without-mode':
      return ['--without-mode', `${change.near_ms}ms`]
    case 'cap':
      return ['--cap', `${change.cap_ms}ms`, ...(change.share === 1 ? [] : ['--share', `${change.share}`])]
    case 'part':
      return ['--part', change.part, ...speed(change.times)]
    case 'span':
      return ['--span', change.name, ...speed(change.times)]
    case 'parallel':
      return ['--parallel', change.name]
  }
}

/** A cap that is safely under the target, milliseconds. */
export function capUnder(under_ms: number): number {
  const cap = under_ms * 0.8
  return cap < 10 ? Number(cap.toPrecision(2)) : Math.floor(cap)
}
