/** Long work beside the screen: a process of its own, so that a key is answered whatever is being computed. */

import type { FlameGraph } from '../profilers/flame.js'
import type { CapturedProfiles, CaptureRequest } from '../steps/capture-profile.js'
import type { SubjectExplanation } from '../steps/explain-subject.js'
import type { SubjectLook } from '../steps/look-at-subject.js'
import type { ShownProfiles } from '../steps/show-profiles.js'
import type { HypothesisTest, TestRequest } from '../steps/test-hypothesis.js'

/** Everything that the board asks for, by name: what goes in and what comes out. Data only: it crosses a process. */
export interface Tasks {
  look: { request: { story: string }; result: SubjectLook }
  explain: { request: { story: string }; result: SubjectExplanation }
  'test-hypothesis': { request: Pick<TestRequest, 'story' | 'hypothesis'>; result: HypothesisTest }
  attach: {
    request: Pick<CaptureRequest, 'at' | 'seconds'> & { story: string }
    result: CapturedProfiles
  }
  flame: {
    /** Files beside the story. */
    request: { story: string; files: string[] }
    result: Omit<ShownProfiles, 'merged'> & { flame: FlameGraph }
  }
}

export type TaskName = keyof Tasks

export interface TaskProgress {
  /** What is being done, without figures. */
  phase: string
  /** 0 to 1; null where the end isn't known. */
  done: number | null
}

export interface TaskOptions {
  signal: AbortSignal
  onProgress?: (progress: TaskProgress) => void
}

export interface Work {
  /** Rejects with the error of the task (a `WhyslowError` stays one), or with the signal's reason. */
  run<K extends TaskName>(
    name: K,
    request: Tasks[K]['request'],
    options: TaskOptions,
  ): Promise<Tasks[K]['result']>
  /** Ends what is running, and the process. */
  close(): Promise<void>
}
