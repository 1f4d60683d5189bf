/** Follows files while something else goes on beside it. */
import { WhyslowError } from '../errors.js'
import type { Warning } from '../warnings.js'
import { isAlive } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'
import { type FollowRequest, followFiles } from './follow-files.js'

/** Between two looks at the files. */
const MOST_BEHIND_MS = 2000

export interface FollowingBeside {
  /** Settles once what is there at the start has come in. */
  ready: Promise<void>
  /** Never resolves; rejects with what ended the following too early. */
  failed: Promise<never>
  /** Ends it, with everything committed that was read; what there is to say of the import. */
  end(): Promise<Warning[]>
}

/** Logs to follow beside looks that are this far apart; null for none. */
export function followLogs(
  files: string[],
  interval_ms: number,
  surroundings: Pick<FollowRequest, 'stdin' | 'pid' | 'clock' | 'onNote'>,
): Omit<FollowRequest, 'signal'> | null {
  if (files.length === 0) return null
  const now = surroundings.clock()
  return { ...surroundings, files, now, isAlive, interval_ms: Math.min(interval_ms, MOST_BEHIND_MS) }
}

export function followBeside(workbook: Workbook, request: Omit<FollowRequest, 'signal'>): FollowingBeside {
  const stop = new AbortController()
  const started = Promise.withResolvers<void>()
  const failure = Promise.withResolvers<never>()
  // Whoever waits for them is told; until then nobody is.
  started.promise.catch(() => undefined)
  failure.promise.catch(() => undefined)
  const done = followFiles(workbook, {
    ...request,
    signal: stop.signal,
    onRows(rows, last) {
      request.onRows?.(rows, last)
      started.resolve()
    },
  })
  done.then(
    ({ failures: [first] }) => {
      if (!first) return started.resolve()
      const { file, error } = first
      failure.reject(error instanceof WhyslowError && !error.place ? locate(error, file) : error)
      started.reject(error)
    },
    error => {
      failure.reject(error)
      started.reject(error)
    },
  )
  return {
    ready: started.promise,
    failed: failure.promise,
    async end() {
      stop.abort()
      const { warnings } = await done
      return warnings
    },
  }
}

function locate(error: WhyslowError, file: string): WhyslowError {
  return new WhyslowError(error.message, {
    next: error.next,
    place: { file },
    exit: error.exit,
    cause: error,
  })
}
