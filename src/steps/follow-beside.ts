/** Follows files while something else goes on beside it. */
import { WhyslowError } from '../errors.js'
import type { Warning } from '../warnings.js'
import { isAlive } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'
import { type FollowRequest, followFiles } from './follow-files.js'
import type { ImportResult } from './import-files.js'

/** Between two looks at the files. */
const MOST_BEHIND_MS = 2000

export interface FollowingBeside {
  /** Settles once what is there at the start has come in. */
  ready: Promise<void>
  /** Never resolves; rejects with what ended the following too early. */
  failed: Promise<never>
  /** Ends it, with everything committed that was read. Never rejects. */
  end(): Promise<FollowingEnd>
}

/** What there is to say of the import, and what could not come in. */
export interface FollowingEnd {
  warnings: Warning[]
  error: Error | null
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
  const following = followFiles(workbook, {
    ...request,
    signal: stop.signal,
    onRows(rows, last) {
      request.onRows?.(rows, last)
      started.resolve()
    },
  })
  const done = following.then(
    ({ warnings, failures: [first] }): FollowingEnd => ({ warnings, error: first ? locate(first) : null }),
    (error: Error): FollowingEnd => ({ warnings: [], error }),
  )
  done.then(({ error }) => {
    if (error === null) return started.resolve()
    failure.reject(error)
    started.reject(error)
  })
  return {
    ready: started.promise,
    failed: failure.promise,
    end() {
      stop.abort()
      return done
    },
  }
}

function locate({ file, error }: ImportResult['failures'][number]): Error {
  if (!(error instanceof WhyslowError) || error.place) return error
  return new WhyslowError(error.message, {
    next: error.next,
    place: { file },
    exit: error.exit,
    cause: error,
  })
}
