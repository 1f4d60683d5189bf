/** What was not as it should be in a run of a tool, in words. Pure. */
import { WhyslowError } from '../errors.js'
import type { LoadResult } from '../load/run-load.js'
import type { ToolRun } from '../profilers/tools/run-tool.js'
import type { Collected, Tool } from '../profilers/tools/tool.js'
import { formatCount, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import { describeTimeboxOver } from './timebox-over.js'

interface RunContext {
  collected: Collected
  asked_s: number
  /** Of the timebox; Infinity without one. */
  limit_ms: number
  loaded: LoadResult | null
}

export function describeRun(
  tool: Tool,
  run: ToolRun,
  { collected, asked_s, limit_ms, loaded }: RunContext,
): Warning[] {
  const warnings: Warning[] = []
  const took = (run.duration_ms / 1000).toFixed(1)
  if (run.endedBy === 'deadline' && limit_ms < asked_s * 1000)
    warnings.push(describeTimeboxOver(run.duration_ms, asked_s))
  if (run.endedBy === 'itself') {
    warnings.push({
      code: 'process-ended',
      message: `The program ended by itself after ${took} s of ${asked_s} s${lastError(run)}`,
    })
  }
  if (run.killedProgram) {
    warnings.push({
      code: 'tool-cut-short',
      message:
        'The program did not end when it was interrupted, and was killed: what it had not written yet is lost.',
      next: 'A program that never returns to its event loop hears no signal: whyslow profile attach PID',
    })
  }
  if (run.cutShort) {
    warnings.push({
      code: 'tool-cut-short',
      message: `${tool.name} was still at work ${tool.finish_ms / 1000} s after the capture, and was ended: what it had written until then is kept.`,
    })
  }
  for (const message of collected.problems) warnings.push({ code: 'tool-output', message })
  if (run.left.length > 0) {
    const pids = run.left.map(({ pid }) => pid).join(' ')
    warnings.push({
      code: 'processes-left',
      message: `${run.left.length} of its processes could not be ended: ${pids}. They may be another user's, or stuck in the kernel.`,
      next: `ps -o pid,user,stat,wchan,args -p ${pids.replaceAll(' ', ',')}`,
    })
  }
  return [...warnings, ...(loaded ? describeLoad(loaded) : [])]
}

function describeLoad(load: LoadResult): Warning[] {
  const { requests, errors, timeouts, statuses } = load
  const bad = Object.entries(statuses).filter(([kind]) => kind === '5xx' || kind === '4xx')
  const unanswered = errors + timeouts
  const parts = [
    ...(unanswered > 0 ? [`${formatCount(unanswered)} requests got no answer`] : []),
    ...bad.map(([kind, count]) => `${formatShare(count / requests)} of the answers were ${kind}`),
  ]
  if (parts.length === 0) return []
  return [
    {
      code: 'load-errors',
      message: `Of the load, ${parts.join(', and ')}: the profile shows that, too.`,
      next: 'Ask for one of them by hand: is it the right address, method, header?',
    },
  ]
}

/** Exit 4: the tool, not its user. With its last words, because they are all that is known. */
export function explainNothing(tool: Tool, run: ToolRun, problems: readonly string[]): WhyslowError {
  const { code, signal } = run.ended
  const how = run.cutShort
    ? 'it was ended'
    : signal
      ? `it ended by ${signal}`
      : code === null
        ? 'it was ended'
        : `it ended with code ${code}`
  const lines = [...problems, ...run.tail.slice(-12)]
  const said = lines.length === 0 ? ' It said nothing.' : ' Its last lines:'
  const message = `${tool.name} wrote nothing that can be used: ${how} after ${(run.duration_ms / 1000).toFixed(1)} s.${said}`
  const stuck = run.killedProgram || run.cutShort
  return new WhyslowError([message, ...lines].join('\n  '), {
    exit: 4,
    next: stuck
      ? ['The program did not hear SIGINT, as in an endless loop; for such a one: whyslow profile attach PID']
      : [`See whether the command runs by itself, and whyslow tools for ${tool.name}.`],
  })
}

/** What Node prints of an error that nobody caught; its end is of no use. */
function lastError({ tail, ended }: ToolRun): string {
  const error = tail.findLast(line => /^\w*Error\b/.test(line)) ?? (ended.code ? tail.at(-1) : undefined)
  return error === undefined ? '.' : `: ${error}`
}
