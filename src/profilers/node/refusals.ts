/** Why a process can't be profiled, each with what to do instead. Exit 2: another pid; 4: the process says no. */
import { WhyslowError } from '../../errors.js'
import { findListenerOn, listNodeDescendants, type ProcessFacts } from './processes.js'

const START_AGAIN = 'Or start it again with --inspect=127.0.0.1:0, and attach then: whyslow leaves it open.'
const CONFIGURED_PORT = 9229

export function refuseMissing(pid: number): WhyslowError {
  return new WhyslowError(`There is no process ${pid}.`, {
    next: ['List the Node processes: pgrep -a node (in a container, look from inside it).'],
  })
}

export function refuseOwn(pid: number): WhyslowError {
  return new WhyslowError(`Process ${pid} is whyslow itself.`, { next: ['Name the process to be profiled.'] })
}

export function refuseNotNode({ pid, executable }: ProcessFacts): WhyslowError {
  const below = listNodeDescendants(pid)
  const what = executable ? ` but ${executable}` : ''
  return new WhyslowError(
    `Process ${pid} is not Node${what}; it was left alone, because the signal that opens Node's inspector kills others.`,
    {
      next: below.length
        ? below.map(child => `Below it runs a Node process: whyslow profile attach ${child}`)
        : ['List the Node processes: pgrep -a node'],
    },
  )
}

export function refuseForeign(pid: number): WhyslowError {
  return new WhyslowError(`Process ${pid} belongs to another user, so it may not be signalled.`, {
    exit: 4,
    next: [`Run as its user: sudo -u "$(ps -o user= -p ${pid})" whyslow profile attach ${pid}`],
  })
}

export function refuseStopped({ pid }: ProcessFacts): WhyslowError {
  return new WhyslowError(
    `Process ${pid} is stopped, by a signal or a debugger, so there is nothing to sample.`,
    {
      exit: 4,
      next: [`If nobody is debugging it, let it go on: kill -CONT ${pid}`],
    },
  )
}

export function refuseOtherNetwork({ pid, innerPid }: ProcessFacts): WhyslowError {
  return new WhyslowError(
    `Process ${pid} is in another network (a container), where its inspector can't be reached.`,
    {
      exit: 4,
      next: [`Run whyslow inside the container: whyslow profile attach ${innerPid}`],
    },
  )
}

/** The signal would do nothing, or kill: Node has no handler for it. */
export function refuseNoHandler({ pid, command }: ProcessFacts): WhyslowError {
  const flag = command.find(part => part === '--disable-sigusr1' || part.startsWith('--permission'))
  const why = flag
    ? `it was started with ${flag.split('=')[0]}`
    : 'it is still starting, or was started with --disable-sigusr1 or --permission (see NODE_OPTIONS)'
  return new WhyslowError(`Process ${pid} doesn't open its inspector on SIGUSR1: ${why}.`, {
    exit: 4,
    next: [
      flag?.startsWith('--permission')
        ? 'Start it again with --allow-inspector (Node 25 and later), or without --permission, and attach again.'
        : 'If it has just started, try again. If not, start it again without the flag.',
      START_AGAIN,
    ],
  })
}

/** It was signalled and nothing listens. */
export function refuseUnopened({ pid, command }: ProcessFacts, waited_ms: number): WhyslowError {
  const port = configuredPort(command)
  const other = findListenerOn(port, pid)
  const message = `Process ${pid} was signalled, but its inspector did not open in ${Math.round(waited_ms / 1000)} s`
  if (other && other.pid !== pid) {
    const who = other.pid === null ? 'another process' : `process ${other.pid}`
    return new WhyslowError(`${message}: port ${port}, which it would use, is taken by ${who}.`, {
      exit: 4,
      next: [
        `Free port ${port} (a debugger or another capture may hold it), and try again.`,
        'Or give the service a port of its own: NODE_OPTIONS=--inspect-port=0',
      ],
    })
  }
  return new WhyslowError(`${message}.`, {
    exit: 4,
    next: [
      'It may be in a long native call (a synchronous child process, file or lock): try again in a moment. If the inspector opens late, it is closed again.',
      "Or it handles SIGUSR1 itself (process.on('SIGUSR1')), which takes the signal from the inspector.",
      START_AGAIN,
    ],
  })
}

export function refuseBusy(pid: number, who: string): WhyslowError {
  return new WhyslowError(`${who} is attached to process ${pid} already, so it was left as it is.`, {
    exit: 4,
    next: ['Close the debugger or let the other capture end, then try again.'],
  })
}

export function refuseWrongProcess(pid: number, found: number): WhyslowError {
  return new WhyslowError(
    `The inspector that answered belongs to process ${found}, not ${pid}; it was left alone.`,
    {
      exit: 4,
      next: ['Try again. If it repeats, another process listens on the port that this one would use.'],
    },
  )
}

/** Ctrl-C or the like before the profiler ran. */
export function refuseAborted(signal: AbortSignal): WhyslowError {
  return new WhyslowError('The capture was stopped before it began; nothing was kept.', {
    cause: signal.reason,
  })
}

export function explainEnded(pid: number, captured_ms: number, asked_ms: number): WhyslowError {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  return new WhyslowError(
    `Process ${pid} ended after ${seconds(captured_ms)} of ${seconds(asked_ms)} s, too abruptly to hand over its samples; nothing was kept.`,
    {
      exit: 4,
      next: ['Look at why it ended (out of memory, kill -9). A shorter capture (--seconds) loses less.'],
    },
  )
}

export function explainLostSession(pid: number, captured_ms: number, asked_ms: number): WhyslowError {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  return new WhyslowError(
    `The inspector of process ${pid} was closed by someone else after ${seconds(captured_ms)} of ${seconds(asked_ms)} s; nothing was kept.`,
    {
      exit: 4,
      next: ['Look for code in the process that calls inspector.close(), or another tool; then try again.'],
    },
  )
}

export function explainLostConnection(url: string, captured_ms: number, asked_ms: number): WhyslowError {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  return new WhyslowError(
    `The connection to ${url} was lost after ${seconds(captured_ms)} of ${seconds(asked_ms)} s; nothing was kept.`,
    {
      exit: 4,
      next: [
        'See whether the process and what forwards its inspector (ssh -L, kubectl port-forward) still run.',
      ],
    },
  )
}

export function explainSilent(pid: number, waited_ms: number): WhyslowError {
  return new WhyslowError(
    `Process ${pid} did not answer for ${Math.round(waited_ms / 1000)} s: its main thread is in a native call, or stopped. Nothing was kept; the inspector is closed as soon as it answers.`,
    {
      exit: 4,
      next: [
        'Look at what it waits for: a synchronous child process or file, a lock. cat /proc/PID/wchan names it on Linux.',
      ],
    },
  )
}

/** The port that the signal opens: from the command line, else Node's default. */
export function configuredPort(command: string[]): number {
  for (const part of command) {
    const found = /^--(?:inspect-port|debug-port)=(?:.*:)?(\d+)$/.exec(part)
    if (found) return Number(found[1])
  }
  return CONFIGURED_PORT
}
