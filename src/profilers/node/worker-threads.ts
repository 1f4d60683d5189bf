/**
 * The worker threads of a target, over the session with its main thread: the `NodeWorker` domain
 * (https://github.com/nodejs/node/blob/main/src/inspector/node_protocol.pdl). A worker answers also while the main
 * thread is in a loop, since messages interrupt both; not while either is in native code.
 */
import { type Channel, openChannel } from './inspector.js'

export interface WorkerThread {
  /** Node's `threadId`. */
  id: number
  /** Given by who started it; null without one. */
  name: string | null
  channel: Channel
  /** Lets go of it, so that it may exit. */
  detach: () => Promise<void>
}

/** Calls `meet` for each worker there is, then for each that starts, also for those that workers start. */
export async function followWorkers(
  parent: Channel,
  ignoredThread: number | null,
  meet: (worker: WorkerThread) => void,
): Promise<void> {
  const known = new Map<string, ReturnType<typeof openChannel>>()
  const forget = (sessionId: string): void => {
    known.get(sessionId)?.end()
    known.delete(sessionId)
  }
  parent.on('NodeWorker.attachedToWorker', params => {
    const { sessionId, workerInfo } = params as { sessionId: string; workerInfo: { title: string } }
    const detach = () => parent.send('NodeWorker.detach', { sessionId }).then(ignore, ignore)
    const { id, name } = readTitle(workerInfo.title)
    if (id === ignoredThread) return void detach()
    const carrier = openChannel(message => {
      parent.send('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(ignore)
    })
    known.set(sessionId, carrier)
    meet({ id, name, channel: carrier.channel, detach })
    followWorkers(carrier.channel, ignoredThread, meet).catch(ignore)
  })
  parent.on('NodeWorker.receivedMessageFromWorker', params => {
    const { sessionId, message } = params as { sessionId: string; message: string }
    known.get(sessionId)?.take(message)
  })
  parent.on('NodeWorker.detachedFromWorker', params => forget(String(params.sessionId)))
  void parent.closed.then(() => {
    for (const sessionId of [...known.keys()]) forget(sessionId)
  })
  await parent.send('NodeWorker.enable', { waitForDebuggerOnStart: false })
}

/** `[worker 3] name`, or `Worker 3` in older Node. */
function readTitle(title: string): { id: number; name: string | null } {
  const [, id, name] = /^\[?worker (\d+)\]?\s*(.*)$/i.exec(title) ?? []
  return { id: Number(id ?? 0), name: name ? name : null }
}

function ignore(): void {}
