import { execFile } from 'node:child_process'
import { systemErrorCode } from '../errors.js'

/** The variables that a program is given: those of the command. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface RunOptions {
  env: Environment
  signal: AbortSignal
}

export interface ProgramRun {
  /** Null: it was killed, or took too long. */
  code: number | null
  /** What it printed; what it said on stderr is its own. */
  stdout: string
}

/** Long enough for a person who has to unlock a store of passwords. */
const LIMIT_MS = 60_000
const MOST_BYTES = 1 << 26

/** Runs a program, without a shell, to its end. Null where there is none of that name. Throws when `signal` aborts. */
export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  { env, signal }: RunOptions,
): Promise<ProgramRun | null> {
  signal.throwIfAborted()
  const options = { env: { ...env }, signal, timeout: LIMIT_MS, maxBuffer: MOST_BYTES, windowsHide: true }
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, options, (error, stdout) => {
      if (signal.aborted) reject(signal.reason)
      else if (error === null) resolve({ code: 0, stdout })
      else if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) resolve(null)
      else resolve({ code: typeof error.code === 'number' ? error.code : null, stdout })
    })
    child.stdin?.end()
  })
}
