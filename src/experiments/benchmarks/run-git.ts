/** git on the repository around a folder, without a shell. */
import { execFile } from 'node:child_process'
import { systemErrorCode } from '../../errors.js'

export interface Repository {
  /** Any folder of it. */
  folder: string
  env: Readonly<Record<string, string | undefined>>
  /** Without it git isn't ended by Ctrl-C: what takes moments, or has to be undone. */
  signal?: AbortSignal | undefined
}

export interface GitRun {
  /** Null: there is no git. */
  code: number | null
  stdout: string
  stderr: string
}

/** Set within hooks of git, where they would name another repository than the folder's. */
const ELSEWHERE = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_INDEX_FILE',
  'GIT_PREFIX',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
]
const MOST_BYTES = 1 << 26

/** In English, and without the repository's hooks, which are for working copies. Throws when `signal` aborts. */
export async function runGit({ folder, env, signal }: Repository, args: readonly string[]): Promise<GitRun> {
  signal?.throwIfAborted()
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !ELSEWHERE.includes(name)))
  const options = { env: { ...own, LC_ALL: 'C' }, maxBuffer: MOST_BYTES, windowsHide: true, signal }
  const whole = ['-C', folder, '-c', 'core.hooksPath=/dev/null', ...args]
  return new Promise((resolve, reject) => {
    execFile('git', whole, options, (error, stdout, stderr) => {
      if (signal?.aborted) reject(signal.reason)
      else resolve({ code: codeOf(error), stdout, stderr })
    })
  })
}

function codeOf(error: Error | null): number | null {
  if (error === null) return 0
  if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return null
  return 'code' in error && typeof error.code === 'number' ? error.code : 1
}
