/** What a person or a system sends to end a capture: it then keeps what it has and takes everything back. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGTSTP'] as const

interface SignalSource {
  on: (name: (typeof ENDING)[number], listener: () => void) => unknown
  off: (name: (typeof ENDING)[number], listener: () => void) => unknown
}

export interface EndingSignals {
  /** Aborts on the first of them; its reason is an `EndedBySignal`. */
  signal: AbortSignal
  /** Stop listening, so that the next Ctrl-C ends the program as usual. */
  release: () => void
}

/** Thrown where there is nothing to keep. */
export class EndedBySignal extends Error {
  override name = 'AbortError'
}

/**
 * Ctrl-Z (SIGTSTP) ends a capture too: a stopped whyslow would leave the profiler running in the target.
 * `source` is `process`; give it from a command.
 */
export function endOnSignals(source: SignalSource): EndingSignals {
  const controller = new AbortController()
  const listeners = ENDING.map(name => ({ name, listener: () => controller.abort(new EndedBySignal(name)) }))
  for (const { name, listener } of listeners) source.on(name, listener)
  return {
    signal: controller.signal,
    release: () => {
      for (const { name, listener } of listeners) source.off(name, listener)
    },
  }
}
