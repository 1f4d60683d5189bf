/** The board's side of its worker: a process of its own that is started when there is work, and again when it had to be ended. */
import { type ChildProcess, fork } from 'node:child_process'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { WhyslowError } from '../errors.js'
import { type FromWorker, type ToWorker, unpackError, type WorkPlace } from './messages.js'
import type { TaskName, TaskOptions, Tasks, Work } from './work.js'

/** A task that doesn't hear that it is cancelled for so long is ended with its process. */
const GRACE_MS = 2000
/** A capture gives back its target first. */
const ATTACH_GRACE_MS = 20_000
/** Of what a worker says before it ends. */
const LAST_WORDS = 4000
/** They may still come when it has ended; whatever it has started may hold its stderr for longer. */
const LISTEN_MS = 500
/** Of them in a message, in characters. */
const MOST_SAID = 200

interface Waiting {
  name: TaskName
  options: TaskOptions
  settle(outcome: { result: unknown } | { error: unknown }): void
}

export interface WorkOptions {
  place: WorkPlace
  /** The worker's own; that of the build unless given. */
  module?: URL
}

export function startWork({ place, module = new URL('./worker.js', import.meta.url) }: WorkOptions): Work {
  let worker: ChildProcess | null = null
  let asked = 0
  let isClosed = false
  const waiting = new Map<number, Waiting>()

  function start(): ChildProcess {
    const child = fork(fileURLToPath(module), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let lastWords = ''
    child.stderr!.setEncoding('utf8').on('data', text => {
      lastWords = `${lastWords}${text}`.slice(-LAST_WORDS)
    })
    child.on('message', (message: FromWorker) => hear(message))
    child.on('error', error => end(child, describeLoss(error.message)))
    const mourn = () => end(child, describeLoss(describeExit(child), lastWords))
    child.on('close', mourn)
    child.on('exit', () => setTimeout(mourn, LISTEN_MS).unref())
    lowerPriority(child)
    return child
  }

  function hear(message: FromWorker): void {
    const task = waiting.get(message.id)
    if (!task) return
    if (message.type === 'progress') task.options.onProgress?.(message.progress)
    else if (message.type === 'result') task.settle({ result: message.result })
    else task.settle({ error: unpackError(message.error) })
  }

  /** Whatever it was asked for won't be answered. */
  function end(child: ChildProcess, error: Error): void {
    if (worker !== child) return
    worker = null
    for (const task of waiting.values()) task.settle({ error })
  }

  function kill(): void {
    const child = worker
    if (!child) return
    end(child, describeLoss(hasEnded(child) ? describeExit(child) : 'it was ended'))
    child.kill('SIGKILL')
  }

  function run<K extends TaskName>(
    name: K,
    request: Tasks[K]['request'],
    options: TaskOptions,
  ): Promise<Tasks[K]['result']> {
    const { signal } = options
    if (signal.aborted) return Promise.reject(signal.reason)
    if (isClosed) return Promise.reject(new Error('The work is closed.'))
    if (worker && hasEnded(worker)) end(worker, describeLoss(describeExit(worker)))
    const id = ++asked
    const grace = name === 'attach' ? ATTACH_GRACE_MS : GRACE_MS
    let patience: NodeJS.Timeout | undefined
    const post = (message: ToWorker) => worker?.send(message, error => error && kill())
    const cancel = () => {
      post({ type: 'cancel', id })
      patience = setTimeout(kill, grace)
    }
    return new Promise<unknown>((resolve, reject) => {
      waiting.set(id, {
        name,
        options,
        settle(outcome) {
          waiting.delete(id)
          clearTimeout(patience)
          signal.removeEventListener('abort', cancel)
          if ('result' in outcome) resolve(outcome.result)
          else reject(signal.aborted ? signal.reason : outcome.error)
        },
      })
      worker ??= start()
      signal.addEventListener('abort', cancel, { once: true })
      post({ type: 'run', id, name, request, place })
    }) as Promise<Tasks[K]['result']>
  }

  /** Waits for a capture that is under way, and for nothing else. */
  async function close(): Promise<void> {
    isClosed = true
    const child = worker
    if (!child) return
    const isCapturing = [...waiting.values()].some(({ name }) => name === 'attach')
    // Not `close`, which doesn't come once this side has disconnected.
    const ended =
      hasEnded(child) || new Promise(resolve => child.once('exit', resolve).once('error', resolve))
    if (child.connected) child.disconnect()
    if (!isCapturing) child.kill('SIGKILL')
    const patience = setTimeout(() => child.kill('SIGKILL'), ATTACH_GRACE_MS)
    await ended
    clearTimeout(patience)
    end(child, new Error('The work is closed.'))
  }

  return { run, close }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function describeExit({ exitCode, signalCode }: ChildProcess): string {
  if (signalCode === null) return `it ended with code ${exitCode}`
  const why = /^SIG(?:KILL|ABRT)$/.test(signalCode) ? ', as happens when memory runs out' : ''
  return `it was ended by ${signalCode}${why}`
}

/** Nothing on the board is lost but what was running. */
function describeLoss(how: string, lastWords = ''): WhyslowError {
  const lines = lastWords.split('\n').filter(line => line.trim() !== '')
  const telling = lines.find(line => /^(?:fatal |uncaught )?\w*error\b/i.test(line)) ?? lines.at(-1)
  const said = telling === undefined ? '' : `, and said: ${telling.trim().slice(0, MOST_SAID)}`
  return new WhyslowError(`The process that works for the board is gone: ${how}${said}.`, {
    exit: 4,
    next: ['Press the key again: another process takes over.'],
    ...(lastWords === '' ? {} : { cause: lastWords }),
  })
}

/** Keys come first. Not every system lets it. */
function lowerPriority({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) os.setPriority(pid, os.constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It works all the same.
  }
}
