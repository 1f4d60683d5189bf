/** Values that several parts of `whyslow.yaml` are made of. */
import { z } from 'zod'
import { parseDuration, parseShare } from '../units.js'

const EXAMPLE_DURATION = 'expected a duration such as 500ms, 1.5s, 90m or 1h30m'
const EXAMPLE_SHARE = 'expected a share between 0 and 1, such as 99.5% or 0.995'

/** Text such as `500ms` → milliseconds. */
export const duration = z
  .string({ error: EXAMPLE_DURATION })
  .transform((text, context) => {
    try {
      const ms = parseDuration(text)
      if (ms > 0) return ms
    } catch {
      // reported below, at the value's place
    }
    context.issues.push({ code: 'custom', message: EXAMPLE_DURATION, input: text })
    return z.NEVER
  })
  .describe('A duration: 500ms, 1.5s, 90m, 1h30m')

/** `99.5%` or 0.995 → 0.995; neither nothing nor all. */
export const shareOrPercent = z
  .union([z.string(), z.number()], { error: EXAMPLE_SHARE })
  .transform((given, context) => {
    try {
      const share = parseShare(String(given))
      if (share > 0 && share < 1) return share
    } catch {
      // reported below, at the value's place
    }
    context.issues.push({ code: 'custom', message: EXAMPLE_SHARE, input: given })
    return z.NEVER
  })

const ROUTE_PATTERN = /^[A-Z]+ \/\S*$/

/** A route as people write it: `GET /orders/:id`. */
export const routeKey = z
  .string()
  .regex(ROUTE_PATTERN, 'expected a method and a path template such as “GET /orders/:id”')

export const text = z.string().min(1)
