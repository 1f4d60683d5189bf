/**
 * Clinic.js 13 (https://clinicjs.org): doctor, flame, bubbleprof, heapprofiler. Run with its reports of usage and its
 * looks for updates off: both go to the network, and without a terminal it waits for an answer and exits silently.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { readDoctor } from './doctor.js'
import { type FoundTool, findPackage } from './find-tool.js'
import { addNodeOptions, PRELOADS, writePreload } from './node-options.js'
import { ticksToCpuProfile } from './ticks.js'
import type { Collected, FinishedRun, Tool, ToolPlan, ToolStart } from './tool.js'
import { exists, findFiles, nothing, profileFromText } from './written.js'

const QUIET = { NO_INSIGHT: '1', NO_UPDATE_NOTIFIER: '1' }

interface ClinicKind {
  measures: string
  what: string
  env?: (plan: ToolPlan) => Promise<Record<string, string>>
  /** From its own data; null where there are none. */
  read?: (found: Collected, data: string, tool: FoundTool, run: FinishedRun) => Promise<void>
}

const KINDS: Record<string, ClinicKind> = {
  doctor: {
    measures: 'event-loop delay, CPU, memory and handles of a Node program, with a diagnosis',
    what: 'graphs and recommendations',
    read: async (found, data, tool, run) => {
      const { verdict, problem } = await readDoctor(tool.file, data, run)
      found.verdict = verdict
      if (problem) found.problems.push(problem)
    },
  },
  flame: {
    measures: 'CPU of a Node program as a flame graph',
    what: 'flame graph',
    read: async (found, data, _tool, run) => {
      const [samples] = await findFiles(data, /-samples$/)
      if (!samples) return
      await profileFromText(found, path.join(run.folder, 'flame.cpuprofile'), async () =>
        ticksToCpuProfile(await readFile(samples, 'utf8'), { duration_ms: run.duration_ms }),
      )
    },
  },
  bubbleprof: {
    measures: 'what a Node program waits for, as bubbles of asynchronous work',
    what: 'bubbles of asynchronous work',
    env: async ({ folder, env }) =>
      addNodeOptions(env, ['--require', await writePreload(folder, PRELOADS.exitAfterEnd)]),
  },
  heapprofiler: {
    measures: 'which functions of a Node program allocate memory, as a flame graph',
    what: 'flame graph of allocations',
    read: async (found, data) => {
      found.profiles.push({ file: data, kind: 'heap', extension: '.heapprofile' })
    },
  },
}

export const CLINIC: readonly Tool[] = Object.entries(KINDS).map(([kind, declared]) => ({
  name: `clinic ${kind}`,
  measures: declared.measures,
  by: 'command',
  nodeOnly: true,
  find: surroundings => findPackage('clinic', surroundings),
  missing: ['whyslow tools install clinic', 'or in the project: npm install --save-dev clinic'],
  start: ({ file }, plan) => startClinic(file, kind, declared, plan),
  stray: /^node_trace\.\d+\.log$|^isolate-.*-v8\.log(?:\..*)?$/,
  finish_ms: 120_000,
  collect: (tool, run) => collectClinic(kind, declared, tool, run),
}))

async function startClinic(
  file: string,
  kind: string,
  { env }: ClinicKind,
  plan: ToolPlan,
): Promise<ToolStart> {
  const clinic = [process.execPath, path.join(file, 'bin.js'), kind]
  return {
    argv: [...clinic, '--open=false', '--dest', plan.folder, '--', ...(plan.command ?? [])],
    env: { ...QUIET, ...(await env?.(plan)) },
  }
}

/** Its data are `PID.clinic-KIND`, a folder or a file, and the picture drawn from them `PID.clinic-KIND.html`. */
async function collectClinic(
  kind: string,
  { what, read }: ClinicKind,
  tool: FoundTool,
  run: FinishedRun,
): Promise<Collected> {
  const found = nothing()
  const [data] = await findFiles(run.folder, new RegExp(`\\.clinic-${kind}$`))
  const [html] = await findFiles(run.folder, new RegExp(`\\.clinic-${kind}\\.html$`))
  if (data && (await exists(data))) {
    await read?.(found, data, tool, run)
    found.raw.push(data)
  }
  found.raw.push(...(await findFiles(run.folder, /^node_trace\.|^isolate-/)))
  if (html && (await exists(html))) found.artefacts.push({ file: html, what, extension: '.html' })
  else if (data) {
    found.problems.push(
      `clinic ${kind} was ended before it had drawn; its data are kept, and clinic ${kind} --visualize-only FOLDER draws from them.`,
    )
  }
  return found
}
