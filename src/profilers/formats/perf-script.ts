/**
 * The text of Linux's `perf script` → `Profile`s, one a process (or thread, where the text names no process).
 *
 * Specification: perf-script(1) and the printing in the kernel's tools/perf/builtin-script.c. An event is a line with
 * command, ids, time, period and name, then a line for each frame, innermost first, then an empty line.
 * Supported: any `-F` that leaves the event's name, the address and the symbol; command names with spaces; offsets
 * (`+0x1f`), inlined frames; the functions that `node --perf-basic-prof` names. Processes are sorted by weight, the idle
 * ones (`swapper`) last.
 * Time: `cpu-clock` and `task-clock` count nanoseconds, so their periods are milliseconds. Other events (cycles, page
 * faults) are samples: how long each stands for isn't in the text.
 * Of several events the one with the most samples is read, and the others are said. Ignored: source lines (`-F srcline`),
 * brstack, tracepoints' fields, events without a stack (they are counted). The binary `perf.data` is refused.
 */
import { WhyslowError } from '../../errors.js'
import { formatCount } from '../../units.js'
import type { Warning } from '../../warnings.js'
import type { Frame, Profile } from '../profile.js'
import { StackTable } from '../stack-table.js'
import type { ProfileFormat, ProfileInput } from './index.js'
import { type PerfEvent, readEvent, readPerfFrame } from './perf-lines.js'

export const PERF_SCRIPT: ProfileFormat = {
  name: 'perf script',
  extension: '.perf',
  detect: ({ head }) => {
    const lines = head.toString('utf8').split('\n')
    return lines.some(
      (line, index) => readEvent(line) !== null && readPerfFrame(lines[index + 1] ?? '') !== null,
    )
  },
  read: readPerfScript,
}

interface Process {
  command: string
  pid: number | null
  table: StackTable
  isTimed: boolean
  first_s: number
  last_s: number
  intervals_us: number[]
}

interface Open {
  event: PerfEvent
  line: number
  frames: Frame[]
}

async function readPerfScript(input: ProfileInput, warn: (warning: Warning) => void): Promise<Profile[]> {
  const { file } = input
  /** By event, then by process: which event is wanted is known at the end. */
  const found = new Map<string, { samples: number; processes: Map<string, Process> }>()
  const bad: { line: number; text: string; count: number } = { line: 0, text: '', count: 0 }
  let empty = 0
  let open: Open | null = null
  const finish = (): void => {
    if (open && open.frames.length > 0) addEvent(found, file, open)
    else if (open) empty += 1
    open = null
  }
  let number = 0
  for await (const line of input.lines()) {
    number += 1
    if (line.trim() === '' || line.startsWith('#')) {
      finish()
      continue
    }
    const frame: Frame | null = open && readPerfFrame(line)
    if (frame) {
      ;(open as Open | null)?.frames.push(frame)
      continue
    }
    const event = readEvent(line)
    if (event) {
      finish()
      open = { event, line: number, frames: [] }
    } else if (!/^\s/.test(line) || !open) {
      if (bad.count === 0) Object.assign(bad, { line: number, text: line.slice(0, 60) })
      bad.count += 1
    }
  }
  finish()
  const [chosen, ...others] = [...found].sort((a, b) => b[1].samples - a[1].samples)
  if (!chosen) {
    throw new WhyslowError('Expected the events of perf script with their stacks, found none.', {
      place: { file, ...(bad.count > 0 ? { line: bad.line } : {}) },
      next: ['Record with stacks (perf record -g), then: perf script > FILE'],
    })
  }
  warnOfRest(file, { chosen: chosen[0], others: others.map(([name]) => name), empty, bad }, warn)
  return [...chosen[1].processes.values()].map(toProfile).sort(byWeight)
}

function addEvent(
  found: Map<string, { samples: number; processes: Map<string, Process> }>,
  file: string,
  { event, frames }: Open,
): void {
  const entry = found.get(event.name) ?? { samples: 0, processes: new Map<string, Process>() }
  found.set(event.name, entry)
  entry.samples += 1
  const key = event.pid === null ? `thread ${event.tid}` : `process ${event.pid}`
  const process: Process = entry.processes.get(key) ?? {
    command: event.command,
    pid: event.pid,
    table: new StackTable(file),
    isTimed: isClock(event),
    first_s: event.time_s ?? 0,
    last_s: event.time_s ?? 0,
    intervals_us: [],
  }
  entry.processes.set(key, process)
  // Other threads have names of their own, and a new process has that of its parent at first.
  if (event.pid === null || event.tid === event.pid) process.command = event.command
  if (event.time_s !== null) {
    process.first_s = Math.min(process.first_s, event.time_s)
    process.last_s = Math.max(process.last_s, event.time_s)
  }
  const isIdle = event.command === 'swapper'
  let path = -1
  for (let index = frames.length - 1; index >= 0; index -= 1) {
    const frame = frames[index]!
    path = process.table.path(process.table.frame(isIdle ? { ...frame, kind: 'idle' } : frame), path)
  }
  process.table.add(path, process.isTimed ? event.period! / 1e6 : 1, 1)
  if (process.isTimed) process.intervals_us.push(event.period! / 1000)
}

function isClock({ name, period }: PerfEvent): boolean {
  return period !== null && /^(?:cpu|task)-clock(?::|$)/.test(name)
}

function toProfile({ command, pid, table, isTimed, first_s, last_s, intervals_us }: Process): Profile {
  const stacks = table.stacks()
  intervals_us.sort((a, b) => a - b)
  return {
    name: command,
    tool: 'perf',
    toolVersion: null,
    pid,
    startedAt: null,
    unit: isTimed ? 'ms' : 'samples',
    duration_ms: (last_s - first_s) * 1000,
    samples: stacks.reduce((sum, node) => sum + node.samples, 0),
    interval_us: intervals_us[intervals_us.length >> 1] ?? null,
    frames: table.frames,
    stacks,
  }
}

function byWeight(a: Profile, b: Profile): number {
  const idle = Number(a.name === 'swapper') - Number(b.name === 'swapper')
  return idle || b.samples - a.samples
}

function warnOfRest(
  file: string,
  rest: {
    chosen: string
    others: string[]
    empty: number
    bad: { line: number; text: string; count: number }
  },
  warn: (warning: Warning) => void,
): void {
  const { chosen, others, empty, bad } = rest
  if (others.length > 0) {
    warn({
      code: 'sample-type-chosen',
      message: `${file} holds several events: ${chosen} was read, ${others.join(', ')} was not.`,
      next: 'perf script -e EVENT > FILE writes another one.',
    })
  }
  if (empty > 0) {
    warn({
      code: 'lines-skipped',
      message: `${file}: events without a stack were left out (${formatCount(empty)}).`,
      next: 'Record with stacks: perf record -g',
    })
  }
  if (bad.count > 0) {
    warn({
      code: 'lines-rejected',
      message: `${file}:${bad.line}: lines that are neither an event nor a frame were left out (${formatCount(bad.count)}); the first is “${bad.text}”.`,
      next: 'Have the tool write its messages elsewhere (2>/dev/null).',
    })
  }
}
