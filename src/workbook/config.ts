/** `whyslow.yaml`: what a team decides about its numbers. Unknown keys are errors; everything has a default. */
import { z } from 'zod'
import { type ColumnMappings, columnsSchema, readMappings } from './column-mapping.js'
import { duration, routeKey, text } from './config-values.js'
import { type LogFormatString, logFormatsSchema } from './log-formats.js'
import { type NextConfig, nextSchema, readNext } from './next-config.js'
import { readSamplers, type Sampler, samplersSchema } from './samplers.js'
import { readSlo, type SloConfig, sloSchema } from './slo-config.js'
import { readTrackers, type TrackersConfig, trackersSchema } from './tracker-config.js'

const targets = z.strictObject({
  default: duration
    .optional()
    .describe('A good request ends in less than this, unless its route says otherwise'),
  routes: z
    .record(routeKey, duration)
    .nullish()
    .describe('Targets of single routes: "GET /orders/:id": 300ms'),
})

const cohort = z
  .strictObject({
    name: text.describe('How results name it'),
    where: text.describe('A SQL expression over the columns of a request'),
  })
  .describe('The customers that every question is about, unless told otherwise')

/** A regular expression that the engine (RE2) and JavaScript both take, with one group: the account. */
const oneGroup = text.superRefine((source, context) => {
  const problem = explainRegex(source)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

/** RE2 takes no more, however they are nested: `(?:x{40}){40}` are 1,600. */
const MOST_REPEATED = 1000

function repeatsTooOften(source: string): boolean {
  const plain = source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/g, 'x')
  /** Per open group: the largest number of repetitions within it. */
  const open = [1]
  let last = 1
  for (const [token, low, , high] of plain.matchAll(/\{(\d+)(,(\d*))?\}|[\s\S]/g)) {
    if (low !== undefined) last *= Math.max(1, Number(low), Number(high || 0))
    else if (token === '(') {
      open.push(1)
      last = 1
    } else last = token === ')' && open.length > 1 ? open.pop()! : 1
    open[open.length - 1] = Math.max(open.at(-1)!, last)
    if (last > MOST_REPEATED) return true
  }
  return false
}

function explainRegex(source: string): string | undefined {
  if (/\(\?(?:[=!]|<[=!])|\\[1-9]/.test(source)) {
    return 'expected a regular expression without look-around and back-references'
  }
  if (repeatsTooOften(source)) {
    return `expected a regular expression that repeats nothing more than ${MOST_REPEATED} times`
  }
  try {
    const groups = (new RegExp(`${source}|`).exec('')?.length ?? 1) - 1
    return groups === 1 ? undefined : 'expected a regular expression with exactly one (group): the account'
  } catch (error) {
    const reason = /[^:]+$/
      .exec((error as Error).message)?.[0]
      .trim()
      .toLowerCase()
    return `expected a valid regular expression (${reason})`
  }
}

const IDENTIFY_COLUMNS = [
  'client',
  'account',
  'host',
  'path',
  'user_agent',
  'referer',
  'upstream',
  'trace_id',
] as const

/** One of these says where it stands. */
const places = {
  attribute: text.optional().describe('A field of the log: remote_user'),
  header: text.optional().describe('A header of the request that the log has: X-Account'),
  cookie: text.optional().describe('A cookie, where the log has it or all cookies: session_account'),
  query: text.optional().describe('A parameter of the URL: account'),
  host: oneGroup
    .optional()
    .describe('A regular expression with one group over the host: ^([^.]+)\\.example\\.com$'),
  path: oneGroup.optional().describe('A regular expression with one group over the path: ^/t/([^/]+)/'),
  column: z
    .enum(IDENTIFY_COLUMNS)
    .optional()
    .describe('A column of the request, as the log gives it: client'),
}
const PLACES = Object.keys(places)

const identify = z
  .strictObject({
    ...places,
    lookup: text
      .optional()
      .describe(
        'A CSV in the workbook, with the columns key and account, in which what stands there is looked up',
      ),
  })
  .transform(({ lookup, ...rule }, context): IdentifyRule => {
    const given = Object.entries(rule).filter(([, value]) => value !== undefined)
    const [only] = given
    if (only && given.length === 1)
      return { [only[0]]: only[1], ...(lookup === undefined ? {} : { lookup }) } as unknown as IdentifyRule
    const found = given.length === 0 ? 'none' : given.map(([key]) => key).join(' and ')
    const what = lookup === undefined ? '' : ' to look up'
    const message = `expected one of ${PLACES.slice(0, -1).join(', ')} or ${PLACES.at(-1)}${what}, found ${found}`
    context.issues.push({ code: 'custom', message, input: rule })
    return z.NEVER
  })

type IdentifyPlace =
  | { attribute: string }
  | { header: string }
  | { cookie: string }
  | { query: string }
  | { host: string }
  | { path: string }
  | { column: (typeof IDENTIFY_COLUMNS)[number] }

/** How a request's account is read: what stands at one place, or what a file of the workbook says of it. */
export type IdentifyRule = IdentifyPlace & { lookup?: string }

const share = z.number().min(0).max(1)
const shareInside = z.number().gt(0).lt(1)
const count = z.int().min(1)

const triage = z.strictObject({
  minRequests: count.optional().describe('Routes with fewer requests are not looked at (200)'),
  timeShare: share.optional().describe('A route with this share of all time is worth a story (0.1)'),
  errorShare: share
    .optional()
    .describe('A route with this share of errors and timeouts is worth a story (0.01)'),
  tickets: count.optional().describe('A route that this many tickets name is worth a story (3)'),
  limit: count.optional().describe('Stories proposed at a time (10)'),
})

const redact = z.strictObject({
  allow: z.array(text).nullish().describe('Account names that may be shown outside as they are'),
  k: count.optional().describe('Counts below this are shown as “fewer than k” (5)'),
})

const currency = z.string().regex(/^[A-Z]{3}$/, 'expected a currency code such as USD')
const timezone = z.string().refine(isTimezone, 'expected a time zone such as UTC or Europe/Berlin')

/** The engine knows zones by their names only, not as “+02:00”. */
function isTimezone(name: string): boolean {
  if (name === 'UTC') return true
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Every key may be left out, or left empty. */
export const configSchema = z
  .strictObject({
    targets: targets.nullish().describe('How fast is fast enough'),
    objective: shareInside.nullish().describe('The share of requests that must be good (0.95)'),
    smallest: shareInside
      .nullish()
      .describe('The smallest change of that share worth having (0.01 = 1 percentage point)'),
    slo: sloSchema.nullish().describe('What was promised, and over how long: whyslow slo'),
    next: nextSchema.nullish().describe('How stories are weighed against each other: whyslow next'),
    cohort: cohort.nullish(),
    identify: z
      .array(identify)
      .nullish()
      .describe('Where a request’s account is found; the first rule that finds one wins'),
    logFormats: logFormatsSchema
      .nullish()
      .describe('Log formats of your own servers; tried before those that whyslow knows'),
    columns: columnsSchema
      .nullish()
      .describe('What your own exports call their columns: requests: {time: Zeitpunkt}'),
    samplers: samplersSchema.nullish().describe('Profilers of your own, by name: whyslow profile run NAME'),
    currency: currency.nullish().describe('Of the revenue figures (USD)'),
    timezone: timezone.nullish().describe('For hours and days in results (UTC)'),
    timebox: duration.nullish().describe('Budget of a timebox (90m)'),
    beaconWindow: duration
      .nullish()
      .describe('Beacons of one page have at most this between one and the next (30m)'),
    triage: triage.nullish().describe('From when on an issue is worth a story'),
    redact: redact.nullish().describe('What is hidden before anything leaves this machine'),
    trackers: trackersSchema.nullish().describe('Where stories become tickets: whyslow export github'),
  })
  .transform(fillDefaults)

export interface WorkbookConfig {
  /** Milliseconds. `isSet` is false when the file names no default target and 500 ms was assumed. */
  targets: { default: number; isSet: boolean; routes: Record<string, number> }
  /** The share of requests that must be good, 0 to 1. */
  objective: number
  /** The smallest change worth having, as a share; undefined = the design's default rule. */
  smallest: number | undefined
  slo: SloConfig
  next: NextConfig
  cohort: { name: string; where: string } | undefined
  identify: IdentifyRule[]
  logFormats: LogFormatString[]
  columns: ColumnMappings
  samplers: Sampler[]
  currency: string
  timezone: string
  /** Budget of a timebox in milliseconds. */
  timebox: number
  /** Longest time between two beacons of one page, in milliseconds. */
  beaconWindow: number
  triage: { minRequests: number; timeShare: number; errorShare: number; tickets: number; limit: number }
  redact: { allow: string[]; k: number }
  trackers: TrackersConfig
}

interface RawConfig {
  targets?:
    | { default?: number | undefined; routes?: Record<string, number> | null | undefined }
    | null
    | undefined
  objective?: number | null | undefined
  smallest?: number | null | undefined
  slo?: z.output<typeof sloSchema> | null | undefined
  next?: z.output<typeof nextSchema> | null | undefined
  cohort?: { name: string; where: string } | null | undefined
  identify?: IdentifyRule[] | null | undefined
  logFormats?: LogFormatString[] | null | undefined
  columns?: z.output<typeof columnsSchema> | null | undefined
  samplers?: z.output<typeof samplersSchema> | null | undefined
  currency?: string | null | undefined
  timezone?: string | null | undefined
  timebox?: number | null | undefined
  beaconWindow?: number | null | undefined
  triage?: Partial<Record<keyof WorkbookConfig['triage'], number | undefined>> | null | undefined
  redact?: { allow?: string[] | null | undefined; k?: number | undefined } | null | undefined
  trackers?: z.output<typeof trackersSchema> | null | undefined
}

function fillDefaults(raw: RawConfig): WorkbookConfig {
  return {
    targets: {
      default: raw.targets?.default ?? 500,
      isSet: raw.targets?.default !== undefined,
      routes: raw.targets?.routes ?? {},
    },
    objective: raw.objective ?? 0.95,
    smallest: raw.smallest ?? undefined,
    slo: readSlo(raw.slo),
    next: readNext(raw.next),
    cohort: raw.cohort ?? undefined,
    identify: raw.identify ?? [],
    logFormats: raw.logFormats ?? [],
    columns: readMappings(raw.columns),
    samplers: readSamplers(raw.samplers),
    currency: raw.currency ?? 'USD',
    timezone: raw.timezone ?? 'UTC',
    timebox: raw.timebox ?? 90 * 60_000,
    beaconWindow: raw.beaconWindow ?? 30 * 60_000,
    triage: {
      minRequests: raw.triage?.minRequests ?? 200,
      timeShare: raw.triage?.timeShare ?? 0.1,
      errorShare: raw.triage?.errorShare ?? 0.01,
      tickets: raw.triage?.tickets ?? 3,
      limit: raw.triage?.limit ?? 10,
    },
    redact: { allow: raw.redact?.allow ?? [], k: raw.redact?.k ?? 5 },
    trackers: readTrackers(raw.trackers),
  }
}
