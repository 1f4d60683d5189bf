/**
 * The processes of a run, wherever they went: those of its groups and, on Linux, all that carry its mark in their
 * environment, so that a child that made a group or a session of its own is found, too. Left to chance: a process that
 * left the group and whose environment was emptied (`env -i setsid …`), and outside Linux any that left the group.
 *
 * Imports nothing of whyslow, because the guard (`guard.ts`) loads it on its own.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** The variable that marks the processes of a run. */
export const MARK = 'WHYSLOW_RUN'

export interface Run {
  /** Ids of process groups. */
  groups: readonly number[]
  /** The mark's value: nobody else has it. */
  token: string
}

export interface Member {
  pid: number
  group: number
}

/** Those alive now; one that only waits to be collected by its parent is not. */
export function listMembers(run: Run, platform: NodeJS.Platform = process.platform): Member[] {
  return platform === 'linux' ? listByProc(run) : listByPs(run)
}

function listByProc({ groups, token }: Run): Member[] {
  const mark = `${MARK}=${token}\0`
  return readdirSync('/proc').flatMap(name => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const stat = readOrEmpty(`/proc/${pid}/stat`)
    // The name is in parentheses and may itself hold some.
    const [state = 'X', , group = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (stat === '' || /^[ZX]/.test(state)) return []
    const isOurs = groups.includes(Number(group)) || readOrEmpty(`/proc/${pid}/environ`).includes(mark)
    return isOurs ? [{ pid, group: Number(group) }] : []
  })
}

function listByPs({ groups }: Run): Member[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' })
  return text.split('\n').flatMap(line => {
    const [pid = '', group = '', state = ''] = line.trim().split(/\s+/)
    return groups.includes(Number(group)) && !state.startsWith('Z')
      ? [{ pid: Number(pid), group: Number(group) }]
      : []
  })
}

/** To whole groups at once, so that a process that is just being started gets it, too; to others one by one. */
function signalMembers(run: Run, signal: NodeJS.Signals): void {
  const members = listMembers(run)
  const targets = members.map(({ pid, group }) => (run.groups.includes(group) ? -group : pid))
  for (const target of new Set(targets)) sendSignal(target, signal)
  // One that is stopped takes its signal only when it goes on.
  for (const target of new Set(targets)) sendSignal(target, 'SIGCONT')
}

/** Nothing happens where there is no such process any more. */
export function sendSignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // Gone, or another user's (sudo): what is left is said at the end.
  }
}

export interface Graces {
  /** After SIGINT; 0: it isn't sent. */
  interrupt_ms: number
  /** After SIGTERM. */
  terminate_ms: number
}

const KILL_MS = 2000
const STEP_MS = 50

/** SIGINT, SIGTERM, SIGKILL, each when its predecessor's time is over. Returns those that are left even so. */
export async function endMembers(run: Run, graces: Graces): Promise<Member[]> {
  const stages: [NodeJS.Signals, number][] = [
    ['SIGINT', graces.interrupt_ms],
    ['SIGTERM', graces.terminate_ms],
    ['SIGKILL', KILL_MS],
  ]
  for (const [signal, grace_ms] of stages) {
    if (grace_ms === 0) continue
    if (listMembers(run).length === 0) return []
    signalMembers(run, signal)
    const end = performance.now() + grace_ms
    while (performance.now() < end) {
      if (listMembers(run).length === 0) return []
      // Forked between two looks, a child may miss what its parent was sent.
      if (signal === 'SIGKILL') signalMembers(run, signal)
      await new Promise(resolve => setTimeout(resolve, STEP_MS))
    }
  }
  return listMembers(run)
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
