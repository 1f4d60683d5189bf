/**
 * Programs whose critical path is known, run on a clock of their own: each run writes the spans that a tracer would, in the clocks of the
 * services that wrote them. What a change does is found by running the program again, changed, with the same luck.
 */

import { CLIENT, FAILED, SERVER, type Span } from '../../../src/evidence/traces/trace.js'
import { createRandom, type Random } from '../../../src/stats/random.js'

export type Step =
  /** Own work, about so many milliseconds. */
  | { work: number; spread?: number }
  | { call: Routine }
  /** Branches that begin together; the next step waits for all. */
  | { all: Step[][] }
  /** Begins now, and nobody waits for it. */
  | { fire: Routine }
  /** One call after the other, with own work in between. */
  | { loop: Routine; from: number; to: number; gap: number }
  /** Up to three attempts, each of which fails with this chance. */
  | { retry: Routine; fails: number }

export interface Routine {
  name: string
  /** Called over the network: there is a span on each side. */
  service?: string
  steps: Step[]
}

export interface ProgramChange {
  kind: 'span' | 'parallel'
  name: string
  times: number
}

export interface World {
  /** Service → nanoseconds that its clock is ahead. */
  skew: Record<string, number>
  /** Milliseconds one way, about. */
  network: number
}

export interface RunOptions {
  seed: number
  /** How slow everything is for this customer. */
  slowness: number
  world: World
  change?: ProgramChange | null
  spans?: Span[]
}

export const NAMES: string[] = []
const numbers = new Map<string, number>()

export function numberOf(name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, NAMES.length)
  return NAMES.push(name) - 1
}

/** How long the request took, nanoseconds. */
export function runProgram(program: Routine, options: RunOptions): number {
  const run = new Run(options)
  return run.perform(program, { at: 0, parent: null, service: 'front', speed: 1, kind: SERVER }) as number
}

interface Place {
  at: number
  parent: string | null
  service: string
  /** 1 / how many times faster. */
  speed: number
  kind?: number
  failed?: boolean
}

class Run {
  readonly #random: Random
  readonly #options: RunOptions
  #ids = 0

  constructor(options: RunOptions) {
    this.#options = options
    this.#random = createRandom(options.seed)
  }

  #nextId(): string {
    this.#ids += 1
    return `${this.#ids}`
  }

  #draw(median: number, spread = 0.4): number {
    return median * 1e6 * this.#options.slowness * Math.exp(spread * this.#random.nextNormal())
  }

  /** Returns when it ended. */
  perform(routine: Routine, place: Place): number {
    const { change, spans } = this.#options
    const speed =
      change?.kind === 'span' && change.name === routine.name && place.speed === 1
        ? 1 / change.times
        : place.speed
    const id = this.#nextId()
    const span = spans === undefined ? null : this.#begin(routine.name, id, place)
    const ended = this.#steps(routine.steps, { at: place.at, parent: id, service: place.service, speed })
    if (span !== null) span.duration = Math.round(ended) - Math.round(place.at)
    return ended
  }

  #begin(name: string, id: string, { parent, at, service, kind = 0, failed = false }: Place): Span {
    const clock = Math.round(at) + (this.#options.world.skew[service] ?? 0)
    const span: Span = {
      id,
      parent,
      name: numberOf(name),
      clock: numberOf(service),
      flags: kind | (failed ? FAILED : 0),
      // As OTLP is kept here: starts to the microsecond, durations in full.
      start: Math.floor(clock / 1000) * 1000,
      duration: null,
    }
    this.#options.spans!.push(span)
    return span
  }

  #steps(steps: readonly Step[], place: Place): number {
    let { at } = place
    for (const step of steps) at = this.#step(step, { ...place, at })
    return at
  }

  #step(step: Step, place: Place): number {
    const { at, speed } = place
    if ('work' in step) return at + this.#draw(step.work, step.spread) * speed
    if ('call' in step) return this.#call(step.call, place)
    if ('fire' in step) {
      this.#call(step.fire, place)
      return at
    }
    if ('all' in step) return Math.max(...step.all.map(branch => this.#steps(branch, place)))
    if ('loop' in step) return this.#loop(step, place)
    let ended = at
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const failed = this.#random.next() < step.fails && attempt < 2
      ended = this.#call(step.retry, { ...place, at: ended, failed })
      if (!failed) break
    }
    return ended
  }

  #loop(step: Extract<Step, { loop: Routine }>, place: Place): number {
    const { change } = this.#options
    const count = step.from + this.#random.nextInteger(step.to - step.from + 1)
    const isParallel =
      change?.kind === 'parallel' && [step.loop.name, `call ${step.loop.name}`].includes(change.name)
    let { at } = place
    let last = at
    for (let i = 0; i < count; i += 1) {
      if (i > 0) at += this.#draw(step.gap) * place.speed
      const ended = this.#call(step.loop, { ...place, at })
      last = Math.max(last, ended)
      if (!isParallel) at = ended
    }
    return isParallel ? last : at
  }

  /** Of another service: there, its span in its clock, and back. */
  #call(routine: Routine, place: Place): number {
    if (routine.service === undefined) return this.perform(routine, place)
    const { network } = this.#options.world
    const there = routine.service
    const remote: Step[] = [{ work: network, spread: 0.8 }]
    const { change, spans } = this.#options
    const name = `call ${routine.name}`
    const speed =
      change?.kind === 'span' && change.name === name && place.speed === 1 ? 1 / change.times : place.speed
    const id = this.#nextId()
    const span = spans === undefined ? null : this.#begin(name, id, { ...place, kind: CLIENT })
    const arrived = this.#steps(remote, { ...place, speed })
    const done = this.perform(routine, {
      ...place,
      at: arrived,
      parent: id,
      service: there,
      speed,
      kind: SERVER,
    })
    const ended = this.#steps(remote, { ...place, at: done, speed })
    if (span !== null) span.duration = Math.round(ended) - Math.round(place.at)
    return ended
  }
}
