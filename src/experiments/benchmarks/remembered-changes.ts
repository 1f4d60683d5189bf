/** `results/<name>.changes.yaml`: the changes that were reported, and what people decided about them. Committed; people edit it, too. */
import path from 'node:path'
import { z } from 'zod'
import { systemErrorCode } from '../../errors.js'
import { text } from '../../workbook/config-values.js'
import { readTextFile } from '../../workbook/read-text.js'
import { spliceYaml } from '../../workbook/splice.js'
import { writeFileAtomic } from '../../workbook/write-file.js'
import { diffValues } from '../../workbook/yaml-edits.js'
import { parseYaml, readYaml } from '../../workbook/yaml-file.js'
import { metricSchema } from './metrics.js'

const EXPECTED_TIME = 'expected a UTC time such as 2026-01-31T09:00:00Z'
const time = z.iso.datetime({ error: EXPECTED_TIME })

function maybe<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform(value => value ?? null)
}

/** A person may have typed a short commit of digits only. */
const sha = z.union([text, z.int()]).transform(String)

const change = z
  .strictObject({
    id: text,
    metric: metricSchema,
    direction: z.enum(['up', 'down']),
    kind: z.enum(['step', 'drift']).default('step'),
    run: text.describe('The first of the new level'),
    at: time,
    until: maybe(time).describe('Of a drift: when its end was reached'),
    after: maybe(sha).describe('The last commit of the old level'),
    first: maybe(sha).describe('The first commit of the new level'),
    from: z.number(),
    to: z.number(),
    found: time,
    state: z
      .enum(['known', 'acknowledged', 'fixed', 'wont-fix'], {
        error: 'expected known, acknowledged, fixed or wont-fix',
      })
      .default('known'),
    decided: maybe(time),
    reason: maybe(text),
    story: maybe(text),
  })
  .refine(({ state, reason }) => state !== 'wont-fix' || reason !== null, {
    message: 'expected a reason beside wont-fix',
    path: ['state'],
  })
  .refine(({ state, decided }) => state !== 'fixed' || decided !== null, {
    message: 'expected “decided” beside fixed: a level that comes back after that time is a new change',
    path: ['state'],
  })

const schema = z.strictObject({
  changes: z
    .array(change)
    .nullish()
    .transform(given => given ?? []),
})

export type RememberedChange = z.output<typeof change>

const NEW_FILE = `# Changes of level that whyslow bench history has reported: each is new once. Commit this file.
# state: known, acknowledged, fixed (with decided: its time) or wont-fix (with a reason).
`

export function changesFileOf(results: string): string {
  return path.join(path.dirname(results), `${path.basename(results).replace(/\.ndjson$/, '')}.changes.yaml`)
}

/** None where there is no file yet. Throws with every mistake in it and its place. */
export async function readRemembered(file: string, shown = file): Promise<RememberedChange[]> {
  return parseYaml(await readText(file, shown), schema, { file: shown }).changes
}

/** Writes what differs: comments, order and quoting of everything else stay. */
export async function writeRemembered(
  file: string,
  changes: readonly RememberedChange[],
  shown = file,
): Promise<void> {
  const before = await readText(file, shown)
  const value = (readYaml(before, { file: shown }).value ?? {}) as { changes?: unknown }
  const known = Array.isArray(value.changes) ? (value.changes as Record<string, unknown>[]) : []
  const wanted = changes.map((one, i) => keepWritten(known[i], one))
  const edits = diffValues(value, { ...value, changes: wanted })
  if (edits.length === 0) return
  await writeFileAtomic(file, spliceYaml(before.trim() === '' ? NEW_FILE : before, edits, { file: shown }))
}

/** Keys without a value are left out, but for those that stand there already. */
function keepWritten(known: Record<string, unknown> | undefined, wanted: RememberedChange) {
  const isSame = known?.id === wanted.id
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([key, value]) => {
      const old = isSame ? known?.[key] : undefined
      if (isSame && old !== undefined && String(old) === String(value)) return [[key, old]]
      if (isSame && old === undefined && value === DEFAULTS[key]) return []
      return value === null && old === undefined ? [] : [[key, value]]
    }),
  )
}

const DEFAULTS: Record<string, unknown> = { kind: 'step', state: 'known' }

async function readText(file: string, shown: string): Promise<string> {
  return readTextFile(file, shown).catch(error => {
    if (systemErrorCode((error as Error).cause) === 'ENOENT') return ''
    throw error
  })
}
