/** The long questions of the board, as its commands ask them: the same slice, the same defaults, so the same figures. */
import os from 'node:os'
import path from 'node:path'
import { layoutFlame } from '../profilers/flame.js'
import { DEFAULT_INTERVAL_US } from '../profilers/node/attach.js'
import { captureProfile } from '../steps/capture-profile.js'
import { explainSubject } from '../steps/explain-subject.js'
import { lookAtSubject } from '../steps/look-at-subject.js'
import { showProfiles } from '../steps/show-profiles.js'
import { testHypothesis } from '../steps/test-hypothesis.js'
import { rowsOf } from '../store/kinds.js'
import { openStore, type Store } from '../store/open-store.js'
import { EVERYTHING, type Slice } from '../store/slice.js'
import { formatCount } from '../units.js'
import { keepRun, recallRun } from '../workbook/past-runs.js'
import { openWorkbook, type Workbook } from '../workbook/workbook.js'
import type { WorkPlace } from './messages.js'
import type { TaskName, TaskOptions, Tasks } from './work.js'

interface TaskContext extends TaskOptions {
  workbook: Workbook
  place: WorkPlace
}

type RunTask<K extends TaskName> = (
  request: Tasks[K]['request'],
  context: TaskContext,
) => Promise<Tasks[K]['result']>

/** A shorter run says little of a longer one. */
const LONG_MS = 1000
/** Of a capture, as many as its command shows. */
const FUNCTIONS = 10
/** Boxes of a flame graph that are less than this share of it are narrower than a dot. */
const NARROWEST = 0.0005

const TASKS: { [K in TaskName]: RunTask<K> } = {
  look: ({ story }, context) =>
    withStore('look', context, (store, slice) =>
      lookAtSubject(context.workbook, store, { subject: story, slice, under_ms: null, limit: 5 }),
    ),

  explain: ({ story }, context) =>
    withStore('explain', context, (store, slice) =>
      explainSubject(context.workbook, store, { subject: story, slice, under_ms: null, seed: 1, all: false }),
    ),

  'test-hypothesis': (request, context) =>
    withStore('hypothesis:test', context, (store, { cohort }) =>
      testHypothesis(context.workbook, store, { ...request, cohort, now: new Date() }),
    ),

  attach: ({ at, seconds, story }, { workbook, place, signal, onProgress }) =>
    captureProfile(workbook, {
      at,
      seconds,
      story,
      sampling: { kind: 'cpu', interval_us: DEFAULT_INTERVAL_US },
      cwd: place.cwd,
      home: place.home,
      now: () => new Date(),
      limit: FUNCTIONS,
      html: false,
      signal,
      onProgress: ({ phase, elapsed_ms, total_ms }) =>
        onProgress?.({ phase, done: phase === 'capturing' ? Math.min(elapsed_ms / total_ms, 1) : null }),
    }),

  flame: async ({ story, files }, { workbook, place, onProgress }) => {
    onProgress?.({ phase: 'reading profiles', done: null })
    const names = files.map(file => path.join(workbook.paths.stories, story, file))
    const { merged, ...shown } = await showProfiles(workbook, {
      names,
      cwd: place.cwd,
      requests: null,
      perSecond: null,
      group: null,
      limit: 3 * FUNCTIONS,
      show: workbook.show,
    })
    return { ...shown, flame: layoutFlame(merged, { minWidth: NARROWEST, order: 'heavy' }) }
  },
}

export async function runTask<K extends TaskName>(
  name: K,
  request: Tasks[K]['request'],
  place: WorkPlace,
  options: TaskOptions,
): Promise<Tasks[K]['result']> {
  const workbook = await openWorkbook({ cwd: place.cwd, explicit: place.workbook })
  return TASKS[name](request, { ...options, workbook, place })
}

const TICK_MS = 200

/** How long it took the last time, as the command of this name or here, tells how much is done. */
async function withStore<T>(
  command: string,
  { workbook, signal, onProgress }: TaskContext,
  ask: (store: Store, slice: Slice) => Promise<T>,
): Promise<T> {
  const { config, paths } = workbook
  const start = performance.now()
  // The last processor is the screen's: a lower priority alone lets it wait for tens of milliseconds.
  const threads = Math.max(1, os.availableParallelism() - 1)
  const store = await openStore(paths.data, {
    beaconWindow_ms: config.beaconWindow,
    currency: config.currency,
    threads,
  })
  const requests = store.sources.reduce((sum, source) => sum + rowsOf(source, 'requests'), 0)
  const phase = `reading ${formatCount(requests)} requests`
  const past = await recallRun(workbook, command)
  const expected_ms = past && (past.ms / past.requests) * requests
  const tick = () => {
    // What is interrupted goes on with its next query, so it is interrupted until it ends.
    if (signal.aborted) return store.interrupt()
    onProgress?.({ phase, done: expected_ms && Math.min((performance.now() - start) / expected_ms, 1) })
  }
  const ticking = setInterval(tick, TICK_MS)
  signal.addEventListener('abort', tick, { once: true })
  try {
    tick()
    signal.throwIfAborted()
    const result = await ask(store, { ...EVERYTHING, cohort: config.cohort ?? null })
    const ms = performance.now() - start
    if (ms >= LONG_MS && requests > 0) await keepRun(workbook, command, { ms, requests })
    return result
  } finally {
    clearInterval(ticking)
    signal.removeEventListener('abort', tick)
    store.close()
  }
}
