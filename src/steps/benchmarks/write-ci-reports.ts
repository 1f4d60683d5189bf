/** What `--summary`, `--junit` and `--annotations` ask for: what came out of a benchmark, for the CI system that runs it. */
import { access, appendFile, constants, mkdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import { locateGates } from '../../experiments/benchmarks/scenario-lines.js'
import { renderAnnotations } from '../../reports/benchmarks/annotations.js'
import {
  type CiReport,
  NO_LINES,
  type ReportFrame,
  reportFailure,
} from '../../reports/benchmarks/ci-report.js'
import { renderJunit } from '../../reports/benchmarks/junit.js'
import { summariseFailure } from '../../reports/benchmarks/summary.js'
import { explainWriteError, writeFileAtomic } from '../../workbook/write-file.js'
import type { ChartFiles } from '../write-charts.js'

export interface CiFlags {
  summary?: string | undefined
  junit?: string | undefined
  annotations?: 'github' | undefined
}

export interface CiSurroundings {
  cwd: string
  /** The top of the repository, from which annotations name files; where it isn't known, the folder. */
  workspace: string | undefined
  /** What was typed, for a shell. */
  command: string
  now: () => Date
  /** Writes lines to the log of the job as they are. */
  print: (lines: string) => void
  /** Of a report that can't be written, where there is no result that could say so. */
  complain: (error: Error) => void
}

/** Absolute. */
export interface CiFiles {
  summary?: string
  junit?: string
}

/** A result as data, with the files that were written beside it, and why one was not. */
export type WithReports<T> = T & { files?: ChartFiles & CiFiles; failures?: Record<string, unknown>[] }

/** What is told: by `reportComparison` and `summariseComparison`, and their like. */
export interface Told {
  report: (frame: ReportFrame) => CiReport
  summary: string
}

/** Made before anything is measured: then it is known that the files can be written. */
export interface CiPlan {
  files: CiFiles
  isAsked: boolean
  /** What was typed, but for where the reports go. */
  command: string
  /** The scenario, absolute; null until it is known. */
  scenario: string | null
  /** Runs the work; an error is told before it is thrown on, so that a service that didn't start is in the reports as well. */
  guard: <T>(work: () => Promise<T>) => Promise<T>
  /** Never rejects: the result is there without its reports. */
  write: (told: Told) => Promise<{ files: CiFiles; failures: Error[] }>
}

/** `scenario` is the file as it was named, where it was. Set `plan.scenario` once it is found. */
export async function planCiReports(
  flags: CiFlags,
  scenario: string | undefined,
  surroundings: CiSurroundings,
): Promise<CiPlan> {
  const { cwd, now } = surroundings
  const files: CiFiles = {}
  for (const kind of ['summary', 'junit'] as const) {
    const name = flags[kind]
    if (name !== undefined) files[kind] = await planReport(name, `--${kind}`, cwd)
  }
  const started = now()
  const plan: CiPlan = {
    files,
    command: surroundings.command,
    isAsked: Object.keys(flags).some(key => flags[key as keyof CiFlags] !== undefined),
    scenario: scenario === undefined ? null : path.resolve(cwd, scenario),
    guard: async work => {
      try {
        return await work()
      } catch (error) {
        if (plan.isAsked && error instanceof Error && error.name !== 'AbortError') {
          const { failures } = await plan.write(tellFailure(plan, error))
          for (const failure of failures) surroundings.complain(failure)
        }
        throw error
      }
    },
    write: async ({ report, summary }) => {
      if (!plan.isAsked) return { files: {}, failures: [] }
      const made = report(await frameOf(plan, started, surroundings))
      if (flags.annotations === 'github') {
        const lines = renderAnnotations([made])
        if (lines !== '') surroundings.print(lines)
      }
      return writeReports(files, { summary, junit: renderJunit([made]) })
    },
  }
  return plan
}

/** Absolute. The folder is made where it is missing. */
async function planReport(name: string, flag: string, cwd: string): Promise<string> {
  if (name === '')
    throw new WhyslowError(`${flag} names no file.`, {
      next: [`${flag} ${flag === '--junit' ? 'reports/bench.xml' : '"$GITHUB_STEP_SUMMARY"'}`],
    })
  const file = path.resolve(cwd, name)
  try {
    await mkdir(path.dirname(file), { recursive: true })
    const there = await stat(file).catch(() => null)
    if (there?.isDirectory())
      throw new WhyslowError(`${name} can’t be written: there is a folder of that name.`, {
        next: [`${flag} ${path.join(name, flag === '--junit' ? 'bench.xml' : 'summary.md')}`],
      })
    if (there !== null) await access(file, constants.W_OK)
    else await access(path.dirname(file), constants.W_OK | constants.X_OK)
  } catch (error) {
    throw explainWriteError(file, error)
  }
  return file
}

function tellFailure(plan: CiPlan, error: Error): Told {
  const report = (frame: Omit<ReportFrame, 'lines'>) =>
    reportFailure(error, {
      scenario: nameOf(plan),
      file: frame.file,
      at: frame.at,
      duration_ms: frame.duration_ms,
    })
  return {
    report,
    summary: summariseFailure(report({ file: '', at: '', duration_ms: 0 }), plan.command),
  }
}

function nameOf({ scenario }: CiPlan): string {
  return scenario === null ? 'bench' : path.basename(scenario).replace(/\.ya?ml$/, '')
}

async function frameOf(
  { scenario }: CiPlan,
  started: Date,
  { cwd, workspace, now }: CiSurroundings,
): Promise<ReportFrame> {
  const text = scenario === null ? '' : await readFile(scenario, 'utf8').catch(() => '')
  return {
    file: scenario === null ? 'bench' : nameFrom(workspace || cwd, scenario),
    at: started.toISOString(),
    duration_ms: now().getTime() - started.getTime(),
    lines: text === '' ? NO_LINES : locateGates(text),
  }
}

/** What lies outside is named in full. */
function nameFrom(folder: string, file: string): string {
  const relative = path.relative(folder, file)
  return relative.startsWith('..') ? file : relative.split(path.sep).join('/')
}

/** The summary is added to what is there, since each step of a job, and each scenario, adds its own. */
async function writeReports(
  { summary, junit }: CiFiles,
  texts: { summary: string; junit: string },
): Promise<{ files: CiFiles; failures: Error[] }> {
  const files: CiFiles = {}
  const failures: Error[] = []
  if (summary !== undefined) {
    try {
      await appendFile(summary, `${texts.summary}\n`)
      files.summary = summary
    } catch (error) {
      failures.push(explainWriteError(summary, error) as Error)
    }
  }
  if (junit !== undefined) {
    try {
      await writeFileAtomic(junit, texts.junit)
      files.junit = junit
    } catch (error) {
      failures.push(error as Error)
    }
  }
  return { files, failures }
}
