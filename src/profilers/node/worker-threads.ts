/**
 * The worker threads of a target, over the session with its main thread: the `NodeWorker` domain
 * (https://github.com/nodejs/node/blob/main/src/inspector/node_protocol.pdl). A worker answers also while the main
 * thread is in a loop, since messages interrupt both; not while either is in native code.
 *
 * Node forgets to end the sessions with workers when the one with the main thread breaks (seen in 18 to 24): what a
 * killed client started in them would run for ever. So nothing is started in these sessions: see `in-worker.ts`.
 */
import { type Channel, openChannel } from './inspector.js'

export interface WorkerThread {
  /** Node's `threadId`. */
  id: number
  /** Given by who started it; null without one. */
  name: string | null
  channel: Channel
}

/** Calls `meet` for each worker that there is, also those of workers, and for each that starts from now on. */
export async function followWorkers(
  main: Channel,
  ignoredThread: number | null,
  meet: (worker: WorkerThread) => void,
): Promise<void> {
  const known = new Map<string, ReturnType<typeof openChannel>>()
  const forget = (sessionId: string): void => {
    known.get(sessionId)?.end()
    known.delete(sessionId)
  }
  main.on('NodeWorker.attachedToWorker', params => {
    const { sessionId, workerInfo } = params as { sessionId: string; workerInfo: { title: string } }
    const { id, name } = readTitle(workerInfo.title)
    if (id === ignoredThread) return void main.send('NodeWorker.detach', { sessionId }).catch(ignore)
    const carrier = openChannel(message => {
      main.send('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(ignore)
    })
    known.set(sessionId, carrier)
    meet({ id, name, channel: carrier.channel })
  })
  main.on('NodeWorker.receivedMessageFromWorker', params => {
    const { sessionId, message } = params as { sessionId: string; message: string }
    known.get(sessionId)?.take(message)
  })
  main.on('NodeWorker.detachedFromWorker', params => forget(String(params.sessionId)))
  void main.closed.then(() => {
    for (const sessionId of [...known.keys()]) forget(sessionId)
  })
  await main.send('NodeWorker.enable', { waitForDebuggerOnStart: false })
}

/** Ends the sessions with all workers. */
export async function leaveWorkers(main: Channel): Promise<void> {
  await main.send('NodeWorker.disable').catch(ignore)
}

/** `[worker 3] name`, or `Worker 3` in older Node. */
function readTitle(title: string): { id: number; name: string | null } {
  const [, id, name] = /^\[?worker (\d+)\]?\s*(.*)$/i.exec(title) ?? []
  return { id: Number(id ?? 0), name: name ? name : null }
}

function ignore(): void {}
