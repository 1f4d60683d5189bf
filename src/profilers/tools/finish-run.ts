/** The end of a run: when it is there, and how program and tool are brought to it. */
import type { Group } from './group.js'
import { listMembers, type Member, type Run, sendSignal } from './members.js'

export type RunEnd = 'itself' | 'tool' | 'deadline' | 'signal'

/** For a program that was interrupted, to end; its tool may take much longer. */
export const PROGRAM_GRACE_MS = 5000
const TERMINATE_MS = 1000
const STEP_MS = 50
const PROGRESS_MS = 250

export interface EndCauses {
  /** Of the tool, and what its end means. */
  tool: { group: Group; means: RunEnd }
  /** The program, where it isn't the tool's child. */
  program: Pick<Group, 'ended'> | null
  limit_ms: number
  signal: AbortSignal
}

/** Until the time is over, Ctrl-C, or the tool or its program has ended, whichever is first. */
export async function waitForEnd(
  { tool, program, limit_ms, signal }: EndCauses,
  tick: (elapsed_ms: number) => void,
): Promise<RunEnd> {
  const start = performance.now()
  const cleanUp: (() => void)[] = []
  const aborted = new Promise<RunEnd>(resolve => {
    const stop = (): void => resolve('signal')
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    cleanUp.push(() => signal.removeEventListener('abort', stop))
  })
  const timeUp = new Promise<RunEnd>(resolve => {
    const timer = setTimeout(() => resolve('deadline'), limit_ms)
    cleanUp.push(() => clearTimeout(timer))
  })
  const ticker = setInterval(() => tick(performance.now() - start), PROGRESS_MS)
  const done = tool.group.ended.then(() => tool.means)
  const gone = program ? [program.ended.then((): RunEnd => 'itself')] : []
  try {
    return await Promise.race([aborted, timeUp, ...gone, done])
  } finally {
    clearInterval(ticker)
    for (const undo of cleanUp) undo()
  }
}

export interface Finish {
  /** The tool was still writing when its time was over. */
  cutShort: boolean
  /** The program stayed although it was interrupted, and was ended by force. */
  killedProgram: boolean
}

/**
 * SIGINT to the tool's group, then time for the program to end and for the tool to write. `hasProgram`: what runs in
 * the group besides its leader now is the program, which the tool waits for.
 */
export async function finishTool(
  group: Group,
  run: Run,
  { hasProgram, interrupts, finish_ms }: { hasProgram: boolean; interrupts: boolean; finish_ms: number },
): Promise<Finish> {
  if (await endsWithin(group, 0)) return { cutShort: false, killedProgram: false }
  if (!interrupts) return { cutShort: !(await endsWithin(group, finish_ms)), killedProgram: false }
  // What the tool starts afterwards, to draw, is not its program.
  const program = hasProgram ? listMembers(run).filter(({ pid }) => pid !== group.pid) : []
  const listProgram = (): Member[] =>
    listMembers(run).filter(({ pid }) => program.some(member => member.pid === pid))
  sendSignal(-group.pid, 'SIGINT')
  const killedProgram = await endProgram(listProgram)
  const cutShort = !(await endsWithin(group, finish_ms))
  return { cutShort, killedProgram }
}

/** One that doesn't hear SIGINT, as in an endless loop, must not keep its tool from writing. */
async function endProgram(listProgram: () => Member[]): Promise<boolean> {
  const stages = [
    { signal: null, grace_ms: PROGRAM_GRACE_MS },
    { signal: 'SIGTERM', grace_ms: TERMINATE_MS },
    { signal: 'SIGKILL', grace_ms: TERMINATE_MS },
  ] as const
  for (const { signal, grace_ms } of stages) {
    if (signal) for (const { pid } of listProgram()) sendSignal(pid, signal)
    const end = performance.now() + grace_ms
    while (performance.now() < end) {
      if (listProgram().length === 0) return signal !== null
      await new Promise(resolve => setTimeout(resolve, STEP_MS))
    }
  }
  return true
}

export async function endsWithin({ ended }: Group, limit_ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), limit_ms)
  })
  const inTime = await Promise.race([ended.then(() => true as const), late])
  clearTimeout(timer)
  return inTime
}
