/** `columns:` of `whyslow.yaml`: what a team's own exports call their columns. Unknown columns and units are errors. */
import { z } from 'zod'

/** One of a unit in the unit that a column has: milliseconds, or minutes for `support_minutes`. */
export const COLUMN_UNITS = { ns: 0.000_001, us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const
export type ColumnUnit = keyof typeof COLUMN_UNITS

export interface MappedColumn {
  /** The file's own name. */
  column: string
  /** Only for durations. */
  unit?: ColumnUnit | undefined
  /** Only for durations: `','` where 1.234,5 is one thousand and a bit. */
  decimal?: ',' | '.' | undefined
}

const text = z.string().min(1).describe('The file’s own name for it')

const plainColumn = z
  .union([text, z.strictObject({ column: text })])
  .transform((value): MappedColumn => (typeof value === 'string' ? { column: value } : value))

const duration = z
  .union([
    text,
    z.strictObject({
      column: text,
      unit: z
        .enum(Object.keys(COLUMN_UNITS) as [ColumnUnit, ...ColumnUnit[]])
        .optional()
        .describe('Unit of its numbers, where the name doesn’t say it'),
      decimal: z.enum([',', '.']).optional().describe('How its numbers are written: 1.234,5 has a “,”'),
    }),
  ])
  .transform((value): MappedColumn => (typeof value === 'string' ? { column: value } : value))

/** Column → the file's name for it; any of them may be left out. */
function mappingOf<Plain extends string, Duration extends string>(
  plain: readonly Plain[],
  durations: readonly Duration[] = [],
) {
  const entries = [
    ...plain.map(name => [name, plainColumn.optional()]),
    ...durations.map(name => [name, duration.optional()]),
  ]
  return z
    .strictObject(Object.fromEntries(entries) as Record<Plain | Duration, z.ZodOptional<typeof duration>>)
    .nullish()
}

const PLAIN = {
  requests:
    `time method host path query request route status bytes_in bytes_out client account user_agent referer upstream
     trace_id weight`.split(/\s+/),
  accounts: 'id name plan monthly_revenue currency seats country churned_at'.split(' '),
  tickets: 'id created_at updated_at status subject description requester account tags'.split(' '),
  pageviews: 'time event host path account client session device country'.split(' '),
  deploys: 'time version commit'.split(' '),
}

export const columnsSchema = z.strictObject({
  requests: mappingOf(PLAIN.requests, ['duration_ms', 'queue_ms', 'upstream_ms', 'send_ms']),
  accounts: mappingOf(PLAIN.accounts),
  tickets: mappingOf(PLAIN.tickets, ['support_minutes']),
  pageviews: mappingOf(PLAIN.pageviews, ['engagement_ms']),
  deploys: mappingOf(PLAIN.deploys),
})

export type MappedKind = keyof z.input<typeof columnsSchema>

/** Kind → column → the file's name for it. */
export type ColumnMappings = Partial<Record<MappedKind, Record<string, MappedColumn>>>

/** Without the kinds and columns that were left empty. */
export function readMappings(raw: z.output<typeof columnsSchema> | null | undefined): ColumnMappings {
  return Object.fromEntries(
    Object.entries(raw ?? {}).flatMap(([kind, mapping]) => {
      const named = Object.entries(mapping ?? {}).filter(([, column]) => column !== undefined)
      return named.length === 0 ? [] : [[kind, Object.fromEntries(named)]]
    }),
  )
}
