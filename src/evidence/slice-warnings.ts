/** Warnings that every question over a slice owes: the cohort, sampling, and data that can't answer. */
import { hasRows } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'

export function describeSlice(
  store: Store,
  slice: Slice,
  found: { requests: number; measured: number },
): Warning[] {
  const warnings = nameCohort(slice)
  if (found.requests === 0) {
    warnings.push(warnNoRequests(store))
  } else if (found.measured === 0) {
    warnings.push(NO_DURATIONS)
  } else if (found.measured < found.requests / 2) {
    warnings.push({
      code: 'no-durations',
      message: `Only ${formatCount(found.measured)} of ${formatCount(found.requests)} requests have a duration; where many answers have none, no share is given.`,
      next: 'Narrow the question to the time since durations are logged: --from',
    })
  }
  return [...warnings, ...describeSampling(store)]
}

export function warnNoRequests(store: Store): Warning {
  const imported = hasRows(store, 'requests')
  return {
    code: 'no-requests',
    message: imported ? 'No request is in this slice.' : 'No requests were imported yet.',
    next: imported ? 'whyslow sources shows from when to when there is data' : 'whyslow import access.log',
  }
}

/** What can't be estimated from a sample is how many different customers there were: those without a sampled request are missing. */
export function describeSampling({ weighted }: Pick<Store, 'weighted'>): Warning[] {
  if (!weighted) return []
  return [
    {
      code: 'sampled',
      message:
        'Some rows stand for several requests (a sampled log): counts of requests are estimates, and of customers and clients only those are counted that the sample shows.',
    },
  ]
}

export const NO_DURATIONS: Warning = {
  code: 'no-durations',
  message: 'The log has no durations, so nothing can be said about how slow requests are.',
  next: 'Log them: nginx needs $request_time behind the combined format',
}

/** None for a slice of all traffic. */
export function nameCohort({ cohort }: Slice): Warning[] {
  if (cohort === null) return []
  return [
    {
      code: 'cohort-applied',
      message: `Only the target cohort “${cohort.name}” is counted: ${cohort.where}`,
      next: '--all-traffic counts everything',
    },
  ]
}
