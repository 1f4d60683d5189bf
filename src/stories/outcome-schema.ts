/** What was promised of a story, what came, and whether it lasted: a part of its front matter. */
import { z } from 'zod'
import { day, duration, entryId, interval, kind, list, maybe, text, time } from './schema-values.js'

export const judged = z.enum(['confirmed', 'disproved', 'cannot tell yet'])

/** One side of a comparison as it was measured. `share`: good requests, 0 to 1. */
const measuredArm = z.strictObject({
  requests: z.int().min(0),
  clusters: maybe(z.int().min(0)),
  share: maybe(z.number()),
  interval: maybe(interval),
})

/** `change` is after − before in the unit of the metric; a share's is 0 to 1. */
export const measuredChange = {
  at: time,
  verdict: z.enum(['better', 'worse', 'no meaningful difference', 'cannot tell yet']),
  before: measuredArm,
  after: measuredArm,
  change: maybe(z.number()),
  interval: maybe(interval),
  command: maybe(text),
}

/** What a later watch of the same hypothesis goes on with. */
export const watch = z.strictObject({
  v1: maybe(z.number().gt(0)).describe('The variance at the first look that counts: never changed'),
  looks: z.int().min(0),
  day: maybe(text).describe('The newest day of data at the last look, where both sides are apart in time'),
  under: maybe(duration).describe('The threshold of all looks, where nobody set one'),
})

/** 0 to 1 before and after, with the interval of the share after. */
const predictedShare = z.strictObject({
  before: z.number(),
  after: z.number(),
  interval: maybe(interval),
})

/** What a change was said to buy before it was made. */
export const prediction = z.strictObject({
  id: entryId,
  at: time,
  what: text.describe('The change that was thought through: “layoutPages takes a third of its time”'),
  kind: maybe(kind).describe('The kind of fix (cache, query, index …): the ledger adds up by it'),
  under: duration,
  share: predictedShare.describe('Good requests'),
  change: z.strictObject({ value: z.number(), interval: maybe(interval) }).describe('After − before'),
  customers: maybe(
    z.strictObject({
      cross: z.number().min(0).describe('For whom three of four requests become good'),
      interval: maybe(interval),
      of: z.int().min(0),
      unit: z
        .enum(['customer', 'client'])
        .default('customer')
        .describe('Clients where the log names no accounts'),
    }),
  ),
  revenue: maybe(z.number()).describe('What those pay a month'),
  assumptions: list(text),
  command: maybe(text).describe('Reproduces it'),
})

export const fix = z.strictObject({
  id: entryId,
  text,
  deployed: maybe(time),
  version: maybe(text),
  kind: maybe(kind).describe('cache, query, index …: the ledger adds up by it'),
  prediction: maybe(text).describe('Id of what was predicted for it; the newest, unless said otherwise'),
  took: maybe(text).describe('Work that went into it: 3h, 2d'),
})

/** What was said before, beside what came. Changes are of the share of good requests. */
export const promised = z.strictObject({
  prediction: maybe(text),
  hypothesis: maybe(text),
  kind: maybe(kind),
  change: z.number(),
  interval: maybe(interval),
  kept: maybe(z.number()).describe('What came, as a part of what was promised: 1 is all of it'),
  keptInterval: maybe(interval),
  reason: maybe(text).describe('Why it can’t be said how much was kept, or how sure that is'),
  judged: maybe(judged).describe('What came of the hypothesis, which promised its smallest change at least'),
})

/** Of a fix that lasts so far. Each look works all out anew from the data. */
const lasting = z.strictObject({
  looks: z.int().min(0),
  day: maybe(text).describe('The newest day of data at the last look'),
})

export const outcome = z.strictObject({
  ...measuredChange,
  under: maybe(duration),
  smallest: maybe(z.number().gt(0)).describe('The smallest change worth having that it was judged by'),
  text: maybe(text),
  sameMix: list(text).describe('Columns at whose mix both sides were compared'),
  promised: maybe(promised),
  since: maybe(time).describe('From when on the fix was there; null where that isn’t known'),
  until: maybe(text).describe('The newest day of data that it was measured on'),
  watch: maybe(lasting).describe('Whether it lasts: triage looks once a day'),
})

/** A fix that didn't last, or a story that a person or a benchmark opened again. */
export const reopening = z.strictObject({
  at: time,
  began: day.describe(
    'The day from which on it was slower again; where nobody measured that, the one after the newest that its outcome was measured on, and no later than “at”',
  ),
  since: maybe(time).describe(
    'The first instant of that day in the workbook’s time zone; “at” where nobody measured it and the outcome is of that day, too',
  ),
  before: maybe(z.number()).describe(
    'The share of good requests from the fix to that day; null where nobody measured it',
  ),
  after: maybe(z.number()).describe('Since that day'),
  interval: maybe(interval).describe('Of the change, over all looks'),
  around: list(text).describe('What changed around that day: versions, instances, deploys'),
  outcome: maybe(outcome).describe('The one that the story had until then'),
})
