/** `bench/*.yaml`: a service, the load on it, what is measured, and the gates that a change has to pass. */
import { createHash } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { duration, text } from '../../workbook/config-values.js'
import { readTextFile } from '../../workbook/read-text.js'
import { parseYaml } from '../../workbook/yaml-file.js'
import { folderWithin } from './folder-within.js'
import {
  type BenchMetric,
  explainSmallest,
  kindOf,
  metricSchema,
  readSmallest,
  readValue,
  type SmallestChange,
} from './metrics.js'
import { command, count, headers, method, rate, texts, url } from './scenario-values.js'

export interface Scenario {
  /** The name of its file, without the ending. */
  name: string
  /** Absolute. */
  file: string
  /** How messages name it. */
  shown: string
  service: ScenarioService
  load: ScenarioLoad
  repetitions: number
  /** Milliseconds; null: the target of the workbook. */
  under: number | null
  measure: readonly Measured[]
  gates: readonly Gate[]
  waivers: readonly Waiver[]
  /** The story that it guards. */
  story: string | null
}

export interface ScenarioService {
  /** With its arguments. A text in the file is run by a shell. */
  command: readonly string[]
  /** Within the side's folder. */
  cwd: string
  env: Readonly<Record<string, string>>
  /** The service is there when this answers with less than 400. */
  ready: string
  readyWithin_ms: number
  /** Run once in each side's folder before the service is started for the first time, such as `npm ci`. */
  setup: readonly string[] | null
}

export interface ScenarioRequest {
  method: string
  /** Absolute path with its query, from the load's URL. */
  path: string
  headers: Readonly<Record<string, string>>
  body: string | undefined
  share: number
}

export interface ScenarioLoad {
  url: string
  /** Requests a second (open loop); null: each connection asks again once it has its answer (closed loop). */
  rate: number | null
  connections: number
  duration_ms: number
  warmup_ms: number
  timeout_ms: number
  method: string
  headers: Readonly<Record<string, string>>
  body: string | undefined
  /** Instead of the one URL. */
  requests: readonly ScenarioRequest[] | null
  /** Drawn from the workbook's traffic instead. */
  mix: { where: string | null; last: number | null } | null
}

export const MEASURED = ['cpu', 'memory', 'eventLoop', 'gc'] as const
/** Besides latency and throughput, which are there always. */
export type Measured = (typeof MEASURED)[number]

export interface Gate {
  metric: BenchMetric
  smallest: SmallestChange
  /** Where the metric must not go; `either` fails on any change. */
  direction: 'up' | 'down' | 'either'
}

/** A regression that is accepted for a while. */
export interface Waiver {
  metric: BenchMetric
  /** In the metric's unit: beyond it, the gate fails all the same. */
  ceiling: number
  reason: string
  /** The last day on which it holds: `2026-12-31`, UTC. */
  expires: string
  story: string | null
}

const service = z
  .strictObject({
    command: command.describe('Starts the service, and stays: node server.js'),
    ready: url.describe('The service is there when this answers with less than 400'),
    readyWithin: duration.default(60_000).describe('Else it counts as not started (60s)'),
    setup: command.nullish().describe('Run once for each side before it is started: npm ci'),
    cwd: folderWithin.default('.').describe('Where, within the folder of the side (.)'),
    env: texts.default({}).describe('Variables besides those that whyslow was given'),
  })
  .transform(({ readyWithin, setup, ...given }) => ({
    ...given,
    readyWithin_ms: readyWithin,
    setup: setup ?? null,
  }))

const request = z
  .strictObject({
    method,
    path: z
      .string()
      .regex(/^\/[!-~]*$/, 'expected a path such as /orders/1, without spaces')
      .describe('With its query'),
    headers: headers.default({}),
    body: z.string().optional(),
    share: z.number().positive().default(1).describe('How often, in proportion to the others (1)'),
  })
  .transform((given): ScenarioRequest => ({ ...given, body: given.body }))

const load = z
  .strictObject({
    url: url.describe('What is asked for; with requests or mix, only its host counts'),
    rate: rate
      .nullish()
      .describe(
        'Requests a second, whatever the service does: 40/s. Without it, each connection asks again once it has its answer',
      ),
    connections: count(10_000)
      .default(10)
      .describe('Kept open (10); at a rate, more are opened while all are busy'),
    duration: duration.default(10_000).describe('Of the measured load (10s)'),
    warmup: z
      .union([duration, z.literal('none')])
      .default(2000)
      .describe('The same load before it, which isn’t measured (2s); none'),
    timeout: duration.default(10_000).describe('A request without an answer for so long is given up (10s)'),
    method,
    headers: headers.default({}),
    body: z.string().optional(),
    requests: z.array(request).min(1).nullish().describe('Several requests instead of the one URL'),
    mix: z
      .strictObject({
        where: text.nullish().describe('Only requests for which this SQL expression holds'),
        last: duration.nullish().describe('Only the last part of the data: 7d'),
      })
      .nullish()
      .describe('Requests drawn from the workbook’s traffic instead; GET only. mix: {} draws from all'),
  })
  .transform((given, context): ScenarioLoad => {
    if (given.requests && given.mix) {
      context.issues.push({
        code: 'custom',
        message: 'expected one of requests and mix, found both',
        input: given,
      })
      return z.NEVER
    }
    return {
      url: given.url,
      rate: given.rate ?? null,
      connections: given.connections,
      duration_ms: given.duration,
      warmup_ms: given.warmup === 'none' ? 0 : given.warmup,
      timeout_ms: given.timeout,
      method: given.method,
      headers: given.headers,
      body: given.body,
      requests: given.requests ?? null,
      mix: given.mix ? { where: given.mix.where ?? null, last: given.mix.last ?? null } : null,
    }
  })

const gate = z
  .union([
    metricSchema.transform(metric => ({ metric, smallest: undefined, direction: undefined })),
    z.strictObject({
      metric: metricSchema,
      smallest: text.optional().describe('The smallest change worth having: 1pp, 3%, 5ms, 10MB'),
      direction: z
        .enum(['up', 'down', 'either'])
        .optional()
        .describe('Where the metric must not go (where it is worse)'),
    }),
  ])
  .transform((given, context): Gate => {
    const { metric, smallest } = given
    const { worse, smallest: usual } = kindOf(metric)
    const read = smallest === undefined ? usual : readSmallest(metric, smallest)
    if (read === null) {
      context.issues.push({
        code: 'custom',
        message: explainSmallest(metric),
        input: smallest,
        path: ['smallest'],
      })
      return z.NEVER
    }
    return { metric, smallest: read, direction: given.direction ?? worse }
  })

const waiver = z
  .strictObject({
    metric: metricSchema,
    ceiling: text.describe('Beyond it the gate fails all the same: 3.2ms, 98%, 180MB, 35/s'),
    reason: text,
    expires: z.iso.date('expected a day such as 2026-12-31').describe('The last day on which it holds (UTC)'),
    story: text.nullish(),
  })
  .transform((given, context): Waiver => {
    const ceiling = readValue(given.metric, given.ceiling)
    if (ceiling === null) {
      const message = `expected a value of ${given.metric} such as ${EXAMPLE_CEILINGS[kindOf(given.metric).unit]}`
      context.issues.push({ code: 'custom', message, input: given.ceiling, path: ['ceiling'] })
      return z.NEVER
    }
    return { ...given, ceiling, story: given.story ?? null }
  })

const EXAMPLE_CEILINGS = { share: '98%', ms: '3.2ms', MB: '180MB', 'requests/s': '35/s' }

const DEFAULT_GATES: readonly BenchMetric[] = ['under', 'cpu']

export const gatesSchema = z.array(gate).min(1)

const written = z.strictObject({
  service,
  load,
  repetitions: count(1000).default(6).describe('Each with a service that is started anew (6)'),
  under: duration.nullish().describe('A good request ends in less than this (the workbook’s target)'),
  measure: z
    .array(z.enum(MEASURED))
    .default([...MEASURED])
    .describe('Besides latency and throughput (all)'),
  gates: gatesSchema.optional().describe('What a change has to pass (under, and cpu where it is measured)'),
  waivers: z.array(waiver).default([]).describe('Regressions that are accepted for a while'),
  story: text.nullish().describe('The story that it guards'),
})

export const scenarioSchema = written.transform(({ measure, gates, ...given }, context) => {
  const isMeasured = (metric: BenchMetric) =>
    !NEEDS_MEASURING.has(metric) || measure.some(one => one === metric)
  for (const [at, { metric }] of (gates ?? []).entries()) {
    if (isMeasured(metric)) continue
    const message = `expected a metric that is measured, found “${metric}”, which isn’t in measure`
    context.issues.push({ code: 'custom', message, input: metric, path: ['gates', at] })
  }
  return { ...given, measure, gates: gates ?? gatesSchema.parse(DEFAULT_GATES.filter(isMeasured)) }
})

const NEEDS_MEASURING: ReadonlySet<BenchMetric> = new Set(MEASURED)

/** Throws a `WhyslowError` with every mistake of the file and its place. */
export async function readScenario(file: string, shown: string): Promise<Scenario> {
  const given = parseYaml(await readTextFile(file, shown), scenarioSchema, { file: shown })
  return {
    ...given,
    name: path.basename(file).replace(/\.ya?ml$/, ''),
    file,
    shown,
    under: given.under ?? null,
    story: given.story ?? null,
  }
}

/** What repetitions must have in common to be compared: all that decides about their figures. */
export function fingerprintOf({ service, load }: Scenario, under_ms: number): string {
  const { command, cwd, env } = service
  return createHash('sha256')
    .update(JSON.stringify([command, cwd, env, load, under_ms]))
    .digest('hex')
    .slice(0, 12)
}
