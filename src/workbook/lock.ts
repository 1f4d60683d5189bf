/**
 * An exclusive lock as a file with the holder's process id and start time. A holder that died, or whose id belongs to
 * another process by now, holds nothing. Not re-entrant.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemErrorCode, WhyslowError } from '../errors.js'
import type { Workbook } from './workbook.js'
import { explainWriteError } from './write-file.js'

export interface LockOptions {
  /** How long to wait for another holder, in milliseconds. */
  waitMs?: number
  /** Wait as long as the holder lives; `waitMs` then goes for one on another machine, where that can't be seen. */
  patient?: boolean
  signal?: AbortSignal | undefined
}

interface Patience {
  deadline: number
  patient: boolean
  signal: AbortSignal | undefined
}

interface Holder {
  pid: number
  /** When the process began, as its system says it: only compared, never read. */
  started: string | null
  host: string
  token: string
}

/** Runs `work` while no other process (and nothing else in this one) holds the workbook. Waits up to 10 s for it, unless told otherwise. */
export async function withWorkbookLock<T>(
  workbook: Pick<Workbook, 'paths'>,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  return withLock(workbook.paths.lock, work, options)
}

/** The same for any lock file. */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  await mkdir(dirname(file), { recursive: true }).catch(error => {
    throw explainWriteError(file, error)
  })
  const mine: Holder = {
    pid: process.pid,
    started: await startOf(process.pid),
    host: hostname(),
    token: randomUUID(),
  }
  const { waitMs = 10_000, patient = false, signal } = options
  await acquire(file, mine, { deadline: performance.now() + waitMs, patient, signal })
  try {
    return await work()
  } finally {
    if ((await readHolder(file))?.token === mine.token) await rm(file, { force: true })
  }
}

async function acquire(file: string, mine: Holder, patience: Patience): Promise<void> {
  const { deadline, patient, signal } = patience
  for (let pause = 5; ; pause = Math.min(pause * 2, 80)) {
    signal?.throwIfAborted()
    if (await create(file, mine)) return
    const holder = await readHolder(file)
    if (holder && (await isStale(holder))) {
      await breakLock(file, holder.token, mine, patience)
      continue
    }
    const waitsOn = patient && (!holder || holder.host === hostname())
    if (!waitsOn && performance.now() >= deadline) throw await explainBusy(file, holder)
    await sleep(pause)
  }
}

async function create(file: string, mine: Holder): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(mine), { flag: 'wx' })
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw explainWriteError(file, error)
  }
}

/**
 * Removes a lock that a dead holder left. Two processes may have seen the same one, and the second must not remove the
 * lock that the first has taken since: so removing it takes a lock of its own, named by the dead holder's token.
 */
async function breakLock(file: string, token: string, mine: Holder, patience: Patience): Promise<void> {
  const breaking = `${file}.${token}`
  await acquire(breaking, mine, patience)
  try {
    if ((await readHolder(file))?.token === token) await rm(file, { force: true })
  } finally {
    await rm(breaking, { force: true })
  }
}

const HALF_WRITTEN_MS = 10_000

/** Undefined when nobody holds it now. A file that can't be read as a lock counts as dead once it is ten seconds old. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const text = await readFile(file, 'utf8')
    const holder = parseHolder(text)
    if (holder) return holder
    const { mtimeMs } = await stat(file)
    const isOld = Date.now() - mtimeMs > HALF_WRITTEN_MS
    return {
      pid: isOld ? 0 : process.pid,
      started: null,
      host: hostname(),
      token: `unreadable-${Math.round(mtimeMs)}`,
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw explainWriteError(file, error)
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, started, host, token } = JSON.parse(text) as Partial<Record<keyof Holder, unknown>>
    const isWhole = Number.isInteger(pid) && typeof host === 'string' && /^[\w-]+$/.test(String(token))
    return isWhole
      ? ({ pid, host, token, started: typeof started === 'string' ? started : null } as Holder)
      : undefined
  } catch {
    return undefined
  }
}

/** A holder on another machine (a shared disk) can't be judged, and counts as alive. */
async function isStale(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return false
  if (holder.pid <= 0 || !isAlive(holder.pid)) return true
  if (holder.started === null) return false
  const started = await startOf(holder.pid)
  return started !== null && started !== holder.started
}

/** Whether a process of this machine runs, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}

/** When a process began, in whatever unit its system has; null where that can't be found out. */
export async function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    // The name in parentheses may hold anything; the 20th field behind it is the start, in ticks since boot.
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null
  }
  if (process.platform === 'win32') return null
  const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout.trim() || null
}

async function explainBusy(file: string, holder: Holder | undefined): Promise<WhyslowError> {
  const since = await stat(file).then(
    info => ` since ${info.mtime.toISOString()}`,
    () => '',
  )
  const elsewhere = holder && holder.host !== hostname() ? ` on ${holder.host}` : ''
  const who = holder ? `process ${holder.pid}${elsewhere}` : 'another process'
  return new WhyslowError(`The workbook is in use by ${who}${since}.`, {
    place: { file },
    next: [
      'wait for it to end, then try again',
      ...(elsewhere ? [`if it no longer runs, delete ${file}`] : []),
    ],
  })
}
