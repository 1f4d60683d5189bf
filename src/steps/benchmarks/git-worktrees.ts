/**
 * Commits checked out beside the working copy, in temporary folders. What a name stands for comes from strangers (a branch of a pull
 * request): it never goes through a shell, and none is taken for an option.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import { type GitRun, type Repository, runGit } from '../../experiments/benchmarks/run-git.js'
import { isAlive, startOf } from '../../workbook/lock.js'

export interface Worktree {
  /** Its top. */
  folder: string
  /** All that was made for it: a temporary folder around it. */
  parent: string
  /** Rejects where its files can't be deleted. */
  remove: () => Promise<void>
}

/** In their names the process that made them, so that those of one that was killed are known. */
const PREFIX = 'whyslow-bench-'

/** The commit's hash; null where it names none, or there is no repository. Throws a `WhyslowError` for what looks like an option. */
export async function resolveCommit(repository: Repository, name: string): Promise<string | null> {
  if (name.startsWith('-'))
    throw new WhyslowError(
      `Expected a commit, a branch or a folder, found “${name}”: none begins with a dash.`,
    )
  if (name === '' || name.includes('\0')) return null
  const found = await git(repository, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${name}^{commit}`,
  ])
  return found.code === 0 ? found.stdout.trim() : null
}

/** In git's own words why the repository can't be read, such as one of another owner; null where it can, and where there is none. */
export async function explainUnreadable(repository: Repository): Promise<string | null> {
  const { code, stderr } = await git(repository, ['rev-parse', '--git-dir'])
  return code === 0 || /not a git repository \(or any/.test(stderr) ? null : quoteGit(stderr)
}

function quoteGit(stderr: string): string {
  return stderr.trim().split('\n').slice(-10).join('\n  ')
}

/** Where `folder` is within its repository, such as `services/orders`; null outside of any. */
export async function findPlace(repository: Repository): Promise<{ top: string; below: string } | null> {
  const [top, below] = [
    await git(repository, ['rev-parse', '--show-toplevel']),
    await git(repository, ['rev-parse', '--show-prefix']),
  ]
  if (top.code !== 0 || below.code !== 0) return null
  return { top: stripEnd(top.stdout), below: stripEnd(below.stdout) }
}

/** One line end: a folder's name may itself end in spaces. */
function stripEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}

/** Checks the commit out. Hooks of the repository don't run: they are for working copies. */
export async function addWorktree(repository: Repository, sha: string): Promise<Worktree> {
  const parent = await mkdtemp(path.join(tmpdir(), await nameOwn()))
  const folder = path.join(parent, 'code')
  const worktree = { folder, parent, remove: () => removeWorktree(repository, folder) }
  const added = await git(repository, ['worktree', 'add', '--detach', '--force', folder, sha])
  if (added.code === 0) return worktree
  await worktree.remove().catch(() => undefined)
  const words = quoteGit(added.stderr)
  throw new WhyslowError(`git could not check out ${sha.slice(0, 12)}:\n  ${words}`, { exit: 4 })
}

async function removeWorktree(repository: Repository, folder: string): Promise<void> {
  // Twice: also where somebody locked it, or wrote into it.
  await git(repository, ['worktree', 'remove', '--force', '--force', folder])
  await rm(path.dirname(folder), { recursive: true, force: true, maxRetries: 3 })
}

/** Those that a run left which was killed before it could remove them. One that can't be removed is in nobody's way. */
export async function removeStale(repository: Repository): Promise<void> {
  const { stdout } = await runGit(repository, ['worktree', 'list', '--porcelain', '-z'])
  for (const entry of stdout.split('\0')) {
    const folder = /^worktree (.+)$/s.exec(entry)?.[1]
    if (folder && (await isLeft(folder))) await removeWorktree(repository, folder).catch(() => undefined)
  }
}

/** Process, machine, and when the process began: its number alone may be another one's by now. */
async function nameOwn(): Promise<string> {
  const started = await startOf(process.pid)
  return `${PREFIX}${process.pid}-${mark(hostname())}-${started === null ? UNKNOWN : mark(started)}-`
}

const UNKNOWN = '0'

function mark(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

const OWNED = new RegExp(`^${PREFIX}(\\d+)-([0-9a-f]{8})-([0-9a-f]+)-[^/]+$`)

/** Whether it is one of ours, and its process is gone. One of another machine (a shared disk) can't be judged. */
async function isLeft(folder: string): Promise<boolean> {
  const [, pid, host, started] = OWNED.exec(path.basename(path.dirname(folder))) ?? []
  if (pid === undefined || path.basename(folder) !== 'code' || host !== mark(hostname())) return false
  if (!isAlive(Number(pid))) return true
  const now = started === UNKNOWN ? null : await startOf(Number(pid))
  return now !== null && mark(now) !== started
}

async function git(repository: Repository, args: readonly string[]): Promise<GitRun> {
  const run = await runGit(repository, args)
  if (run.code !== null) return run
  throw new WhyslowError('There is no git here, which finds and checks out commits.', { exit: 4 })
}
