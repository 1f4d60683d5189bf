/** Runs the built command line as a user does. */
import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { copyOf } from '../workbook/made-once.js'
import { commandOf, runHere } from './run-here.js'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = path.join(ROOT, 'bin', 'run.js')

export interface CliRun {
  code: number | null
  stdout: string
  stderr: string
}

export interface CliOptions {
  cwd: string
  /** Columns of the terminal that the output is laid out for. */
  columns?: number
  input?: string | Buffer
  env?: Record<string, string>
  /** Called with the running process: to send it a signal. */
  onStart?: (child: ReturnType<typeof spawn>) => void
  /**
   * A process of its own whatever ran before it: for the exit codes 1 and 3, once a command. False: none although it is the first, where
   * another one has it.
   */
  alone?: boolean
}

/** They start processes, watch signals, or have a terminal: what they do is not what they print alone. */
const OWN_PROCESS =
  /^(?:bench:(?:run|compare|profile)|profile:(?:run|attach)|hypothesis:watch|board|tools.*)$/

/** What a person may have set that runs the tests. */
const UNSET = { WHYSLOW_WORKBOOK: undefined, FORCE_COLOR: undefined }

/** Test file and command. */
const ran = new Set<string>()

/**
 * In the test files that have its name, a command's first run is a process of its own, its output read from pipes. Starting one takes longer
 * than what most commands do, so that the others are made here, by the same built classes. Those that are given an environment, an input
 * or signals always have their process.
 */
export async function runCli(args: string[], options: CliOptions): Promise<CliRun> {
  const { columns = 100, cwd, env, input, onStart, alone } = options
  const command = await commandOf(args)
  if (command === undefined) return runProcess(args, options)
  const file = path.basename(expect.getState().testPath ?? '')
  const key = `${file} ${command}`
  const isAlone = alone ?? (file.startsWith(command.split(':')[0]!) && !ran.has(key))
  ran.add(key)
  if (isAlone || env || onStart || input !== undefined || OWN_PROCESS.test(command))
    return runProcess(args, options)
  return runHere(args, { cwd, env: { ...UNSET, COLUMNS: String(columns) } })
}

function runProcess(args: string[], options: CliOptions): Promise<CliRun> {
  const env = { ...process.env, ...UNSET, COLUMNS: String(options.columns ?? 100), ...options.env }
  const child = spawn(process.execPath, [BIN, ...args], { cwd: options.cwd, env })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', chunk => out.push(chunk))
  child.stderr.on('data', chunk => err.push(chunk))
  child.stdin.on('error', () => undefined)
  if (options.onStart) options.onStart(child)
  else child.stdin.end(options.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code =>
      resolve({
        code,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    )
  })
}

export async function runJson<T>(args: string[], options: CliOptions): Promise<T> {
  const run = await runCli([...args, '--json'], options)
  return JSON.parse(run.stdout) as T
}

/** A temporary folder; with `init`, a workbook. The caller removes it. */
export function makeFolder(init = true): Promise<string> {
  if (!init) return mkdtemp(path.join(tmpdir(), 'whyslow-cli-'))
  return copyOf('init', async dir => {
    const { code, stderr } = await runCli(['init'], { cwd: dir })
    if (code !== 0) throw new Error(`There is no workbook:\n${stderr}`)
  })
}

/** A run as it is kept in a golden file: the command, what it printed where, and how it ended. */
export async function transcribe(args: string[], options: CliOptions): Promise<string> {
  const run = await runCli(args, options)
  const command = ['whyslow', ...args.map(arg => (/^[\w./:=-]+$/.test(arg) ? arg : `'${arg}'`))].join(' ')
  const stderr = run.stderr === '' ? '' : `--- stderr\n${run.stderr}`
  return `$ ${command}\n${run.stdout}${stderr}--- exit ${run.code}\n`
}
