/** One line of `perf script`: the head of an event, or a frame. */
import type { Frame } from '../profile.js'
import { readablePath } from './v8-frame.js'

export interface PerfEvent {
  command: string
  /** Null where the text names the thread only, as it does by default. */
  pid: number | null
  tid: number
  /** Seconds of a monotonic clock. */
  time_s: number | null
  /** In what the event counts. */
  period: number | null
  /** `cycles:u` */
  name: string
}

/** `V8 Worker 4711/4712 [003] 4794564.109216:     250000 cycles:u: ` */
const EVENT =
  /^\s{0,15}(\S.*?)\s+(?:(-?\d+)\/)?(-?\d+)\s+(?:\[\d+\]\s+)?(?:(\d+\.\d+):\s+)?(?:(\d+)\s+)?([\w./-]+(?::[\w:.-]*)?):(?:\s|$)/

/** `    7f9a2c001f20 read+0x1f (/usr/lib/libc.so.6)`, `    read (inlined)`, and an address without a symbol. */
const FRAME = /^\s+(?:([0-9a-f]+)\s+)?(.*) \(((?:[^()]|\([^()]*\))*)\)\s*$/
const OFFSET = /\+0x[0-9a-f]+$/

/** `JS:*name file:line:column`, as `--perf-basic-prof` and `--perf-prof` write it; `LazyCompile:` before Node 20. */
const JAVASCRIPT =
  /^(?:JS|LazyCompile|Function|Script|Eval|InterpretedFunction):([~^*+]{0,2})(\S*) (.+?):(\d+)(?::(\d+))?$/

/** Longer lines are none of perf's, and would take long to refuse. */
const LONGEST = 20_000

export function readEvent(line: string): PerfEvent | null {
  const found = line.length > LONGEST ? null : EVENT.exec(line)
  if (!found) return null
  const [, command, pid, tid, time, period, name] = found
  return {
    command: command!,
    pid: pid === undefined ? null : Number(pid),
    tid: Number(tid),
    time_s: time === undefined ? null : Number(time),
    period: period === undefined ? null : Number(period),
    name: name!.replace(/:$/, ''),
  }
}

export function readPerfFrame(line: string): Frame | null {
  const found = line.length > LONGEST ? null : FRAME.exec(line)
  if (!found) return null
  const [, address, written, object] = found
  const symbol = written!.replace(OFFSET, '')
  if (address === undefined && object !== 'inlined') return null
  const script = JAVASCRIPT.exec(symbol)
  if (script) {
    const [, , name, file, row, column] = script
    return {
      function: name || '(anonymous)',
      file: readablePath(file!),
      line: Number(row) || null,
      column: Number(column) || null,
      kind: 'code',
    }
  }
  const isNowhere = object === 'inlined' || object === '[unknown]' || object === ''
  return {
    function: symbol === '' ? `0x${address}` : symbol,
    file: isNowhere ? null : object!,
    line: null,
    column: null,
    kind: 'code',
  }
}
