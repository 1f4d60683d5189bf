/**
 * The loop that calls a measured function. Each side of a comparison imports a copy of this module of its own: V8 learns at
 * the place of a call which functions are called there, and what it learned of the first would decide how the second is run.
 */

export type Callable = () => unknown

export interface CallSamples {
  /** Milliseconds a call: of one call, or the mean of `batch` calls. */
  durations: Float64Array
  calls: number
  /** From the first call to the last, with what lies between them. */
  duration_ms: number
}

/** So often others in this process get a turn: timers, the signal that ends it all. Not within a call's time. */
const TURN_MS = 20

/** Grows outside the heap: an array in it would be garbage that the function is charged with. */
const FIRST_CALLS = 1 << 14

/** Without it V8 may leave out a call whose result nobody uses. */
const kept: { result: unknown } = { result: undefined }

/** For so long, and at least once, unless the signal has aborted before. What it throws ends the loop. */
export async function repeatCalls(
  call: Callable,
  { duration_ms, batch, signal }: { duration_ms: number; batch: number; signal?: AbortSignal | undefined },
): Promise<CallSamples> {
  // A loop of less than a turn looks at it nowhere else.
  signal?.throwIfAborted()
  let durations = new Float64Array(FIRST_CALLS)
  let timed = 0
  const start = performance.now()
  let end = start
  let turn = start
  do {
    const from = performance.now()
    for (let i = 0; i < batch; i += 1) {
      const result = call()
      kept.result = isThenable(result) ? await result : result
    }
    end = performance.now()
    if (timed === durations.length) durations = extend(durations)
    durations[timed] = (end - from) / batch
    timed += 1
    if (end - turn > TURN_MS) {
      await new Promise(resolve => setImmediate(resolve))
      signal?.throwIfAborted()
      turn = performance.now()
    }
  } while (end - start < duration_ms)
  return { durations: durations.subarray(0, timed), calls: timed * batch, duration_ms: end - start }
}

function extend(full: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const extended = new Float64Array(full.length * 2)
  extended.set(full)
  return extended
}

/** Not only promises: a query of some libraries runs once it is awaited. */
function isThenable(result: unknown): result is PromiseLike<unknown> {
  return (
    typeof result === 'object' &&
    result !== null &&
    'then' in result &&
    typeof (result as { then: unknown }).then === 'function'
  )
}
