/** Giving a target back, the same way after success, Ctrl-C and errors. */
import type { Hold } from './hold.js'
import { pauseTarget, releaseTarget } from './in-target.js'
import { evaluate, probeInspector } from './inspector.js'
import { hasClients, listListeners, readProcess } from './processes.js'

const CLOSE_LIMIT_MS = 2000

/** `open` could not be mended in time; a warning says what goes on. */
export type Left = 'closed' | 'as found' | 'open'

/** Takes everything back, and says how the inspector was left. Never throws. */
export async function giveBack(hold: Hold): Promise<Left> {
  const { pid, token, session, guard, lifeline, wasOpen, claimed } = hold
  const othersAttached = !wasOpen && !session.isClosed() && (await hasClients(pid, hold.port, 1))
  const closeInspector = !wasOpen && !othersAttached
  let released = false
  if (!session.isClosed()) {
    const release = othersAttached ? pauseTarget() : releaseTarget({ token, closeInspector, claimed })
    released = await evaluate(session, release, CLOSE_LIMIT_MS).then(
      () => true,
      // The answer can't come through what it closes; whether it closed is looked at below.
      () => closeInspector && session.isClosed(),
    )
    await session.close()
  }
  if (claimed && hold.guardMissing) {
    hold.warnings.push({
      code: 'inspector-left-open',
      message:
        'The process allows no worker thread, so only the guard outside it closes its inspector if whyslow is killed.',
      next: 'Nothing, unless whyslow and its guard are both killed: then end the inspector by restarting the process.',
    })
  }
  const isDone = (): Promise<boolean> => (wasOpen ? Promise.resolve(released) : isClosed(hold))
  if (released && !othersAttached && (await waitFor(isDone))) {
    if (hold.holdsWorkers) lifeline?.letGo()
    else lifeline?.done()
    guard.tell({ done: true })
    return wasOpen ? 'as found' : 'closed'
  }
  lifeline?.letGo()
  guard.letGo()
  if (wasOpen) return 'as found'
  if (!othersAttached && (await waitFor(() => isClosed(hold)))) return 'closed'
  hold.warnings.push({
    code: 'inspector-left-open',
    message: othersAttached
      ? `A debugger attached to process ${pid} during the capture, so its inspector (port ${hold.port}) stays open until that leaves.`
      : `Process ${pid} does not answer, so its inspector (port ${hold.port}) is still open. Its guard closes it as soon as it answers.`,
    next: `See whether it is closed: ss -tlnp | grep pid=${pid}`,
  })
  return 'open'
}

async function isClosed({ target, pid, port }: Hold): Promise<boolean> {
  if (readProcess(pid)?.startTime !== target.facts?.startTime) return true
  const listeners = listListeners(pid)
  if (listeners) return !listeners.some(known => known.port === port)
  return (await probeInspector({ host: '127.0.0.1', port })) === null
}

async function waitFor(holds: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + CLOSE_LIMIT_MS
  while (performance.now() < end) {
    if (await holds()) return true
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return false
}
