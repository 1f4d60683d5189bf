/**
 * One repetition: a service that is started anew, under load. What is measured begins after the warm-up and ends with the load; the
 * machine is calibrated before the service is there and after it is gone.
 */
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { WhyslowError } from '../../errors.js'
import { type OpenLoopResult, runOpenLoop } from '../../load/open-loop.js'
import { type LoadOptions, type LoadResult, loadGenerator, runLoad } from '../../load/run-load.js'
import type { MixedRequest } from '../../load/spread-mix.js'
import { type Service, startService } from '../../profilers/service/start-service.js'
import { type Commit, describeEnvironment, readLoadAverage } from './environment.js'
import { calibrate } from './noise.js'
import type { Repetition } from './repetition.js'
import type { Scenario } from './scenario.js'
import { type Measured, summariseRepetition } from './summarise-repetition.js'

export interface RepetitionProgress {
  phase: 'calibrating' | 'starting' | 'warming up' | 'measuring'
  /** Of the phase. */
  elapsed_ms: number
  /** 0 where nothing tells. */
  total_ms: number
}

export interface RepetitionPlan {
  /** The side's. */
  folder: string
  /** Variables of the command; those of the scenario come on top. */
  env: Readonly<Record<string, string | undefined>>
  under_ms: number
  /** Drawn from the traffic, where the scenario asks for that. */
  mix: readonly MixedRequest[] | null
  run: string
  /** From 1. */
  index: number
  commit: Commit
  /** whyslow's. */
  version: string
  now: () => Date
  /** Ends it early: the service is stopped, and nothing is kept of a repetition that isn't whole. */
  signal: AbortSignal
  /** Runs beside the measured load; `stopped` aborts at its end. */
  during?: ((service: Service, seconds: number, stopped: AbortSignal) => Promise<void>) | undefined
  onProgress?: ((progress: RepetitionProgress) => void) | undefined
}

/**
 * The service is stopped in the end, whatever happens. Throws a `WhyslowError` (exit 4) where it can't be started or ends under
 * the load, and the signal's reason when that aborts.
 */
export async function runRepetition(scenario: Scenario, plan: RepetitionPlan): Promise<Repetition> {
  const { signal, folder } = plan
  const enter = (phase: RepetitionProgress['phase'], total_ms = 0) => {
    signal.throwIfAborted()
    plan.onProgress?.({ phase, elapsed_ms: 0, total_ms })
  }
  enter('calibrating')
  const loadAverage = readLoadAverage()
  const before = await calibrate()
  enter('starting')
  const cwd = path.resolve(folder, scenario.service.cwd)
  const service = await startService({
    command: scenario.service.command,
    cwd,
    env: { ...plan.env, ...scenario.service.env },
    ready: scenario.service.ready,
    load: scenario.load.url,
    readyWithin_ms: scenario.service.readyWithin_ms,
    signal,
    probe: needsProbe(scenario.measure),
  })
  const measured = await measureService(scenario, plan, service, enter).catch(async error => {
    // Why it failed matters more than what is left of it.
    await service.stop().catch(() => undefined)
    throw error
  })
  await service.stop()
  enter('calibrating')
  const after = await calibrate()
  signal.throwIfAborted()
  const environment = await describeEnvironment({
    commit: plan.commit,
    folder,
    cwd,
    node: measured.use.node,
    mix: plan.mix,
    whyslow: plan.version,
    loadAverage,
  })
  return summariseRepetition(scenario, plan, { ...measured, noise: { before, after }, environment })
}

/** Only Linux says what a process uses, down to its children. */
export function needsProbe(measure: Scenario['measure'], platform: string = process.platform): boolean {
  return measure.some(one => one === 'eventLoop' || one === 'gc' || platform !== 'linux')
}

/** For a service to start and to stop, and the calibrations. */
const AROUND_MS = 1500

/** Milliseconds, before any was run. */
export function expectRepetition({ warmup_ms, duration_ms }: Scenario['load']): number {
  return warmup_ms + duration_ms + AROUND_MS
}

async function measureService(
  scenario: Scenario,
  plan: RepetitionPlan,
  service: Service,
  enter: (phase: RepetitionProgress['phase'], total_ms?: number) => void,
): Promise<Measured> {
  const { duration_ms, warmup_ms } = scenario.load
  const watch = watchService(service, plan.signal)
  try {
    if (warmup_ms > 0) {
      enter('warming up', warmup_ms)
      await watch.through(stopped => load(scenario, plan, warmup_ms, stopped))
    }
    // Else it would be loaded while the service is measured.
    if (scenario.load.rate === null) await loadGenerator()
    enter('measuring', duration_ms)
    const end = await service.measure()
    const at = plan.now()
    const done = new AbortController()
    const beside = plan.during?.(service, duration_ms / 1000, done.signal)
    // It is awaited below.
    beside?.catch(() => undefined)
    try {
      const result = await watch.through(stopped => load(scenario, plan, duration_ms, stopped))
      const use = await end()
      done.abort()
      await beside
      return { at, load: result, use }
    } finally {
      done.abort()
      await beside?.catch(() => undefined)
    }
  } finally {
    watch.release()
  }
}

function load(
  scenario: Scenario,
  plan: RepetitionPlan,
  ms: number,
  signal: AbortSignal,
): Promise<LoadResult | OpenLoopResult> {
  const { url, rate, connections, timeout_ms, method, headers, body, requests } = scenario.load
  const options: LoadOptions = {
    url,
    connections,
    seconds: ms / 1000,
    method,
    headers,
    body,
    mix: plan.mix ?? requests ?? undefined,
    timeout_s: timeout_ms / 1000,
    signal,
  }
  return rate === null ? runLoad(options) : runOpenLoop({ ...options, rate })
}

/** A load on a service that is gone would go on against nobody. */
function watchService(service: Service, signal: AbortSignal) {
  const gone = new AbortController()
  const start = performance.now()
  let watching = true
  let ended: { how: string; after_ms: number } | null = null
  void service.ended.then(({ code, signal: by }) => {
    if (!watching) return
    ended = { how: by ? `by ${by}` : `with code ${code}`, after_ms: performance.now() - start }
    gone.abort()
  })
  return {
    /** What the work gives, if the service was there to its end. */
    async through<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
      const result = await work(AbortSignal.any([signal, gone.signal]))
      if (ended !== null) throw await explainEnd(service, ended)
      signal.throwIfAborted()
      return result
    },
    release: () => {
      watching = false
    },
  }
}

/** What it wrote last may still be on its way when it is gone. */
const LAST_WORDS_MS = 100

async function explainEnd(
  service: Service,
  { how, after_ms }: { how: string; after_ms: number },
): Promise<WhyslowError> {
  await setTimeout(LAST_WORDS_MS)
  const lines = service.tail()
  const said = lines.length === 0 ? ' It said nothing.' : ' Its last lines:'
  const message = `The service ended ${how} under the load, ${(after_ms / 1000).toFixed(1)} s after it was ready.${said}`
  return new WhyslowError([message, ...lines].join('\n  '), {
    exit: 4,
    next: ['Start it by hand and ask for the URL of the load: does it stay?'],
  })
}
