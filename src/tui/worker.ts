/** The process that works for the board, and ends with it: a capture that is under way gives back its target first. */
import { type FromWorker, packError, type ToWorker } from './messages.js'
import { runTask } from './tasks.js'

/** A capture needs this long to give back its target. */
const GRACE_MS = 20_000

const running = new Map<number, AbortController>()

function send(message: FromWorker): void {
  if (process.connected) process.send!(message)
}

async function run({ id, name, request, place }: Extract<ToWorker, { type: 'run' }>): Promise<void> {
  const aborter = new AbortController()
  running.set(id, aborter)
  try {
    const onProgress = (progress: Extract<FromWorker, { type: 'progress' }>['progress']) =>
      send({ type: 'progress', id, progress })
    const result = await runTask(name, request as never, place, { signal: aborter.signal, onProgress })
    send({ type: 'result', id, result })
  } catch (error) {
    send({ type: 'error', id, error: packError(error) })
  } finally {
    running.delete(id)
    if (!process.connected && running.size === 0) process.exit()
  }
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'run') void run(message)
  else running.get(message.id)?.abort()
})

process.on('disconnect', () => {
  if (running.size === 0) process.exit()
  for (const aborter of running.values()) aborter.abort()
  setTimeout(() => process.exit(), GRACE_MS)
})

// Ctrl-C in the terminal is the board's to answer; so is the end of the terminal.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
