/**
 * Node's own profilers: `--cpu-prof` and `--heap-prof` (https://nodejs.org/api/cli.html). One file for each thread and
 * process that exits properly; a program that never returns to its event loop doesn't, and leaves none.
 */
import { findProgram } from './find-tool.js'
import { addNodeOptions, isNodeCommand, PRELOADS, writePreload } from './node-options.js'
import type { Collected, FinishedRun, ProfileFile, Tool, ToolPlan, ToolStart } from './tool.js'
import { exists, findFiles, nothing } from './written.js'

const KINDS = {
  node: {
    measures: 'CPU of a Node program, each thread and child process, as Node measures it (--cpu-prof)',
    flag: 'cpu-prof',
    kind: 'cpu',
    extension: '.cpuprofile',
  },
  'node heap': {
    measures: 'which functions of a Node program allocate memory that stays (--heap-prof)',
    flag: 'heap-prof',
    kind: 'heap',
    extension: '.heapprofile',
  },
} as const

export const NODE_FLAGS: readonly Tool[] = Object.entries(KINDS).map(
  ([name, { measures, flag, kind, extension }]) => ({
    name,
    measures,
    by: 'command',
    find: ({ env }) => findProgram('node', env),
    missing: ['Install Node, https://nodejs.org, so that node is on PATH.'],
    start: (_found, plan) => startWithFlags(flag, plan),
    finish_ms: 15_000,
    collect: (_found, run) => collectWritten(kind, extension, run),
  }),
)

/** Behind `node`, as flags; before anything else (`npm start`), through NODE_OPTIONS, so that each Node process writes one. */
async function startWithFlags(flag: string, { command, folder, env }: ToolPlan): Promise<ToolStart> {
  const [program = '', ...args] = command ?? []
  const preload = await writePreload(folder, PRELOADS.exitOnSignals)
  const flags = ['--require', preload, `--${flag}`, `--${flag}-dir=${folder}`]
  if (isNodeCommand([program])) return { argv: [program, ...flags, ...args] }
  return { argv: [program, ...args], env: addNodeOptions(env, flags) }
}

async function collectWritten(
  kind: ProfileFile['kind'],
  extension: string,
  { folder }: FinishedRun,
): Promise<Collected> {
  const found = nothing()
  for (const file of await findFiles(folder, new RegExp(`${extension.replace('.', '\\.')}$`))) {
    if (await exists(file)) found.profiles.push({ file, kind, extension })
  }
  return found
}
