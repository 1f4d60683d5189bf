/** The two sides of a comparison as people name them on the command line, and back. */
import { WhyslowError } from '../errors.js'
import { parseWindow } from '../store/slice.js'
import { quote } from '../stories/describe-evidence.js'
import type { StoryHypothesis } from '../stories/schema.js'

export type Arms = Pick<StoryHypothesis, 'design' | 'before' | 'after'>

export interface ArmFlags {
  before?: string | undefined
  after?: string | undefined
  'where-before'?: string | undefined
  'where-after'?: string | undefined
  /** A condition: the requests that it holds for, beside the others. */
  with?: string | undefined
  /** The window of both sides of `with`. */
  during?: string | undefined
}

const OPEN = { from: null, to: null }

/**
 * Null when no flag is given. Sides with a `where` each run side by side, unless their periods are apart. Throws when a side is
 * missing, or when the periods overlap and nothing else tells the sides apart.
 */
export function readArms(flags: ArmFlags): Arms | null {
  const { before, after, 'where-before': whereBefore, 'where-after': whereAfter } = flags
  if (flags.with) return readCondition(flags.with, flags.during)
  if (!before && !after && !whereBefore && !whereAfter) return null
  const arms = {
    before: { where: whereBefore ?? null, ...(before ? parseWindow(before) : OPEN) },
    after: { where: whereAfter ?? null, ...(after ? parseWindow(after) : OPEN) },
  }
  const isApart = areApart(arms.before, arms.after)
  if (whereBefore && whereAfter) return { design: isApart ? 'before-after' : 'canary', ...arms }
  if (whereBefore || whereAfter) {
    throw halfOnly(
      whereBefore ? '--where-before' : '--where-after',
      whereBefore ? '--where-after' : '--where-before',
    )
  }
  if (!before || !after) throw halfOnly(before ? '--before' : '--after', before ? '--after' : '--before')
  if (!(arms.before.to && arms.after.from && arms.before.to <= arms.after.from)) {
    throw new WhyslowError('The side before must end when the side after begins, or earlier.', {
      next: ['--before 2026-10-01..2026-10-08 --after 2026-10-08..2026-10-15'],
    })
  }
  return { design: 'before-after', ...arms }
}

/** Those without it are all others, also where it is neither true nor false. */
function readCondition(condition: string, during: string | undefined): Arms {
  const window = during ? parseWindow(during) : OPEN
  const end = condition.includes('--') ? '\n' : ''
  return {
    design: 'with-without',
    before: { where: `(${condition}${end}) IS NOT TRUE`, ...window },
    after: { where: condition, ...window },
  }
}

interface Period {
  from: string | null
  to: string | null
}

/** Whether one period ends before the other begins. */
function areApart(one: Period, other: Period): boolean {
  return endsBefore(one, other) || endsBefore(other, one)
}

function endsBefore({ to }: Period, { from }: Period): boolean {
  return to !== null && from !== null && Date.parse(to) <= Date.parse(from)
}

/** The flags that name these arms, for a shell. */
export function showArms({ before, after }: Pick<Arms, 'before' | 'after'>): string {
  const period = ({ from, to }: Period) => `${shorten(from)}..${shorten(to)}`
  const flags = (side: 'before' | 'after', arm: Arms['before']) => [
    arm.where === null ? [] : [`--where-${side} ${quote(arm.where)}`],
    arm.from === null && arm.to === null ? [] : [`--${side} ${period(arm)}`],
  ]
  return [...flags('before', before), ...flags('after', after)].flat().join(' ')
}

/** The arms that a filed command names, written as `showArms` writes them; null when it names none. */
export function readArmsOf(command: string): Arms | null {
  const words = (command.match(/(?:[^\s'\\]|\\.|'[^']*')+/g) ?? []).map(word =>
    word.replace(/\\(.)|'([^']*)'/g, (_, escaped?: string, quoted?: string) => escaped ?? quoted ?? ''),
  )
  const flag = (name: string) => {
    const at = words.indexOf(`--${name}`)
    return at < 0 ? undefined : words[at + 1]
  }
  return readArms({
    before: flag('before'),
    after: flag('after'),
    'where-before': flag('where-before'),
    'where-after': flag('where-after'),
  })
}

function shorten(time: string | null): string {
  return time === null ? '' : time.replace(/\.000Z$/, 'Z').replace(/T00:00:00Z$/, '')
}

function halfOnly(given: string, missing: string): WhyslowError {
  return new WhyslowError(`${given} names one side; ${missing} is missing.`)
}
