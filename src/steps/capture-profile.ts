/** A look under the hood of a running process, filed where it belongs: in the story whose timebox is running. */
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import { readCpuProfile } from '../profilers/formats/cpuprofile.js'
import { type HotFunction, hottestFunctions } from '../profilers/hottest.js'
import { readLocalFiles } from '../profilers/local-files.js'
import { attachToProcess, type CaptureCost, type CaptureProgress } from '../profilers/node/attach.js'
import { locateProfile } from '../profilers/read-profiles.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import { findRunning, isoSeconds, readTimebox } from '../stories/timeboxes.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { drawFlameGraphs } from './draw-flame-graphs.js'
import { chooseStory, describeHottest, fileProfiles } from './file-profile.js'

export interface CapturedProfiles {
  profiles: {
    file: string
    tool: string
    pid: number
    startedAt: string
    duration_ms: number
    samples: number
    /** Samples that the time and the interval promise, less those taken. */
    dropped: number
    interval_us: number
  }[]
  cost: CaptureCost
  hottest: HotFunction[]
  /** Of the capture: in which nothing was to be done, and in which something was. */
  idle_ms: number
  active_ms: number
  left: string
  story: string | null
  /** Files with the flame graph: a picture for a capture that is filed, a page where it was asked for. */
  flameGraphs: string[]
  warnings: Warning[]
}

export interface CaptureRequest {
  pid: number
  seconds: number
  interval_us?: number | undefined
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
  const name = `${isoSeconds(request.now()).replaceAll(/[:-]/g, '')}-${request.pid}.cpuprofile`
  const file = path.join(story ? path.dirname(story.file) : request.cwd, name)
  const capture = await attachToProcess({
    pid: request.pid,
    seconds: Math.min(request.seconds, left_ms / 1000),
    interval_us: request.interval_us,
    outFile: file,
    signal: left_ms === Infinity ? request.signal : endWithTimebox(request.signal, left_ms),
    onProgress: request.onProgress,
  })
  const { toolVersion } = capture
  const { profile, versions, ...located } = await locateProfile(
    readCpuProfile(capture.profile, { file, pid: request.pid, startedAt: capture.startedAt, toolVersion }),
    readLocalFiles(request.home),
  )
  const { hottest, idle_ms, active_ms } = hottestFunctions(profile, { limit: request.limit })
  if (story) {
    const entry = { ...capture, file, tool: 'node', kind: 'cpu', at: capture.startedAt, versions } as const
    const command = `whyslow profile attach ${capture.pid} --story ${story.id} --seconds ${Math.round(capture.duration_ms / 1000)}`
    const finding = { ...describeHottest(hottest, active_ms, capture.duration_ms), command }
    await fileProfiles(story, [entry], finding, { home: request.home, now: request.now() })
  }
  const base = file.slice(0, -path.extname(file).length)
  const drawing = { ...request, warn: (warning: Warning): unknown => capture.warnings.push(warning) }
  const flameGraphs = story || request.html ? await drawFlameGraphs(profile, base, drawing) : []
  const { pid, startedAt, duration_ms, samples, interval_us, cost, left } = capture
  return {
    profiles: [
      {
        file,
        tool: 'node',
        pid,
        startedAt,
        duration_ms,
        samples,
        dropped: cost.droppedSamples,
        interval_us,
      },
    ],
    cost,
    hottest,
    idle_ms,
    active_ms,
    left,
    story: story?.id ?? null,
    flameGraphs,
    warnings: [
      ...unreadable,
      ...describeShortened(left_ms, duration_ms, request),
      ...capture.warnings,
      ...located.warnings,
    ],
  }
}

/** Milliseconds; a capture never goes on when its timebox is over. Without a running one there is no end. */
function readTimeLeft(story: StoryFrontMatter, now: Date): number {
  const running = findRunning(story)
  if (!running) return Infinity
  const { left_ms } = readTimebox(story, running, now)
  if (left_ms < 1000) {
    throw new WhyslowError(`The timebox of ${story.id} is over (budget ${running.budget}).`, {
      next: [
        `whyslow timebox stop ${story.id} --learned "…"`,
        `then, if more time is worth it: whyslow timebox start ${story.id}`,
      ],
    })
  }
  return left_ms
}

/** The time that it takes to get into the process counts, too. */
function endWithTimebox(signal: AbortSignal, left_ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(left_ms)])
}

function describeShortened(left_ms: number, duration_ms: number, request: CaptureRequest): Warning[] {
  if (left_ms >= request.seconds * 1000 || request.signal.aborted) return []
  return [
    {
      code: 'timebox-over',
      message: `The capture took ${(duration_ms / 1000).toFixed(1)} s instead of ${request.seconds} s: its timebox ended then.`,
    },
  ]
}
