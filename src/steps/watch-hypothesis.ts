/** Watches a hypothesis while its data comes in, until it is judged; then files the result in the story. */
import { setTimeout as sleep } from 'node:timers/promises'
import { WhyslowError } from '../errors.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { findMissingAttribute } from '../store/where.js'
import { addResult } from '../stories/hypotheses.js'
import type { StoryFrontMatter, StoryWatch } from '../stories/schema.js'
import { updateStory } from '../stories/write-story.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeRequests } from './describe-requests.js'
import { type Registered, readRegistered } from './examine-hypothesis.js'
import { type FollowingBeside, followBeside } from './follow-beside.js'
import type { FollowRequest } from './follow-files.js'
import { type Look, lookAtArms, UNWATCHED, type WatchResult } from './look-again.js'
import { asResult } from './test-hypothesis.js'

export interface WatchRequest {
  story: string
  hypothesis?: string | undefined
  cohort: Slice['cohort']
  /** Between two looks. */
  interval_ms: number
  /** After which it ends without a verdict; null for never. */
  timeout_ms: number | null
  /** Files to import from meanwhile; null where another process imports. */
  follow: Omit<FollowRequest, 'signal'> | null
  /** Ends it where it stands. */
  signal: AbortSignal
  clock: () => Date
  withStore<T>(ask: (store: Store) => Promise<T>): Promise<T>
  /** A sentence on what it waits for. */
  onNote?: (message: string) => void
  /** After each look at new data, and once at the start. */
  onLook?: (result: WatchResult) => void
}

export interface Watched {
  result: WatchResult
  ended: 'judged' | 'timeout' | 'interrupted'
}

/**
 * Looks when requests have come in, at most every `interval_ms`. What a look must hand to later ones is in the story as soon as it is
 * known, so that a watch that was stopped or killed goes on as the same sequence. Interrupted, it files no result.
 */
export async function watchHypothesis(workbook: Workbook, request: WatchRequest): Promise<Watched> {
  const first = await readRegistered(workbook, { ...request, now: request.clock() })
  const beside = request.follow === null ? null : followBeside(workbook, request.follow)
  const time = new AbortController()
  const timer =
    request.timeout_ms === null ? undefined : setTimeout(() => time.abort(), request.timeout_ms).unref()
  const watch = createWatch(workbook, request, first)
  try {
    await looksUntilEnd(watch, beside, request, AbortSignal.any([request.signal, time.signal]))
  } finally {
    clearTimeout(timer)
    const end = await beside?.end()
    watch.last()?.result.warnings.push(...(end?.warnings ?? []))
  }
  const last = watch.last()
  if (last === null) {
    request.signal.throwIfAborted()
    throw new WhyslowError('No request that the hypothesis is about came in.', { exit: 3 })
  }
  const isJudged = last.result.judged !== 'cannot tell yet'
  const ended = isJudged ? 'judged' : request.signal.aborted ? 'interrupted' : 'timeout'
  await watch.file(ended !== 'interrupted')
  return { result: last.result, ended }
}

async function looksUntilEnd(
  watch: Watch,
  beside: FollowingBeside | null,
  { interval_ms, signal }: WatchRequest,
  ends: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: ends }).catch(() => undefined)
  // A log that is written to all the time is never read to its end: what is in by then is looked at.
  if (beside) await Promise.race([beside.ready, pause(interval_ms)])
  for (;;) {
    try {
      await watch.look()
    } catch (error) {
      // Its query was interrupted: what the look before it saw counts.
      if (!signal.aborted) throw error
    }
    const judged = watch.last()?.result.judged ?? 'cannot tell yet'
    if (judged !== 'cannot tell yet' || ends.aborted) return
    await (beside ? Promise.race([pause(interval_ms), beside.failed]) : pause(interval_ms))
    if (ends.aborted) return
  }
}

interface Watch {
  /** Nothing where no requests came in since the last one. */
  look(): Promise<void>
  last(): Look | null
  file(withResult: boolean): Promise<void>
}

function createWatch(workbook: Workbook, request: WatchRequest, first: Registered): Watch {
  let last: Look | null = null
  let registered = first
  let watch: StoryWatch = first.hypothesis.watch ?? UNWATCHED
  let seen: string | null = null
  const everything = workbook.config.cohort && request.cohort === null ? ' --all-traffic' : ''
  const { id } = first.hypothesis
  const command = `whyslow hypothesis watch ${first.story.id} --hypothesis ${id}${everything}`
  const keep = (frontMatter: StoryFrontMatter): StoryFrontMatter => ({
    ...frontMatter,
    hypotheses: frontMatter.hypotheses.map(one => (one.id === id ? { ...one, watch } : one)),
  })

  let isWaiting = false

  /** Its data is still to come. */
  function waitForAttribute(error: unknown): null {
    const attribute = findMissingAttribute(error)
    if (attribute === null) throw error
    if (!isWaiting)
      request.onNote?.(`Waiting for requests with the attribute ${attribute}: there are none yet.`)
    isWaiting = true
    return null
  }

  return {
    last: () => last,
    async look() {
      const look = await request.withStore(async store => {
        const now = describeRequests(store.sources)
        if (now === seen) return null
        // The first one is registered anew at most once, and says so.
        if (last)
          registered = await readRegistered(workbook, { ...request, hypothesis: id, now: request.clock() })
        if (registered.isAnew) watch = UNWATCHED
        const made = await lookAtArms(workbook, store, registered, watch, request.cohort).catch(
          waitForAttribute,
        )
        seen = now
        return made
      })
      if (look === null) return
      const isNews = look.watch.v1 !== watch.v1 || look.watch.day !== watch.day
      last = look
      watch = look.watch
      registered = { ...registered, isAnew: false }
      if (isNews) await updateStory(registered.story, keep)
      request.onLook?.(look.result)
    },
    async file(withResult) {
      if (last === null) return
      const { result } = last
      const filed = asResult(result, request.clock(), command)
      await updateStory(registered.story, frontMatter =>
        withResult
          ? addResult(keep(frontMatter), id, {
              ...filed,
              judged: result.judged,
              exploratory: result.exploratory || null,
              looks: result.looks,
            })
          : keep(frontMatter),
      )
    },
  }
}
