/** Runs a tool as a command does, and looks for what it leaves. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { FoundTool, Surroundings } from '../../../src/profilers/tools/find-tool.js'
import { chooseTool } from '../../../src/profilers/tools/index.js'
import { runTool, type ToolRun, type ToolRunOptions } from '../../../src/profilers/tools/run-tool.js'
import type { SamplerConfig } from '../../../src/profilers/tools/sampler.js'
import type { Collected } from '../../../src/profilers/tools/tool.js'

export const APPS = fileURLToPath(new URL('../apps/', import.meta.url))
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The tests' own Node first, as npm scripts have it. */
const SURROUNDINGS: Surroundings = {
  cwd: ROOT,
  home: homedir(),
  env: { PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`, HOME: homedir() },
  node: process.execPath,
}

async function makeRunFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-tool-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(path.join(folder, 'out'))
  return folder
}

export interface TriedTool {
  run: ToolRun
  collected: Collected
  folder: string
  /** Processes that ran while it was captured. */
  seen: Process[]
}

/** Throws when the tool isn't installed: all but perf come with `npm ci`. */
export async function tryTool(
  name: string,
  options: Partial<ToolRunOptions> & { samplers?: SamplerConfig[] },
): Promise<TriedTool> {
  const tool = chooseTool(name.split(' '), { samplers: options.samplers ?? [], dir: ROOT })
  const found: FoundTool | null = await tool.find(SURROUNDINGS)
  if (!found) throw new Error(`${name} is not installed`)
  const folder = await makeRunFolder()
  let seen: Process[] = []
  const run = await runTool(tool, found, {
    command: ['node', path.join(APPS, 'stay.cjs')],
    pid: null,
    seconds: 2,
    limit_ms: Number.POSITIVE_INFINITY,
    cwd: folder,
    folder: path.join(folder, 'out'),
    signal: new AbortController().signal,
    onProgress: ({ phase }) => {
      if (phase === 'capturing') seen = [...seen, ...listProcesses(folder)]
    },
    ...options,
    // So that its processes are found whatever they are called.
    env: { ...SURROUNDINGS.env, WHYSLOW_TEST: folder, ...options.env },
  })
  return { run, collected: await tool.collect(found, run.finished), folder, seen }
}

export interface Process {
  pid: number
  group: number
  command: string
}

/** All of this machine; with a text, those whose environment or command has it. */
export function listProcesses(text = ''): Process[] {
  return readdirSync('/proc').flatMap(name => {
    try {
      const command = readFileSync(`/proc/${Number(name)}/cmdline`, 'utf8').replaceAll('\0', ' ')
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const environment = text === '' ? '' : readFileSync(`/proc/${name}/environ`, 'utf8')
      const isAlive = !'ZX'.includes(fields[0]!)
      return isAlive && Number(name) !== process.pid && (command + environment).includes(text)
        ? [{ pid: Number(name), group: Number(fields[2]), command }]
        : []
    } catch {
      return []
    }
  })
}

/** Those of the groups, and those with the pids, that were seen and are still there. */
export function listLeft(seen: readonly Process[]): Process[] {
  const groups = new Set(seen.map(({ group }) => group))
  const pids = new Set(seen.map(({ pid }) => pid))
  return listProcesses().filter(({ pid, group }) => groups.has(group) || pids.has(pid))
}
