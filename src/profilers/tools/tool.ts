/** What a profiling tool is to whyslow: how it is found, started, and read. One declaration a tool. */
import type { FoundTool, Surroundings } from './find-tool.js'
import type { Environment } from './group.js'

export interface Tool {
  /** As it is typed: `clinic doctor`. */
  name: string
  measures: string
  /**
   * `command`: it starts the program that it profiles, and that must be Node where `nodeOnly`. `pid`: it samples a
   * process that runs already, or one that whyslow starts.
   */
  by: 'command' | 'pid'
  nodeOnly?: boolean
  /** Null when it isn't installed. */
  find: (surroundings: Surroundings) => Promise<FoundTool | null>
  /** How to get it; one entry a line. */
  missing: readonly string[]
  /** For a program that whyslow starts to be sampled by its pid: added to its environment. */
  commandEnv?: (env: Environment) => Record<string, string>
  start: (found: FoundTool, run: ToolPlan) => Promise<ToolStart>
  /** Files that it leaves in the folder in which it is started, until it moves them. */
  stray?: RegExp
  /** How long it may take, after the capture's end, to write what it has. */
  finish_ms: number
  collect: (found: FoundTool, run: FinishedRun) => Promise<Collected>
}

export interface ToolPlan {
  /** Null when a pid was named. */
  command: readonly string[] | null
  /** Of the process to be sampled, by a tool that samples by pid. */
  pid: number
  seconds: number
  /** Empty; for whatever the tool writes. */
  folder: string
  env: Environment
}

export interface ToolStart {
  argv: string[]
  /** Added to the environment of the tool. */
  env?: Record<string, string>
  /** It ends by itself when the seconds are over: a signal at that moment would cost it its file. */
  keepsTime?: boolean
}

export interface FinishedRun extends ToolPlan {
  /** The capture's, without what the tool did afterwards. */
  duration_ms: number
  /** Processes that ran in the group, the tool's own among them. */
  pids: readonly number[]
  token: string
}

export interface ProfileFile {
  /** In the run's folder. */
  file: string
  kind: 'cpu' | 'heap'
  /** With its dot. */
  extension: string
}

export interface Collected {
  profiles: ProfileFile[]
  /** The tool's own pictures and reports. */
  artefacts: { file: string; what: string; extension: string }[]
  /** What else is worth keeping if there is nothing to be seen without it. */
  raw: string[]
  verdict: Verdict | null
  /** What kept it from being whole; one sentence each. */
  problems: string[]
}

/** A tool's own diagnosis. */
export interface Verdict {
  category: string
  /** In plain words, one sentence without its stop. */
  finding: string
  /** By sign: what was found there. */
  issues: Record<string, string>
}
