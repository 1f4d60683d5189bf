/**
 * The service of a benchmark, from its start to the moment when nothing of it is left, also when whyslow is killed.
 *
 * Order: the port is free → guard → the service → it answers → … → SIGTERM, SIGKILL → the port is free again.
 */
import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { WhyslowError } from '../../errors.js'
import { portOf, takesConnection } from '../../load/wait-for-port.js'
import { readProcess } from '../node/processes.js'
import { type Ended, type Environment, type Group, startGroup, startRunGuard } from '../tools/group.js'
import { endMembers, listMembers, type Run } from '../tools/members.js'
import { measureService, readUses, type ServiceUse } from './measure-service.js'
import { openProbes } from './probes.js'
import { waitUntilReady } from './wait-until-ready.js'

export interface ServiceOptions {
  command: readonly string[]
  cwd: string
  env: Environment
  /** Answers with less than 400 once the service is there; its port must be free before. */
  ready: string
  /** Another URL that it will be asked for: if its port is another one, that must be free before as well. */
  load?: string
  readyWithin_ms: number
  /** Ends the start; what was started is ended then. */
  signal?: AbortSignal | undefined
  /** Put a probe into its Node processes, for what `measure` says of them. */
  probe: boolean
}

export interface Service {
  pid: number
  /** When none of its processes is left; with the exit of the one that was started. Never rejects. */
  ended: Promise<Ended>
  /** The last lines that it wrote. */
  tail: () => string[]
  /** Busiest first. */
  nodeProcesses: () => number[]
  /** Begins to measure; the returned function ends it. */
  measure: () => Promise<() => Promise<ServiceUse>>
  /** Resolves when nothing of it is left and its port is free. */
  stop: () => Promise<void>
}

const GRACES = { interrupt_ms: 0, terminate_ms: 5000 }
/** The guard ends what whyslow itself would have ended long before. */
const GUARD_LIMIT_MS = 24 * 3600 * 1000
const PORT_FREE_MS = 5000
const STEP_MS = 100

/** Throws a `WhyslowError` where it can't be started, or doesn't get ready; nothing of it is left then. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { command, cwd, env, ready, readyWithin_ms, signal } = options
  signal?.throwIfAborted()
  // It has neither process groups nor signals, by which a service is ended with all that it started.
  if (process.platform === 'win32') throw explainWindows()
  await checkFolder(cwd)
  const urls = listOrigins(options)
  for (const url of urls) if (await isTaken(url)) throw explainTaken(url)

  const run = { groups: [] as number[], token: randomUUID() }
  const probes = options.probe ? await openProbes(env) : null
  const guard = await startRunGuard({
    token: run.token,
    limit_ms: GUARD_LIMIT_MS,
    ...(probes && { folder: probes.folder }),
  }).catch(async error => {
    await probes?.close()
    throw error
  })
  const end = async (): Promise<void> => {
    const left = await endMembers(run, GRACES)
    guard.done()
    await probes?.close()
    if (left.length > 0) throw explainLeft(left.map(({ pid }) => pid))
    for (const url of urls) await waitUntilFree(url)
  }
  let ending: Promise<void> | undefined
  const stop = (): Promise<void> => (ending ??= end())
  try {
    const group = await startGroup(command, { cwd, env: { ...env, ...probes?.env }, token: run.token })
    run.groups.push(group.pid)
    guard.tell({ group: group.pid })
    const ended = waitForLast(group, run)
    await waitForService(group, ended, { command, ready, readyWithin_ms, signal })
    return {
      pid: group.pid,
      ended,
      tail: group.tail,
      nodeProcesses: () => listNode(run),
      measure: () => measureService(run, probes),
      stop,
    }
  } catch (error) {
    // Why it didn't start matters more than what is left of it.
    await stop().catch(() => {})
    throw explainStart(error)
  }
}

async function waitForService(
  group: Group,
  ended: Promise<Ended>,
  {
    command,
    ready,
    readyWithin_ms,
    signal,
  }: Pick<ServiceOptions, 'command' | 'ready' | 'readyWithin_ms' | 'signal'>,
): Promise<void> {
  const gone = new AbortController()
  void ended.then(() => gone.abort())
  const stopped = signal ? AbortSignal.any([gone.signal, signal]) : gone.signal
  const readiness = await waitUntilReady(ready, { limit_ms: readyWithin_ms, stopped })
  signal?.throwIfAborted()
  if (readiness.kind === 'ready' && !gone.signal.aborted) return
  // What it wrote last may still be on its way.
  await new Promise(resolve => setTimeout(resolve, STEP_MS))
  const wrote = group.tail()
  const lines = wrote.length > 0 ? ['Its last lines:', ...wrote] : ['It wrote nothing.']
  if (readiness.kind === 'late') {
    throw new WhyslowError(
      [
        `The service was not ready in ${readyWithin_ms / 1000} s: when ${ready} was asked last, ${readiness.last}. ${lines[0]}`,
        ...lines.slice(1),
      ].join('\n  '),
      { exit: 4, next: ['See that ready is a URL that it answers, or give it more time with readyWithin.'] },
    )
  }
  throw new WhyslowError(
    [
      `The service ended before it was ready (${describeEnd(await ended)}). ${lines[0]}`,
      ...lines.slice(1),
    ].join('\n  '),
    { exit: 4, next: [`See whether it runs by itself: ${showCommand(command)}`] },
  )
}

/** A command may end and leave its service running. */
async function waitForLast(group: Group, run: Run): Promise<Ended> {
  const ended = await group.ended
  // Looking costs milliseconds of CPU time, which a load beside it would notice.
  for (let step_ms = STEP_MS; listMembers(run).length > 0; step_ms = Math.min(2 * step_ms, 1000)) {
    await new Promise(resolve => setTimeout(resolve, step_ms))
  }
  return ended
}

function listNode(run: Run): number[] {
  const busy = new Map(readUses(run)?.map(({ pid, own_ms }) => [pid, own_ms]))
  return listMembers(run)
    .map(({ pid }) => pid)
    .filter(pid => readProcess(pid)?.isNode)
    .sort((one, other) => (busy.get(other) ?? 0) - (busy.get(one) ?? 0))
}

/** Started in a folder that isn't there, the program itself would count as missing. `scenario` is the file that names it. */
export async function checkFolder(cwd: string, scenario?: string): Promise<void> {
  const found = await stat(cwd).catch(() => null)
  if (found?.isDirectory()) return
  throw new WhyslowError(`The service can't be started in ${cwd}: there is no such folder.`, {
    exit: 4,
    next: ['Name one within the folder of the side: service: {cwd: packages/api}'],
    ...(scenario !== undefined && { place: { file: scenario } }),
  })
}

/** One URL for each port. */
function listOrigins({ ready, load }: Pick<ServiceOptions, 'ready' | 'load'>): string[] {
  return load === undefined || new URL(load).host === new URL(ready).host ? [ready] : [ready, load]
}

function isTaken(url: string): Promise<boolean> {
  return takesConnection(url, 2000)
}

async function waitUntilFree(url: string): Promise<void> {
  const end = performance.now() + PORT_FREE_MS
  while (await isTaken(url)) {
    if (performance.now() > end) {
      throw new WhyslowError(`Something still answers at ${url} after the service was ended.`, {
        exit: 4,
        next: [
          'A service that starts others outside its process group (docker, systemd) has to be ended by its own means.',
        ],
      })
    }
    await new Promise(resolve => setTimeout(resolve, STEP_MS))
  }
}

function describeEnd({ code, signal }: Ended): string {
  return signal ? `by ${signal}` : `exit code ${code}`
}

/** As it is typed: of a text that a shell runs, the text. */
export function showCommand(command: readonly string[]): string {
  return command[0] === '/bin/sh' && command[1] === '-c' ? (command[2] ?? '') : command.join(' ')
}

function explainWindows(): WhyslowError {
  return new WhyslowError('A service can be benchmarked on Linux and macOS only, and this is Windows.', {
    exit: 4,
    next: ['Run whyslow in WSL, or in a job of your CI on Linux.'],
  })
}

function explainTaken(url: string): WhyslowError {
  return new WhyslowError(
    `Something answers at ${url} already: its figures would be taken for those of the service that is started.`,
    { exit: 4, next: [`End it (lsof -i :${portOf(url)} names it), or give the service another port.`] },
  )
}

function explainLeft(pids: readonly number[]): WhyslowError {
  return new WhyslowError(`Processes of the service could not be ended: ${pids.join(', ')}.`, {
    exit: 4,
    next: [`kill -9 ${pids.join(' ')}`],
  })
}

/** `startGroup` knows of tools only. */
function explainStart(error: unknown): unknown {
  if (!(error instanceof WhyslowError) || error.exit === 4) return error
  return new WhyslowError(`The service could not be started. ${error.message}`, {
    exit: 4,
    cause: error,
    next: ['Name a program that is there: service: {command: node server.js, ready: http://127.0.0.1:3000/}'],
  })
}
