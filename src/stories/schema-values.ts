/** What values of a story's front matter may be: texts, times, durations, intervals. */
import { z } from 'zod'
import { parseDuration } from '../units.js'

/** An empty value is null, so that results carry every key. */
export function maybe<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform(value => value ?? null)
}

export function list<S extends z.ZodType>(entry: S) {
  return z
    .array(entry)
    .nullish()
    .transform(entries => entries ?? [])
}

export const text = z.string().min(1)

export const entryId = text.describe('Unique in its list')

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?$/

const EXPECTED_DAY = 'expected a day such as 2026-01-31'
const EXPECTED_TIME = 'expected a UTC time such as 2026-01-31T09:00:00Z'
const EXPECTED_DURATION = 'expected a duration such as 500ms, 1.5s, 90m or 1h30m'

/** ISO 8601 in UTC; a date alone is its midnight. */
export const time = z
  .string({ error: EXPECTED_TIME })
  .refine(value => TIME.test(value) && !Number.isNaN(Date.parse(value)), EXPECTED_TIME)

/** A calendar day in the workbook's time zone. */
export const day = z
  .string()
  .refine(value => /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)), EXPECTED_DAY)

/** Of a fix, in one spelling: fixes of a kind are added up. Empty for a text of spaces alone. */
export function spellKind(text: string): string {
  return text.trim().toLowerCase().replaceAll(/\s+/g, ' ')
}

export const kind = z.string().overwrite(spellKind).min(1)

/** Kept as it was typed: `500ms`. */
export const duration = z.string({ error: EXPECTED_DURATION }).refine(isDuration, EXPECTED_DURATION)

function isDuration(value: string): boolean {
  try {
    return parseDuration(value) > 0
  } catch {
    return false
  }
}

/** `from` is inside, `to` is not. Null = open. */
export const storyWindow = z
  .strictObject({ from: maybe(time), to: maybe(time) })
  .refine(
    ({ from, to }) => from === null || to === null || Date.parse(from) < Date.parse(to),
    'expected a window whose “from” is before its “to”',
  )

export const where = text.describe('A SQL expression over the columns of a request')
export const interval = z.tuple([z.number(), z.number()]).describe('95%: [low, high]')
export const value = z.union([z.string(), z.number(), z.boolean()])
