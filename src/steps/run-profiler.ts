/** A program under a profiling tool, under load if asked, and what the tool wrote filed where it belongs. */
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { type LoadResult, loadGenerator, runLoad } from '../load/run-load.js'
import { type LoadSummary, summariseLoad } from '../load/summarise-load.js'
import { waitForPort } from '../load/wait-for-port.js'
import { readLocalFiles } from '../profilers/local-files.js'
import type { Environment } from '../profilers/tools/group.js'
import { chooseTool } from '../profilers/tools/index.js'
import { runTool, type ToolProgress, type ToolRun } from '../profilers/tools/run-tool.js'
import type { Collected, Tool, Verdict } from '../profilers/tools/tool.js'
import { isoSeconds, readTimeLeft } from '../stories/timeboxes.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { explainWriteError } from '../workbook/write-file.js'
import { describeRun, explainNothing } from './describe-run.js'
import { drawFlameGraphs } from './draw-flame-graphs.js'
import { chooseStory } from './file-profile.js'
import { fileToolRun } from './file-tool-run.js'
import type { PlannedLoad } from './plan-load.js'
import { type RunProfile, readRunProfiles } from './read-run-profiles.js'
import { type SummedProfile, sumUpProfile } from './sum-up-profile.js'

export interface ToolCapture extends SummedProfile {
  tool: string
  toolVersion: string | null
  /** Where it is installed. */
  from: string
  command: readonly string[] | null
  pid: number | null
  startedAt: string
  duration_ms: number
  endedBy: ToolRun['endedBy']
  profiles: RunProfile[]
  artefacts: { file: string; what: string }[]
  verdict: Verdict | null
  load: LoadSummary | null
  story: string | null
  /** Files with the flame graph, of a run that is filed. */
  flameGraphs: string[]
  warnings: Warning[]
}

export interface RunRequest {
  /** The tool's name in words. */
  tool: readonly string[]
  command: readonly string[] | null
  pid: number | null
  seconds: number
  /** Its seconds are those of the capture. */
  load: PlannedLoad | null
  /** Null: the story whose timebox is running, if there is just one. */
  story: string | null
  cwd: string
  home: string
  env: Environment
  node: string
  now: () => Date
  limit: number
  signal: AbortSignal
  onProgress?: ((progress: ToolProgress) => void) | undefined
}

/** For a service to listen, once it was started. */
const PORT_LIMIT_MS = 60_000

export async function runProfiler(workbook: Workbook | null, request: RunRequest): Promise<ToolCapture> {
  const { cwd, home, env, node, now } = request
  const tool = chooseTool(request.tool, {
    samplers: workbook?.config.samplers ?? [],
    dir: workbook?.dir ?? cwd,
  })
  const { story, warnings } = workbook
    ? await chooseStory(workbook, request.story)
    : { story: null, warnings: [] }
  const limit_ms = story ? readTimeLeft(story.frontMatter, now()) : Infinity
  const found = await tool.find({ cwd, home, env, node })
  if (!found) throw explainMissing(tool)

  const base = await makeRunFolder(story ? path.dirname(story.file) : cwd, tool, now())
  try {
    let loaded: LoadResult | null = null
    const run = await runTool(tool, found, {
      ...request,
      limit_ms,
      folder: base,
      prepare: request.load ? stopped => waitForService(request.load!.url, stopped) : undefined,
      during: request.load
        ? async (seconds, signal) => {
            loaded = await runLoad({ ...request.load!, seconds, signal })
          }
        : undefined,
    })
    const collected = await tool.collect(found, run.finished)
    if (collected.profiles.length + collected.artefacts.length + collected.raw.length === 0) {
      throw explainNothing(tool, run, collected.problems)
    }
    const files = await placeFiles(base, collected)
    const read = await readRunProfiles(files.profiles, tool, run, readLocalFiles(home))
    const drawing = { home, html: false, warn: (warning: Warning): unknown => read.warnings.push(warning) }
    const flameGraphs = story && read.merged ? await drawFlameGraphs(read.merged, base, drawing) : []
    const capture: ToolCapture = {
      tool: tool.name,
      toolVersion: found.version,
      from: found.from,
      command: request.command,
      pid: request.pid,
      startedAt: run.startedAt,
      duration_ms: run.duration_ms,
      endedBy: run.endedBy,
      profiles: read.profiles,
      ...sumUpProfile(read.merged, request.limit),
      artefacts: files.artefacts,
      verdict: collected.verdict,
      load: loaded && summariseLoad(loaded),
      story: story?.id ?? null,
      flameGraphs,
      warnings: [
        ...warnings,
        ...read.warnings,
        ...describeRun(tool, run, { collected, asked_s: request.seconds, limit_ms, loaded }),
      ],
    }
    if (story) await fileToolRun(story, capture, { home, now: now() })
    return capture
  } catch (error) {
    // Without a result nobody would know what it is.
    await rm(base, { recursive: true, force: true })
    throw error
  }
}

/** Rejects where nothing ever listens: the tool and its program are then ended. */
async function waitForService(url: string, stopped: AbortSignal): Promise<void> {
  await loadGenerator()
  if (await waitForPort(url, { limit_ms: PORT_LIMIT_MS, signal: stopped })) return
  // Its program is gone, or Ctrl-C: the run says so itself.
  if (stopped.aborted) return
  throw new WhyslowError(`Nothing listened at ${new URL(url).host} within ${PORT_LIMIT_MS / 1000} s.`, {
    exit: 4,
    next: ['--load needs the address that the program listens on, with its port.'],
  })
}

function explainMissing(tool: Tool): WhyslowError {
  return new WhyslowError(`${tool.name} is not installed.`, { exit: 4, next: [...tool.missing] })
}

/** Named for its time and tool; made before anything is started, so that an hour isn't lost to a forbidden disk. */
async function makeRunFolder(parent: string, tool: Tool, now: Date): Promise<string> {
  const stamp = isoSeconds(now).replaceAll(/[:-]/g, '')
  for (let number = 1; ; number += 1) {
    const name = `${stamp}-${tool.name.replaceAll(' ', '-')}${number === 1 ? '' : `-${number}`}`
    try {
      await mkdir(path.join(parent, name))
      return path.join(parent, name)
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw explainWriteError(parent, error)
    }
  }
}

/**
 * What can be looked at goes beside the run's folder, under its name. The tool's raw data, often large, stay in the folder only
 * where there is nothing to be looked at; else the folder goes.
 */
async function placeFiles(
  base: string,
  { profiles, artefacts, raw }: Collected,
): Promise<{ profiles: Collected['profiles']; artefacts: { file: string; what: string }[] }> {
  const taken = new Set<string>()
  const place = async (file: string, extension: string): Promise<string> => {
    let target = base + extension
    for (let number = 2; taken.has(target); number += 1) target = `${base}-${number}${extension}`
    taken.add(target)
    await rename(file, target)
    return target
  }
  const placed = {
    profiles: [] as Collected['profiles'],
    artefacts: [] as { file: string; what: string }[],
  }
  for (const one of profiles) placed.profiles.push({ ...one, file: await place(one.file, one.extension) })
  for (const { file, what, extension } of artefacts)
    placed.artefacts.push({ file: await place(file, extension), what })
  if (taken.size > 0) await rm(base, { recursive: true })
  else if (raw.length > 0) placed.artefacts.push({ file: base, what: 'raw data' })
  return placed
}
