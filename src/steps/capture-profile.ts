/** A look under the hood of a running process, filed where it belongs: in the story whose timebox is running. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import { readCpuProfile } from '../profilers/formats/cpuprofile.js'
import { type HotFunction, hottestFunctions } from '../profilers/hottest.js'
import { attachToProcess, type CaptureCost, type CaptureProgress } from '../profilers/node/attach.js'
import { listStories, readStory, type Story } from '../stories/read-story.js'
import type { StoryEvidence, StoryFrontMatter } from '../stories/schema.js'
import { findRunning, isoSeconds, nextId, readTimebox } from '../stories/timeboxes.js'
import { updateStory } from '../stories/write-story.js'
import { formatDuration, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import { readTextFile } from '../workbook/read-text.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeUnreadable } from './unreadable-stories.js'

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
  const profile = readCpuProfile(capture.profile, { file })
  const { hottest, idle_ms, active_ms } = hottestFunctions(profile, { limit: request.limit })
  if (story) {
    await hideHome(file, request.home)
    await fileProfile(story, path.basename(file), capture, hottest, active_ms, request)
  }
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
    warnings: [...unreadable, ...describeShortened(left_ms, duration_ms, request), ...capture.warnings],
  }
}

async function chooseStory(
  workbook: Workbook,
  id: string | null,
): Promise<{ story: Story | null; warnings: Warning[] }> {
  if (id !== null) return { story: await readStory(workbook, id), warnings: [] }
  const { stories, problems } = await listStories(workbook)
  const running = stories.filter(story => findRunning(story.frontMatter))
  if (running.length > 1) {
    throw new WhyslowError(`Timeboxes of ${running.length} stories are running.`, {
      next: [`Say which: ${running.map(story => `--story ${story.id}`).join(' or ')}`],
    })
  }
  return { story: running[0] ?? null, warnings: describeUnreadable(problems) }
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

/** What lies beside a story is committed, so the home folder's name in file paths goes. */
async function hideHome(file: string, home: string): Promise<void> {
  if (home === '' || home === '/') return
  const text = await readTextFile(file)
  const hidden = text.replaceAll(JSON.stringify(home).slice(1, -1), '~')
  if (hidden !== text) await writeFile(file, hidden)
}

async function fileProfile(
  story: Story,
  file: string,
  capture: { pid: number; duration_ms: number; samples: number; startedAt: string },
  hottest: HotFunction[],
  active_ms: number,
  request: CaptureRequest,
): Promise<void> {
  await updateStory(story, frontMatter => {
    const timebox = findRunning(frontMatter)
    const evidence: StoryEvidence = {
      id: nextId(
        'profile',
        frontMatter.evidence.filter(entry => entry.kind === 'profile'),
      ),
      kind: 'profile',
      finding: describeHottest(hottest, active_ms, capture.duration_ms),
      value: hottest[0] ? Math.round(hottest[0].self_ms) : null,
      unit: hottest[0] ? 'ms in the hottest function' : null,
      interval: null,
      where: null,
      window: null,
      sources: [],
      command: `whyslow profile attach ${capture.pid} --story ${story.id} --seconds ${Math.round(capture.duration_ms / 1000)}`,
      at: isoSeconds(request.now()),
    }
    return {
      ...frontMatter,
      evidence: [...frontMatter.evidence, evidence],
      profiles: [
        ...frontMatter.profiles,
        {
          file,
          tool: 'node',
          kind: 'cpu',
          pid: capture.pid,
          durationMs: Math.round(capture.duration_ms),
          samples: capture.samples,
          at: capture.startedAt.replace(/\.\d+Z$/, 'Z'),
          timebox: timebox?.id ?? null,
        },
      ],
      timeboxes: frontMatter.timeboxes.map(entry =>
        entry.id === timebox?.id ? { ...entry, profiles: [...entry.profiles, file] } : entry,
      ),
    }
  })
}

function describeHottest(hottest: HotFunction[], active_ms: number, duration_ms: number): string {
  const busy = `${formatShare(active_ms / duration_ms)} of ${formatDuration(duration_ms)} on the CPU`
  if (hottest.length === 0 || active_ms === 0) return `${busy}: it waits, it doesn't compute`
  const top = hottest.slice(0, 3).map(one => {
    const place = one.file ? ` (${path.basename(one.file)}${one.line ? `:${one.line}` : ''})` : ''
    return `${one.function || '(anonymous)'}${place} ${formatShare(one.self_ms / active_ms)}`
  })
  return `${busy}; of that: ${top.join(', ')}`
}
