/** The scenario's `setup`, once in a side's folder before the service is started there for the first time. */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import type { Scenario, ScenarioService } from '../../experiments/benchmarks/scenario.js'
import { checkFolder, showCommand } from '../../profilers/service/start-service.js'
import { type Ended, type Environment, startGroup, startRunGuard } from '../../profilers/tools/group.js'
import { endMembers } from '../../profilers/tools/members.js'

export interface SideSetup {
  folder: string
  env: Environment
  signal: AbortSignal
}

/** An installation over a slow network. */
const LIMIT_MS = 1_800_000
const TERMINATE_MS = 2000

/**
 * What it leaves running when it succeeds (a database) stays. Throws a `WhyslowError` (exit 4) with its last lines when it fails,
 * and the signal's reason when that aborts; all of it is ended then.
 */
export async function prepareSide(
  { service, shown }: Pick<Scenario, 'service' | 'shown'>,
  side: SideSetup,
): Promise<void> {
  if (service.setup !== null) await runSetup(service, service.setup, side)
  await checkFolder(path.resolve(side.folder, service.cwd), shown)
}

async function runSetup(
  service: ScenarioService,
  setup: readonly string[],
  { folder, env, signal }: SideSetup,
): Promise<void> {
  signal.throwIfAborted()
  const run = { groups: [] as number[], token: randomUUID() }
  const guard = await startRunGuard({ token: run.token, limit_ms: LIMIT_MS })
  const shown = showCommand(setup)
  try {
    // While the guard was started.
    signal.throwIfAborted()
    const group = await startGroup(setup, {
      cwd: folder,
      env: { ...env, ...service.env },
      token: run.token,
    }).catch(error => {
      throw new WhyslowError(`The setup could not be started: ${shown}.`, { exit: 4, cause: error })
    })
    run.groups.push(group.pid)
    guard.tell({ group: group.pid })
    const ended = await untilAborted(group.ended, signal)
    if (ended.code !== 0) throw explainFailure(shown, ended, group.tail())
  } catch (error) {
    await endMembers(run, { interrupt_ms: 0, terminate_ms: TERMINATE_MS })
    throw error
  } finally {
    guard.done()
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function explainFailure(shown: string, { code, signal }: Ended, tail: readonly string[]): WhyslowError {
  const how = signal ? `was ended by ${signal}` : `ended with code ${code}`
  const said = tail.length === 0 ? ' It said nothing.' : ' Its last lines:'
  return new WhyslowError([`The setup ${how}: ${shown}.${said}`, ...tail].join('\n  '), {
    exit: 4,
    next: ['Run it by hand in the same folder.'],
  })
}
