/** One long task at a time, and what tasks have found so far, by story. */
import { useEffect } from 'react'
import type { Results } from './story/tab.js'
import { useFreshState } from './use-fresh-state.js'
import type { TaskName, TaskProgress, Tasks, Work } from './work.js'

interface OnDesk {
  story: string
  name: TaskName
  progress: TaskProgress | null
  started: number
  /** When it came to its phase. */
  phaseStarted: number
  aborter: AbortController
}

/** How a task ended; `kept`: it was cancelled, and what it had by then is a result. */
export type TaskEnd = { how: 'done' | 'kept' | 'cancelled' } | { how: 'failed'; error: unknown }

export interface Desk {
  running: OnDesk | null
  resultsOf(story: string): Results
  /** Does nothing while a task is running. */
  start<K extends TaskName>(
    story: string,
    name: K,
    request: Tasks[K]['request'],
    onEnd: (end: TaskEnd) => void,
  ): void
  cancel(): void
}

const NOTHING: Results = {}

export function useDesk(work: Work): Desk {
  const running = useFreshState<OnDesk | null>(null)
  const results = useFreshState<ReadonlyMap<string, Results>>(new Map())
  const { read } = running
  useEffect(() => () => read()?.aborter.abort(), [])

  function keep(story: string, found: Results): void {
    results.set(new Map(results.read()).set(story, { ...results.read().get(story), ...found }))
  }

  return {
    running: running.state,
    resultsOf: story => results.state.get(story) ?? NOTHING,
    start(story, name, request, onEnd) {
      if (running.read() !== null) return
      const aborter = new AbortController()
      const { signal } = aborter
      const started = performance.now()
      running.set({ story, name, progress: null, started, phaseStarted: started, aborter })
      const onProgress = (progress: TaskProgress) => {
        const now = running.read()
        if (now?.aborter !== aborter) return
        const isNew = now.progress?.phase !== progress.phase
        running.set({ ...now, progress, phaseStarted: isNew ? performance.now() : now.phaseStarted })
      }
      work
        .run(name, request, { signal, onProgress })
        .then(
          (result): TaskEnd => {
            keep(story, { [name]: result })
            return { how: signal.aborted ? 'kept' : 'done' }
          },
          (error): TaskEnd => (signal.aborted ? { how: 'cancelled' } : { how: 'failed', error }),
        )
        .then(end => {
          running.set(null)
          onEnd(end)
        })
    },
    cancel: () => running.read()?.aborter.abort(),
  }
}
