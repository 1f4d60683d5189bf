/** The one change that the flags of `whatif` name. */
import { WhyslowError } from '../errors.js'
import type { Change, Part } from '../evidence/whatif/change.js'
import { parseDuration, parseShare } from '../units.js'

export interface ChangeFlags {
  'without-mode'?: string | undefined
  cap?: string | undefined
  share?: string | undefined
  part?: Part | undefined
  span?: string | undefined
  parallel?: string | undefined
  times?: string | undefined
  free?: boolean
}

const WAYS = ['without-mode', 'cap', 'part', 'span', 'parallel'] as const

/** Null where no flag names one. Throws a `WhyslowError` on several, and on half of one. */
export function readChange(flags: ChangeFlags): Change | null {
  const ways = WAYS.filter(way => flags[way] !== undefined)
  if (ways.length > 1)
    throw new WhyslowError(`Expected one change, found ${ways.map(way => `--${way}`).join(' and ')}.`, {
      next: ['Ask for each by itself: what two of them buy together isn’t the sum of what each does.'],
    })
  const [way] = ways
  const isSped = way === 'part' || way === 'span'
  if (flags.share !== undefined && way !== 'cap')
    throw new WhyslowError('--share is for --cap: the share of the slow requests that is capped.', {
      next: ['--cap 400ms --share 80%'],
    })
  if ((flags.times !== undefined || flags.free === true) && !isSped)
    throw new WhyslowError('--times and --free are for --part and --span: what gets faster?', {
      next: ['--part upstream --times 3', '--span NAME --free'],
    })
  if (way === undefined) return null
  switch (way) {
    case 'without-mode':
      return { kind: 'without-mode', near_ms: readLength('--without-mode', flags['without-mode']!) }
    case 'cap':
      return { kind: 'cap', cap_ms: readLength('--cap', flags.cap!), share: readShare(flags.share) }
    case 'part':
      return { kind: 'part', part: flags.part!, times: readTimes(flags, `--part ${flags.part}`) }
    case 'span':
      return { kind: 'span', name: readName('--span', flags.span!), times: readTimes(flags, `--span NAME`) }
    case 'parallel':
      return { kind: 'parallel', name: readName('--parallel', flags.parallel!) }
  }
}

function readLength(flag: string, text: string): number {
  const ms = parseDuration(text)
  if (ms > 0) return ms
  throw new WhyslowError(`Expected a time of more than 0 behind ${flag}, found “${text}”.`)
}

function readShare(text: string | undefined): number {
  if (text === undefined) return 1
  const share = parseShare(text)
  if (share > 0) return share
  throw new WhyslowError(`Expected a share of more than 0 behind --share, found “${text}”.`, {
    next: ['--share 80%'],
  })
}

function readTimes({ times, free = false }: ChangeFlags, flag: string): number {
  const next = [`${flag} --times 3`, `${flag} --free`]
  if (times !== undefined && free)
    throw new WhyslowError('Expected --times or --free, found both: free takes no time at all.', { next })
  if (free) return Infinity
  if (times === undefined)
    throw new WhyslowError('How many times faster? Expected --times or --free.', { next })
  const factor = /^\d+(?:\.\d+)?x?$/.test(times.trim()) ? Number.parseFloat(times) : Number.NaN
  if (factor > 1) return factor
  throw new WhyslowError(
    `Expected how many times faster behind --times, a number of more than 1, found “${times}”.`,
    { next },
  )
}

function readName(flag: string, text: string): string {
  if (text.trim() !== '') return text
  throw new WhyslowError(`Expected the name of a span behind ${flag}, found nothing.`)
}
