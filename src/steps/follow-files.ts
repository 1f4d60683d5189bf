/**
 * Follows logs that are written to: their new lines come in every few seconds, as small sources that are merged when there are many.
 * What was committed is known by its content, so that a follow that was killed goes on where it was.
 */
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { type FollowedFile, findPlace, openFollowed, startOver, wasCut } from '../sources/followed-file.js'
import { explainUnreadable, isCompressed } from '../sources/open-input.js'
import { ReadOtherwise } from '../sources/refuse-other-reading.js'
import { STATES } from '../store/overlaps.js'
import type { Workbook } from '../workbook/workbook.js'
import { createIntake, type Intake } from './follow-intake.js'
import type { ImportRequest, ImportResult } from './import-files.js'

export interface FollowRequest extends ImportRequest {
  /** Between two looks at the files. */
  interval_ms: number
  /** Following ends when it is aborted. */
  signal: AbortSignal
  clock: () => Date
  /** Rows that came in so far, and when the last ones did; after every look. */
  onRows?: (rows: number, last: Date | null) => void
  /** A sentence on what is going on with a file. */
  onNote?: (message: string, next?: string) => void
}

interface Following {
  name: string
  /** What the name stands for; null while there is no such file. */
  current: FollowedFile | null
  /** What it stood for before, and when a line last came. */
  former: { file: FollowedFile; last_ms: number }[]
  /** Whether lines may be in siblings that the name was rotated to, unseen: before the first look, and when it stands for a new file. */
  mayHaveMissed: boolean
  isWaitedFor: boolean
  /** Why its lines can't come in; said once. */
  trouble: string | null
}

/** A log that was renamed is written to until its program is told. */
const QUIET_MS = 60_000

/** Reads until the signal is aborted; returns what came in, one source a file. Compressed files and tables of accounts or tickets come in once. */
export async function followFiles(workbook: Workbook, request: FollowRequest): Promise<ImportResult> {
  if (request.files.includes('-')) {
    throw new WhyslowError('Standard input is read to its end; there is nothing to follow.', {
      next: ['Name the file: whyslow import --follow access.log'],
    })
  }
  const intake = createIntake(workbook, request)
  const followings = await importFirst(request, intake)
  try {
    while (!request.signal.aborted && followings.length > 0) {
      for (const following of followings) if (!request.signal.aborted) await look(following, intake, request)
      request.onRows?.(intake.rows(), intake.last())
      await sleep(request.interval_ms, undefined, { signal: request.signal }).catch(() => undefined)
    }
    for (const { current } of followings) if (current) await intake.tidy(current)
  } finally {
    for (const { current, former } of followings)
      for (const file of [current, ...former.map(one => one.file)]) await file?.handle.close()
  }
  return intake.result()
}

/** What is there at the start comes in as by any import. Returns the files to follow. */
async function importFirst(request: FollowRequest, intake: Intake): Promise<Following[]> {
  const followings: Following[] = []
  for (const name of request.files) {
    const size = await sizeOf(name)
    const isPacked = size !== null && (await isCompressed(name))
    // Opened before it is imported: it may be renamed meanwhile, and written to under its old name.
    const file = size ? await openFollowed(name, []).catch(() => null) : null
    const result = size ? await intake.importWhole([name], !isPacked) : null
    const isOnce =
      isPacked ||
      result?.sources.some(source => STATES.has(source.kind)) ||
      // Else its new lines would come in beside old ones that were read in another way.
      result?.failures.some(({ error }) => error instanceof ReadOtherwise)
    if (result) intake.add(result, isOnce === true)
    const isOver = request.signal.aborted && !result
    if (isOver || isOnce) await file?.handle.close()
    if (isOver) break
    if (isOnce) continue
    if (file) {
      await findPlace(file, await intake.known())
      await intake.takeRotated(name, { current: file })
    }
    const following = {
      name,
      current: file,
      former: [],
      mayHaveMissed: file === null,
      isWaitedFor: false,
      trouble: null,
    }
    followings.push(following)
  }
  return followings
}

async function sizeOf(name: string): Promise<number | null> {
  const info = await stat(name).catch(error => {
    if (systemErrorCode(error) === 'ENOENT') return null
    throw error
  })
  return info?.size ?? null
}

async function look(following: Following, intake: Intake, request: FollowRequest): Promise<void> {
  const { name } = following
  const info = await stat(name).catch(() => null)
  const { current } = following
  if (current && (info?.ino !== current.inode || info.dev !== current.device)) {
    following.former.push({ file: current, last_ms: request.clock().getTime() })
    following.current = null
  }
  if (info?.isFile() && !following.current) {
    following.current = await openFollowed(name, await intake.known()).catch((error: unknown) => {
      complain(following, explainUnreadable(name, error), request)
      return null
    })
    following.mayHaveMissed = true
  }
  if (!following.current && !following.isWaitedFor) {
    following.isWaitedFor = true
    request.onNote?.(
      `Waiting for ${name}: there is no such file${following.former.length > 0 ? ' now' : ' yet'}.`,
    )
  }
  if (following.current) following.isWaitedFor = false
  for (const one of following.former) await drain(following, one, intake, request)
  if (following.current && (await wasCut(following.current))) {
    // Lines that came between the last look and the cut are in its copy.
    following.mayHaveMissed = true
    startOver(following.current)
  }
  if (following.mayHaveMissed)
    await intake.takeRotated(name, { current: following.current, former: following.former.at(-1)?.file })
  following.mayHaveMissed = false
  if (!following.current) return
  await read(following, following.current, intake, request)
}

/** A renamed file: until a minute after its last line, which then counts as it is. */
async function drain(
  following: Following,
  one: Following['former'][number],
  intake: Intake,
  request: FollowRequest,
): Promise<void> {
  const now_ms = request.clock().getTime()
  if (await read(following, one.file, intake, request)) one.last_ms = now_ms
  if (now_ms - one.last_ms < QUIET_MS) return
  await read(following, one.file, intake, request, true)
  await intake.tidy(one.file)
  await one.file.handle.close()
  following.former = following.former.filter(other => other !== one)
}

/** Whether lines came in. */
async function read(
  following: Following,
  file: FollowedFile,
  intake: Intake,
  request: FollowRequest,
  isOver = false,
): Promise<boolean> {
  let hasLines = false
  try {
    while (!request.signal.aborted && (await intake.take(file, isOver))) hasLines = true
    following.trouble = null
  } catch (error) {
    // A line or two may not tell the format; the next ones may.
    complain(following, error, request)
  }
  return hasLines
}

/** Said once; following goes on. What is no fault of the file ends it. */
function complain(following: Following, error: unknown, { onNote }: FollowRequest): void {
  if (!(error instanceof WhyslowError) || error.exit !== 2) throw error
  if (following.trouble !== error.message) onNote?.(`${following.name}: ${error.message}`, error.next[0])
  following.trouble = error.message
}
