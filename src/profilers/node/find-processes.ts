/** Node processes by what their command line says: a cluster's workers, a service under a process manager. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { WhyslowError } from '../../errors.js'
import { readProcess } from './processes.js'

/** Each has a guard of its own meanwhile, a process of some 20 MB. */
export const MAX_PROCESSES = 16
const SHOWN = 20

interface Candidate {
  pid: number
  parent: number
  command: string
}

/**
 * Those that may be signalled, in the order of their pids; not whyslow itself, nor what started it (`npx whyslow …`
 * names the text, too), nor other captures' guards. Throws a `WhyslowError` that lists what there is when there are
 * none or more than 16.
 */
export function findProcesses(text: string): number[] {
  const all = listCandidates().filter(isOurs)
  const found = all.filter(({ command }) => command.includes(text))
  if (found.length > MAX_PROCESSES) {
    throw new WhyslowError(
      `${found.length} Node processes have “${text}” in their command line; at most ${MAX_PROCESSES} are profiled at once.`,
      { next: [...describe(found), 'Name some of them by their pids, or match a longer text.'] },
    )
  }
  if (found.length > 0) return found.map(({ pid }) => pid)
  throw new WhyslowError(`No Node process that you may signal has “${text}” in its command line.`, {
    next: all.length > 0 ? ['There are:', ...describe(all)] : ['No Node process of yours runs here.'],
  })
}

function isOurs({ pid }: Candidate): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return readProcess(pid)?.isNode === true
}

function describe(candidates: Candidate[]): string[] {
  const lines = candidates.slice(0, SHOWN).map(({ pid, command }) => `${pid}  ${command.slice(0, 100)}`)
  return candidates.length > SHOWN ? [...lines, `and ${candidates.length - SHOWN} more`] : lines
}

function listCandidates(): Candidate[] {
  const all = process.platform === 'linux' ? listByProc() : listByPs()
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]))
  const above = new Set<number>()
  for (let pid = process.pid; pid > 0 && !above.has(pid); pid = parents.get(pid) ?? 0) above.add(pid)
  return all
    .filter(({ pid, command }) => !above.has(pid) && !/profilers\/node\/guard\.[jt]s$/.test(command))
    .sort((a, b) => a.pid - b.pid)
}

function listByProc(): Candidate[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
        return [{ pid: Number(name), parent, command }]
      } catch {
        return []
      }
    })
}

function listByPs(): Candidate[] {
  return execFileSync('ps', ['-axo', 'pid=,ppid=,args='], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .flatMap(line => {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
      return pid && parent ? [{ pid: Number(pid), parent: Number(parent), command: command ?? '' }] : []
    })
}
