/** What to look at next, from what a profile says. Rules of thumb: each names the figure that it goes by. */
import { formatAmount, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import type { FunctionShare, ProfileSummary } from './summary.js'

export interface Advice {
  code: 'flat' | 'garbage-collection' | 'mostly-idle' | 'one-function'
  message: string
  next: string
}

const MUCH_GC = 0.1
const MOSTLY_IDLE = 0.5
const ONE_FUNCTION = 1 / 3
const FLAT = 0.03
const FEW_SAMPLES = 100

/** `pid` names the process in commands, where there is just one; `show` shortens a path. */
export function adviseOnProfile(
  { unit, idle, active, activeSamples, functions, groups }: ProfileSummary,
  { pid, show }: { pid: number | null; show: (file: string) => string },
): Advice[] {
  const advice: Advice[] = []
  const waited = idle + active === 0 ? 0 : idle / (idle + active)
  if (waited > MOSTLY_IDLE) {
    advice.push({
      code: 'mostly-idle',
      message: `It waited ${formatShare(waited)} of the time. If requests were slow meanwhile, they wait for something (a database, another service, a lock) and don't compute.`,
      next: 'Traces show what they wait for: whyslow import spans.json, then whyslow explain ROUTE',
    })
  }
  const gc = groups.find(one => one.group === 'v8/gc')
  if (gc && unit !== 'bytes' && gc.share > MUCH_GC) {
    advice.push({
      code: 'garbage-collection',
      message: `Garbage collection takes ${formatShare(gc.share)} of the active time (${formatAmount(gc.self, unit)}): something allocates much.`,
      next: `A heap profile names it: whyslow profile attach ${pid ?? 'PID'} --heap`,
    })
  }
  if (activeSamples !== null && activeSamples < FEW_SAMPLES) return advice
  const [first] = functions.filter(one => one.group !== 'v8/gc' && !one.function.startsWith('(program'))
  if (first && first.share > ONE_FUNCTION) {
    advice.push({
      code: 'one-function',
      message: `${first.function} alone takes ${formatShare(first.share)} of ${unit === 'bytes' ? 'what was allocated' : 'the active time'} (${formatAmount(first.self, unit)}).`,
      next: describePlace(first, show),
    })
  } else if (functions.length > 0 && functions[0]!.share <= FLAT) {
    advice.push({
      code: 'flat',
      message: `It is flat: no function takes more than ${formatShare(functions[0]!.share)} by itself, so making one faster gains little.`,
      next: 'Look at the heaviest path for work that need not be done at all, and compare with a profile of a faster time: whyslow profile diff BEFORE AFTER',
    })
  }
  return advice
}

/** Where a profile misleads. */
export function warnOfProfile({ activeSamples }: ProfileSummary, pid: number | null): Warning[] {
  if (activeSamples === null || activeSamples >= FEW_SAMPLES) return []
  return [
    {
      code: 'few-samples',
      message: `Only ${activeSamples} samples were not idle: what took less than a tenth of the time is chance.`,
      next: `Capture for longer, or under load: whyslow profile attach ${pid ?? 'PID'} --seconds 60`,
    },
  ]
}

function describePlace({ file, line, calledFrom }: FunctionShare, show: (file: string) => string): string {
  if (file !== null) return `Look at ${show(file)}${line === null ? '' : `:${line}`}`
  if (calledFrom === null) return 'It has no file: look at what calls it, in the flame graph'
  const place = `${show(calledFrom.file)}${calledFrom.line === null ? '' : `:${calledFrom.line}`}`
  return `It has no file of its own; most of it is called from ${calledFrom.function}, ${place}`
}
