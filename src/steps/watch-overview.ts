/** The overview again and again while requests come in, until it is interrupted. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Overview } from '../evidence/overview.js'
import { listSources } from '../store/catalog.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeRequests } from './describe-requests.js'
import { followBeside } from './follow-beside.js'
import type { FollowRequest } from './follow-files.js'

export interface OverviewWatch {
  /** Between two looks. */
  interval_ms: number
  /** Files to import from meanwhile; null where another process imports. */
  follow: Omit<FollowRequest, 'signal'> | null
  /** Ends it. */
  signal: AbortSignal
  look: () => Promise<Overview>
  /** After each look: the first, and those at new requests. */
  onLook: (overview: Overview) => void
  /** A look that failed, once for each reason (the next one may not); and at the end what couldn't be imported. */
  onFailure: (error: Error, of: 'look' | 'import') => void
}

/** Looks when requests have come in, one look at a time. Returns the last; what its first look throws, it throws. */
export async function watchOverview(workbook: Workbook, request: OverviewWatch): Promise<Overview> {
  const { interval_ms, signal } = request
  const beside = request.follow === null ? null : followBeside(workbook, request.follow)
  const pause = () => sleep(interval_ms, undefined, { signal }).catch(() => undefined)
  let last: Overview | null = null
  let seen: string | null = null
  let trouble: string | null = null
  let isThrowing = true

  async function look(): Promise<void> {
    const now = describeRequests(await listSources(workbook.paths.data))
    if (now === seen) return
    last = await request.look()
    seen = now
    trouble = null
    request.onLook(last)
  }

  function complain(error: Error): void {
    if (signal.aborted) return
    if (last === null) throw error
    if (error.message !== trouble) request.onFailure(error, 'look')
    trouble = error.message
  }

  try {
    // A log that is written to all the time is never read to its end: what is in by then is looked at.
    if (beside) await Promise.race([beside.ready, pause()])
    while (!signal.aborted) {
      await look().catch(complain)
      await (beside ? Promise.race([pause(), beside.failed]) : pause())
    }
    isThrowing = false
  } finally {
    const end = await beside?.end()
    ;(last as Overview | null)?.warnings.push(...(end?.warnings ?? []))
    if (end?.error && !isThrowing) request.onFailure(end.error, 'import')
  }
  if (last === null) throw signal.reason
  return last
}
