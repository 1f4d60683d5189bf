/** `slo:` of `whyslow.yaml`: what was promised about which requests, and over how long. */
import { z } from 'zod'
import { DAY_MS } from '../units.js'
import { duration, routeKey, shareOrPercent, text } from './config-values.js'

/** What is left out is null: the target and the objective of the route or of the workbook count. */
export interface SloObjective {
  name: string | null
  /** With neither a route nor a `where`, all requests are meant. */
  route: string | null
  where: string | null
  /** Milliseconds. */
  under: number | null
  /** The share of requests that must be good, 0 to 1. Null where only errors were promised. */
  share: number | null
  /** The share of requests that may end in a server error or a timeout. */
  errors: number | null
  /** Milliseconds. */
  window: number | null
}

export interface SloConfig {
  /** Milliseconds. */
  window: number
  /** Empty: the workbook's targets are the objectives. */
  objectives: SloObjective[]
}

const DEFAULT_WINDOW_MS = 28 * DAY_MS

const objective = z
  .strictObject({
    name: text.optional().describe('How results name it'),
    route: routeKey.optional().describe('The route that it is about: "GET /orders/:id"'),
    where: text.optional().describe('Instead: a SQL expression over the columns of a request'),
    under: duration.optional().describe('A good request ends in less than this (the target of the route)'),
    share: shareOrPercent
      .optional()
      .describe('The share of requests that must be good: 99% or 0.99 (objective)'),
    errors: shareOrPercent
      .optional()
      .describe('The share of requests that may end in a server error or a timeout: 0.5%'),
    window: duration.optional().describe('Over how long: 28d, 7d (slo.window)'),
  })
  .transform((given, context): SloObjective => {
    const { name, route, where, under, share, errors, window } = given
    if (route !== undefined && where !== undefined) {
      const message = 'expected one of route or where, found both'
      context.issues.push({ code: 'custom', message, input: given })
      return z.NEVER
    }
    return {
      name: name ?? null,
      route: route ?? null,
      where: where ?? null,
      under: under ?? null,
      share: share ?? null,
      errors: errors ?? null,
      window: window ?? null,
    }
  })

export const sloSchema = z.strictObject({
  window: duration.optional().describe('Over how long, unless an objective says otherwise (28d)'),
  objectives: z
    .array(objective)
    .nullish()
    .describe('What was promised; without any, targets and objective are'),
})

export function readSlo(raw: z.output<typeof sloSchema> | null | undefined): SloConfig {
  return { window: raw?.window ?? DEFAULT_WINDOW_MS, objectives: raw?.objectives ?? [] }
}
