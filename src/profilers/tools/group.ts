/** whyslow's side of a run: programs in process groups of their own, and the guard that ends them when whyslow can't. */
import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { systemErrorCode, WhyslowError } from '../../errors.js'
import { startGuard, tellGuard } from '../start-guard.js'
import type { RunOrders, RunUpdate } from './guard.js'
import { MARK } from './members.js'

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A program that leads a process group: its own id is the group's. */
export interface Group {
  pid: number
  /** When the leader is gone; others of its group may still be there. Never rejects. */
  ended: Promise<Ended>
  /** The last lines that the group wrote to stdout and stderr. */
  tail: () => string[]
}

export type Environment = Readonly<Record<string, string | undefined>>

const TAIL_LINES = 20
const TAIL_CHARACTERS = 8000

/** Detached: in a session of its own, so that Ctrl-C on the terminal reaches whyslow alone, which then ends it in order. */
export function startGroup(
  argv: readonly string[],
  { cwd, env, token }: { cwd: string; env: Environment; token: string },
): Promise<Group> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, {
    cwd,
    env: { ...env, [MARK]: token },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      text = (text + part).slice(-TAIL_CHARACTERS)
    })
  }
  return new Promise((resolve, reject) => {
    const ended = new Promise<Ended>(settle => {
      child.once('exit', (code, signal) => settle({ code, signal }))
    })
    child.once('spawn', () => {
      // What the group leaves behind may keep its output open: that must not keep whyslow from ending.
      void ended.then(() =>
        setTimeout(() => [child.stdout, child.stderr].map(one => one.destroy()), 500).unref(),
      )
      resolve({ pid: child.pid!, ended, tail: () => lastLines(text) })
    })
    child.once('error', error => reject(explainStart(program, error)))
  })
}

/** Without the control sequences of spinners and colours, and without empty lines. */
function lastLines(text: string): string[] {
  return text
    .replace(/\u001b\[[\d;?]*[A-Za-z]/g, '\n')
    .split(/[\r\n]+/)
    .filter(line => line.trim() !== '')
    .slice(-TAIL_LINES)
}

function explainStart(program: string, error: Error): WhyslowError {
  const code = systemErrorCode(error)
  const reason =
    code === 'ENOENT' ? 'there is no such program' : code === 'EACCES' ? 'no permission' : error.message
  return new WhyslowError(`Could not start “${program}”: ${reason}.`, {
    cause: error,
    next: ['Behind -- comes the command as it would be typed: whyslow profile run 0x -- node server.js'],
  })
}

export interface RunGuard {
  tell: (update: RunUpdate) => void
  /** The run is over, and nothing is left of it. */
  done: () => void
}

/** Resolves when the guard is watching. Throws when it can't be started: then nothing may be. */
export async function startRunGuard(orders: RunOrders): Promise<RunGuard> {
  const url = new URL(`./guard${extname(import.meta.url)}`, import.meta.url)
  const pipe = await startGuard(url, orders, {
    message: 'The guard that ends the tool if whyslow is killed',
    next: 'Nothing was started. Try again when the machine has memory and processes to spare.',
  })
  return {
    tell: update => tellGuard(pipe, update),
    done: () => {
      tellGuard(pipe, { done: true } satisfies RunUpdate)
      pipe.end()
    },
  }
}
