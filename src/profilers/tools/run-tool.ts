/**
 * One run of a tool, from its start to the moment when nothing of it is left.
 *
 * Order: guard → the tool with its program, or the program and then its sampler → wait until the program is there, and
 * may begin → the seconds → SIGINT → SIGTERM and SIGKILL to a program that stays → the tool writes what it has, within
 * its time → SIGTERM and SIGKILL to whatever is left. The end is kept here and by the guard, never by the tool.
 */
import { randomUUID } from 'node:crypto'
import { WhyslowError } from '../../errors.js'
import type { FoundTool } from './find-tool.js'
import {
  endsWithin,
  type Finish,
  finishTool,
  PROGRAM_GRACE_MS,
  type RunEnd,
  waitForEnd,
} from './finish-run.js'
import {
  type Ended,
  type Environment,
  type Group,
  type RunGuard,
  startGroup,
  startRunGuard,
} from './group.js'
import { endMembers, listMembers, type Member } from './members.js'
import { isNodeCommand } from './node-options.js'
import { gatherStray, listStray } from './stray.js'
import type { FinishedRun, Tool, ToolPlan } from './tool.js'

export interface ToolRunOptions {
  /** Null with a `pid`: a process that runs already, which is left running. */
  command: readonly string[] | null
  pid: number | null
  /** Of the capture. They begin when the program is there and `prepare` is done. */
  seconds: number
  /** Of the whole run until the capture's end: a timebox. */
  limit_ms: number
  cwd: string
  env: Environment
  folder: string
  /** Ends the capture early; what was captured is kept. */
  signal: AbortSignal
  /** Awaited before the seconds begin; aborted when the program is gone or the time is over. */
  prepare?: ((stopped: AbortSignal) => Promise<void>) | undefined
  /** Runs beside the capture; aborted at its end. */
  during?: ((seconds: number, stopped: AbortSignal) => Promise<void>) | undefined
  onProgress?: ((progress: ToolProgress) => void) | undefined
}

export interface ToolProgress {
  phase: 'starting' | 'capturing' | 'finishing'
  elapsed_ms: number
  total_ms: number
}

export interface ToolRun extends Finish {
  /** `itself`: the program was done; `tool`: its sampler was. */
  endedBy: RunEnd
  startedAt: string
  /** Of the capture. */
  duration_ms: number
  /** How the tool itself ended. */
  ended: Ended
  /** The last lines of the tool, and of the program where that isn't the tool's child. */
  tail: string[]
  /** What could not be ended. */
  left: Member[]
  finished: FinishedRun
}

const TERMINATE_MS = 2000
/** For a tool to load itself before it starts its program. */
const PROGRAM_START_MS = 30_000
/** A sampler that keeps the time itself. */
const SLACK_MS = 2000
/** Until the capture begins. */
const PREPARE_LIMIT_MS = 600_000
/** On top of all that whyslow itself waits for: then the guard takes over. */
const GUARD_SLACK_MS = 30_000
const STEP_MS = 100

/** What is running: so far only what has to be there before the capture. */
interface Running {
  run: { groups: number[]; token: string }
  guard: RunGuard
  start: (argv: readonly string[], added?: Record<string, string>) => Promise<Group>
  secondsLeft: () => number
}

/** Throws a `WhyslowError` where the tool can't do it, or the program isn't there to be sampled; all is ended then, too. */
export async function runTool(tool: Tool, found: FoundTool, options: ToolRunOptions): Promise<ToolRun> {
  checkCommand(tool, options)
  const strayBefore = await listStray(tool, options.cwd)
  const running = await openRun(tool, options)
  const { run, guard } = running
  try {
    const result = await capture(tool, found, options, running)
    await gatherStray(tool, options.cwd, strayBefore, options.folder)
    return result
  } finally {
    await endMembers(run, { interrupt_ms: 0, terminate_ms: TERMINATE_MS })
    guard.done()
  }
}

async function openRun(tool: Tool, options: ToolRunOptions): Promise<Running> {
  const { cwd, env, seconds, limit_ms } = options
  const run = { groups: [] as number[], token: randomUUID() }
  const begun = performance.now()
  const guard = await startRunGuard({
    token: run.token,
    limit_ms: Math.min(limit_ms, PREPARE_LIMIT_MS) + graceOf(tool),
  })
  return {
    run,
    guard,
    start: async (argv, added = {}) => {
      const group = await startGroup(argv, { cwd, env: { ...env, ...added }, token: run.token })
      run.groups.push(group.pid)
      guard.tell({ group: group.pid })
      return group
    },
    secondsLeft: () => Math.max(0.1, Math.min(seconds, (begun + limit_ms - performance.now()) / 1000)),
  }
}

async function capture(
  tool: Tool,
  found: FoundTool,
  options: ToolRunOptions,
  { run, guard, start, secondsLeft }: Running,
): Promise<ToolRun> {
  const { command, pid, signal, seconds, env, folder, onProgress } = options
  const stopped = new AbortController()
  const startTool = async (target: number): Promise<{ group: Group; keepsTime: boolean }> => {
    const plan: ToolPlan = { command, pid: target, seconds: secondsLeft(), folder, env }
    const { argv, env: added, keepsTime = false } = await tool.start(found, plan)
    return { group: await start(argv, added), keepsTime }
  }
  onProgress?.({ phase: 'starting', elapsed_ms: 0, total_ms: seconds * 1000 })
  const program = tool.by === 'pid' && command ? await start(command, tool.commandEnv?.(env)) : null
  const early = tool.by === 'command' ? await startTool(0) : null
  void (program ?? early?.group)?.ended.then(() => stopped.abort())
  const waiting = AbortSignal.any([
    stopped.signal,
    signal,
    AbortSignal.timeout(Math.ceil(secondsLeft() * 1000) + PREPARE_LIMIT_MS),
  ])
  const child = early && tool.nodeOnly ? await waitForProgram(early.group, run, waiting) : null
  await options.prepare?.(waiting)
  if (program && stopped.signal.aborted) throw explainEarlyEnd(command ?? [], program)
  const { group, keepsTime } = early ?? (await startTool(program?.pid ?? pid ?? 0))

  const startedAt = new Date().toISOString()
  const captureStart = performance.now()
  const capture_s = secondsLeft()
  guard.tell({ limit_ms: capture_s * 1000 + graceOf(tool) })
  const beside = options.during?.(capture_s, stopped.signal)
  beside?.catch(() => {})
  const means: RunEnd = tool.by === 'command' ? 'itself' : keepsTime ? 'deadline' : 'tool'
  const endedBy = await waitForEnd(
    {
      tool: { group, means },
      program: child ?? program,
      limit_ms: capture_s * 1000 + (keepsTime ? SLACK_MS : 0),
      signal,
    },
    elapsed_ms => onProgress?.({ phase: 'capturing', elapsed_ms, total_ms: capture_s * 1000 }),
  )
  const duration_ms = performance.now() - captureStart
  stopped.abort()
  await beside

  onProgress?.({ phase: 'finishing', elapsed_ms: 0, total_ms: tool.finish_ms })
  const pids = listMembers(run).map(member => member.pid)
  const finish = await finishTool(group, run, {
    hasProgram: tool.nodeOnly === true,
    // A tool whose program is done is at work already.
    interrupts: endedBy !== 'itself' || program !== null,
    finish_ms: tool.finish_ms,
  })
  const left = await endMembers(run, {
    interrupt_ms: program ? PROGRAM_GRACE_MS : 0,
    terminate_ms: TERMINATE_MS,
  })
  const target = program?.pid ?? pid ?? 0
  return {
    endedBy,
    startedAt,
    duration_ms,
    ended: (await endsWithin(group, 1000)) ? await group.ended : { code: null, signal: null },
    ...finish,
    tail: [...(program?.tail() ?? []), ...group.tail()],
    left,
    finished: { command, pid: target, seconds, folder, env, duration_ms, pids, token: run.token },
  }
}

/** A tool that was interrupted before it listens to SIGINT would end without a word. Null when no program came. */
async function waitForProgram(
  { pid }: Group,
  run: Running['run'],
  stopped: AbortSignal,
): Promise<Pick<Group, 'ended'> | null> {
  const end = performance.now() + PROGRAM_START_MS
  while (!stopped.aborted && performance.now() < end) {
    const program = listMembers(run).find(member => member.pid !== pid)
    if (program) return { ended: waitUntilGone(program.pid, run) }
    await new Promise(resolve => setTimeout(resolve, STEP_MS))
  }
  return null
}

/** What isn't whyslow's own child sends no event. At the latest when the run is over, it is gone. */
async function waitUntilGone(pid: number, run: Running['run']): Promise<Ended> {
  while (listMembers(run).some(member => member.pid === pid)) {
    await new Promise(resolve => setTimeout(resolve, STEP_MS))
  }
  return { code: null, signal: null }
}

/** From the capture's end until whyslow itself would have given up. */
function graceOf(tool: Tool): number {
  return tool.finish_ms + 2 * PROGRAM_GRACE_MS + GUARD_SLACK_MS
}

function explainEarlyEnd(command: readonly string[], program: Group): WhyslowError {
  return new WhyslowError(
    ['The program ended before it could be sampled. Its last lines:', ...program.tail()].join('\n  '),
    { exit: 4, next: [`See whether it runs by itself: ${command.join(' ')}`] },
  )
}

function checkCommand(tool: Tool, { command, pid }: ToolRunOptions): void {
  const example = `whyslow profile run ${tool.name} -- node server.js`
  if (tool.by === 'command' && pid !== null) {
    throw new WhyslowError(`${tool.name} starts the program that it profiles; it can't be attached to one.`, {
      next: [example, `whyslow profile attach ${pid}`],
    })
  }
  if ((command === null) === (pid === null)) {
    throw new WhyslowError(
      command === null
        ? `${tool.name} was given nothing to profile.`
        : 'Expected a command or a pid, found both.',
      { next: [example] },
    )
  }
  if (tool.nodeOnly && command && !isNodeCommand(command)) {
    throw new WhyslowError(
      `${tool.name} profiles Node only: its command must begin with node, found “${command[0]}”.`,
      {
        next: [
          `Give the script itself: ${example}`,
          'Behind npm start and the like: whyslow profile run node -- npm start',
        ],
      },
    )
  }
}
