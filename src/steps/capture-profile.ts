/** A look under the hood of running processes, filed where it belongs: in the story whose timebox is running. */
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import type { PackageVersions } from '../profilers/find-versions.js'
import { readLocalFiles } from '../profilers/local-files.js'
import {
  type Attachable,
  type AttachFailure,
  attachToProcesses,
  type Capture,
  type CaptureCost,
  type CaptureProgress,
  type Left,
  type Sampling,
} from '../profilers/node/attach.js'
import { findProcesses, MAX_PROCESSES } from '../profilers/node/find-processes.js'
import type { Profile } from '../profilers/profile.js'
import type { Story } from '../stories/read-story.js'
import { isoSeconds, readTimeLeft } from '../stories/timeboxes.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { type CapturedProcess, describeFinding, describeLeft, readCapture, worstCost } from './captured.js'
import { drawFlameGraphs } from './draw-flame-graphs.js'
import { chooseStory, fileProfiles } from './file-profile.js'
import { type SummedProfile, sumUpProfile } from './sum-up-profile.js'
import { describeTimeboxOver } from './timebox-over.js'

/** One thread: a file. */
export interface CapturedProfile {
  file: string
  tool: string
  kind: 'cpu' | 'heap'
  pid: number
  /** `main`, or `worker 3: name`. */
  thread: string
  startedAt: string
  duration_ms: number
  samples: number
  /** Samples that the time and the interval promise, less those taken. */
  dropped: number
  /** Null for heap profiles. */
  interval_us: number | null
}

export interface CapturedProfiles extends SummedProfile {
  profiles: CapturedProfile[]
  /** Of several processes the dearest, figure by figure. */
  cost: CaptureCost
  processes: CapturedProcess[]
  left: Left
  story: string | null
  /** Files with the flame graph: a picture for a capture that is filed, a page where it was asked for. */
  flameGraphs: string[]
  warnings: Warning[]
}

export interface CaptureRequest {
  /** `match`: the Node processes whose command line contains it. */
  at: readonly Attachable[] | { match: string }
  seconds: number
  sampling: Sampling
  /** Null: the story whose timebox is running, if there is just one. */
  story: string | null
  /** Where a capture without a story goes. */
  cwd: string
  home: string
  now: () => Date
  limit: number
  /** Also a page to search and zoom into. */
  html: boolean
  signal: AbortSignal
  onProgress?: ((progress: CaptureProgress) => void) | undefined
}

/** `workbook` may be null: a profile can be taken before there is one. */
export async function captureProfile(
  workbook: Workbook | null,
  request: CaptureRequest,
): Promise<CapturedProfiles> {
  const { story, warnings: unreadable } = workbook
    ? await chooseStory(workbook, request.story)
    : { story: null, warnings: [] }
  const left_ms = story ? readTimeLeft(story.frontMatter, request.now()) : Infinity
  const { sampling } = request
  const stamp = isoSeconds(request.now()).replaceAll(/[:-]/g, '')
  const folder = story ? path.dirname(story.file) : request.cwd
  const { captures, failures } = await attachToProcesses(chooseTargets(request.at), {
    seconds: Math.min(request.seconds, left_ms / 1000),
    sampling,
    nameFile: (pid, extension) => path.join(folder, `${stamp}-${pid}${extension}`),
    signal: left_ms === Infinity ? request.signal : endWithTimebox(request.signal, left_ms),
    onProgress: request.onProgress,
  })
  if (captures.length === 0) throw joinFailures(failures)
  const profiles = captures.flatMap(capture => listFiles(capture, sampling.kind))
  const read = await readCapture(
    profiles.map(({ file }) => file),
    readLocalFiles(request.home),
  )
  const summary = sumUpProfile(read.profile, request.limit)
  if (story) await fileCaptures(story, profiles, captures, { ...read, summary }, request)
  const drawn = { ...read.profile, ...originOf(captures) }
  const base = path.join(folder, `${stamp}-${captures[0]!.pid}`)
  const drawing = { ...request, warn: (warning: Warning): unknown => read.warnings.push(warning) }
  const flameGraphs = story || request.html ? await drawFlameGraphs(drawn, base, drawing) : []
  const longest_ms = Math.max(...profiles.map(({ duration_ms }) => duration_ms))
  return {
    profiles,
    cost: worstCost(captures.map(({ cost }) => cost)),
    processes: captures.map(({ pid, toolVersion, cost, left }) => ({ pid, toolVersion, cost, left })),
    ...summary,
    left: describeLeft(captures),
    story: story?.id ?? null,
    flameGraphs,
    warnings: [
      ...unreadable,
      ...describeShortened(left_ms, longest_ms, request),
      ...failures.map(describeFailure),
      ...captures.flatMap(({ warnings }) => warnings),
      ...read.warnings,
    ],
  }
}

/** What the files don't hold. */
function originOf(captures: readonly Capture[]): Pick<Profile, 'pid' | 'startedAt' | 'toolVersion'> {
  const [{ pid, toolVersion, threads }] = captures as [Capture]
  return { pid: captures.length === 1 ? pid : null, toolVersion, startedAt: threads[0]?.startedAt ?? null }
}

function chooseTargets(at: CaptureRequest['at']): readonly Attachable[] {
  if ('match' in at) return findProcesses(at.match).map(pid => ({ pid }))
  if (at.length <= MAX_PROCESSES) return at
  throw new WhyslowError(`At most ${MAX_PROCESSES} processes are profiled at once; these are ${at.length}.`)
}

function listFiles({ pid, threads }: Capture, kind: 'cpu' | 'heap'): CapturedProfile[] {
  return threads.map(({ file, thread, startedAt, duration_ms, samples, dropped, interval_us }) => ({
    file: file!,
    tool: 'node',
    kind,
    pid,
    thread,
    startedAt,
    duration_ms,
    samples,
    dropped,
    interval_us,
  }))
}

/** One that fails alone says why by itself. Wrong use only if all were: an exit code of 4 is worth another try. */
function joinFailures(failures: readonly AttachFailure[]): unknown {
  if (failures.length === 1) return failures[0]!.error
  const bug = failures.find(({ error }) => !(error instanceof WhyslowError))
  if (bug) return bug.error
  return new WhyslowError(`None of the ${failures.length} processes could be profiled.`, {
    exit: 4,
    next: failures.map(({ error }) => (error as WhyslowError).message),
  })
}

function describeFailure({ at, error }: AttachFailure): Warning {
  if (!(error instanceof WhyslowError)) throw error
  const where = 'pid' in at ? `process ${at.pid}` : at.url
  const [next] = error.next
  return {
    code: 'process-missing',
    message: `Nothing of ${where}: ${error.message}`,
    ...(next === undefined ? {} : { next }),
  }
}

async function fileCaptures(
  story: Story,
  profiles: readonly CapturedProfile[],
  captures: readonly Capture[],
  { summary, versions }: { summary: SummedProfile; versions: PackageVersions[] },
  { sampling, at, home, now }: CaptureRequest,
): Promise<void> {
  const live = sampling.kind === 'heap' && sampling.live
  const url = 'match' in at ? undefined : at.flatMap(one => ('url' in one ? one.url : []))[0]
  const seconds = Math.max(1, Math.round(Math.max(...profiles.map(one => one.duration_ms)) / 1000))
  const command = [
    'whyslow profile attach',
    url ?? captures.map(({ pid }) => pid).join(' '),
    ...(sampling.kind === 'heap' ? ['--heap'] : []),
    ...(live ? ['--live'] : []),
    `--story ${story.id} --seconds ${seconds}`,
  ].join(' ')
  const entries = profiles.map((one, i) => ({ ...one, at: one.startedAt, versions: versions[i]! }))
  await fileProfiles(
    story,
    entries,
    { ...describeFinding(summary, captures, live), command },
    { home, now: now() },
  )
}

/** The time that it takes to get into the process counts, too. */
function endWithTimebox(signal: AbortSignal, left_ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(left_ms)])
}

function describeShortened(left_ms: number, duration_ms: number, request: CaptureRequest): Warning[] {
  if (left_ms >= request.seconds * 1000 || request.signal.aborted) return []
  return [describeTimeboxOver(duration_ms, request.seconds)]
}
