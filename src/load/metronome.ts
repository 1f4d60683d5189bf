/**
 * Beats evenly, mostly to some 0.1 ms: a thread that sleeps until each beat wakes this one. A beat costs some 60 µs of CPU time.
 *
 * `setTimeout` costs a third of that, but counts whole milliseconds and is 0.7 ms late on average, which a service that answers
 * in 1 ms would be charged with; waiting for the last millisecond in a loop costs a core from some hundred beats a second.
 * Where the cores are busy all three are late by milliseconds: so lateness is measured.
 */
import { Worker } from 'node:worker_threads'

export interface Metronome {
  /** Of `performance.now()`, when beat 0 is due. */
  start_ms: number
  stop: () => Promise<void>
}

/** Beats a second. */
export const MOST_RATE = 20_000

/** For both threads to be ready for the first beat. */
const HEAD_START_MS = 5

/** A beat that is overslept is skipped: whoever hears the next one knows by the clock how many are due. */
const BEATER = `
const { parentPort, workerData: { flag, interval_ms, beats } } = require('node:worker_threads')
const now = () => { const [s, ns] = process.hrtime(); return s * 1e3 + ns / 1e6 }
parentPort.once('message', start_ms => {
  for (let beat = 0; beat < beats; beat += 1) {
    let wait_ms = start_ms + beat * interval_ms - now()
    if (wait_ms <= 0 && beat < beats - 1) continue
    while (wait_ms > 0) {
      if (Atomics.wait(flag, 0, 0, wait_ms) !== 'timed-out') return
      wait_ms = start_ms + beat * interval_ms - now()
    }
    parentPort.postMessage(null)
  }
})
parentPort.postMessage(null)
`

/** `onBeat` is called at least once after each beat was due, and not before. */
export async function startMetronome(
  { perSecond, beats }: { perSecond: number; beats: number },
  onBeat: () => void,
): Promise<Metronome> {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(BEATER, {
    eval: true,
    workerData: { flag, interval_ms: 1000 / perSecond, beats },
    execArgv: [],
    env: {},
  })
  await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  worker.on('message', onBeat)
  // In this order: held up between the two, the thread hears the beats late, never before they are due.
  const start_ms = performance.now() + HEAD_START_MS
  const [s, ns] = process.hrtime()
  worker.postMessage(s * 1e3 + ns / 1e6 + HEAD_START_MS)
  return {
    start_ms,
    stop: async () => {
      Atomics.store(flag, 0, 1)
      Atomics.notify(flag, 0)
      await worker.terminate()
    },
  }
}
