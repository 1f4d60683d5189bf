/** `results/<name>.ndjson` beside the scenario: a repetition a line, only ever added to. It lives in git, or in the cache of a CI. */
import { access, mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { systemErrorCode, WhyslowError } from '../../errors.js'
import { formatCount } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { UNREADABLE } from '../../workbook/read-text.js'
import { explainWriteError } from '../../workbook/write-file.js'
import type { Repetition } from './repetition.js'
import type { Scenario } from './scenario.js'

export function resultsFileOf({ file, name }: Pick<Scenario, 'file' | 'name'>): string {
  return path.join(path.dirname(file), 'results', `${name}.ndjson`)
}

/** Throws a `WhyslowError` where nothing could be added to it: before an hour of measuring. Leaves no file where there was none. */
export async function checkResultsFile(file: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true })
    const isNew = !(await exists(file))
    await (await open(file, 'a')).close()
    if (isNew) await rm(file)
  } catch (error) {
    throw explainWriteError(file, error)
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/** In one write, on the disk when it resolves. A line that was cut off before stays as it is, and this one begins below it. */
export async function appendRepetition(file: string, repetition: Repetition): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true })
    const handle = await open(file, 'a+')
    try {
      const { size } = await handle.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await handle.read(last, 0, 1, size - 1)
      const isTorn = size > 0 && last.toString() !== '\n'
      await handle.appendFile(`${isTorn ? '\n' : ''}${JSON.stringify(repetition)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw explainWriteError(file, error)
  }
}

const number = z.number()
const measured = number.nullish().transform(value => value ?? null)
const delay = z
  .object({ p50_ms: number, p99_ms: number, longest_ms: number })
  .nullish()
  .transform(value => value ?? null)
const calibration = z.object({ median_ms: number, spread: number, slowest: number })
const kept = z
  .string()
  .nullish()
  .transform(value => value ?? null)

/** Thousands of pairs a line: checked by hand. */
const pairs = z.custom<[number, number][]>(
  value =>
    Array.isArray(value) &&
    value.every(
      pair =>
        Array.isArray(pair) && pair.length === 2 && Number.isFinite(pair[0]) && pair[0] >= 0 && pair[1] > 0,
    ),
  'expected pairs of milliseconds and a count',
)

/** Keys that a later version added are left out; those that an earlier one didn't know yet are not measured. */
const repetitionSchema = z.object({
  scenario: z.string(),
  fingerprint: z.string(),
  run: z.string(),
  index: number,
  at: z.iso.datetime(),
  under_ms: number,
  requests: number,
  errors: number,
  timeouts: number.default(0),
  statuses: z.record(z.string(), number).default({}),
  duration_ms: number,
  throughput: number,
  underShare: measured,
  p50_ms: measured,
  p95_ms: measured,
  p99_ms: measured,
  cpu_ms: measured,
  cpuPerRequest_ms: measured,
  peakMemory_mb: measured,
  eventLoopDelay: delay,
  gc: z
    .object({ count: number, total_ms: number, longest_ms: number })
    .nullish()
    .transform(value => value ?? null),
  lateness: delay,
  noise: z.object({ before: calibration, after: calibration }),
  environment: z.object({
    commit: kept,
    isDirty: z.boolean().default(false),
    system: z.string(),
    cpu: z.string(),
    cores: number,
    memory_mb: number,
    loadAverage: number,
    node: kept,
    whyslow: z.string(),
    dependencies: z.record(z.string(), z.string()).default({}),
    lockFile: kept,
    mix: kept,
  }),
  latency: pairs,
})

interface BadLine {
  line: number
  reason: string
}

/**
 * In the order of the file; none where there is no such file yet. A line that can't be read is left out, with a warning that says
 * where it is. `shown` is how warnings name the file. Throws a `WhyslowError` when the file itself can't be read.
 */
export async function readResults(
  file: string,
  shown = file,
): Promise<{ repetitions: Repetition[]; warnings: Warning[] }> {
  const text = await readText(file, shown)
  const lines = text.split('\n')
  const repetitions: Repetition[] = []
  const bad: BadLine[] = []
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue
    const read = readLine(line)
    if (typeof read !== 'string') repetitions.push(read)
    else if (at === lines.length - 1 && read === NO_JSON) bad.push({ line: at + 1, reason: CUT_OFF })
    else bad.push({ line: at + 1, reason: read })
  }
  return { repetitions, warnings: bad.length === 0 ? [] : [describeBad(shown, bad)] }
}

async function readText(file: string, shown: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = systemErrorCode(error) ?? ''
    if (code === 'ENOENT') return ''
    if (UNREADABLE[code] === undefined) throw error
    throw new WhyslowError(`Could not read ${shown}: ${UNREADABLE[code]}.`, {
      place: { file: shown },
      cause: error,
    })
  }
}

const NO_JSON = 'isn’t JSON'
const CUT_OFF = 'was cut off while it was written'

/** The repetition, or why it is none. */
function readLine(line: string): Repetition | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return NO_JSON
  }
  const result = repetitionSchema.safeParse(value)
  if (result.success) return result.data
  const { path: where, message } = result.error.issues[0]!
  return where.length === 0 ? 'is no repetition' : `${where.join('.')}: ${message}`
}

const MOST_NAMED = 5

function describeBad(shown: string, bad: readonly BadLine[]): Warning {
  const named = bad.slice(0, MOST_NAMED).map(({ line, reason }) => `${shown}:${line} (${reason})`)
  const more = bad.length > MOST_NAMED ? ` and ${formatCount(bad.length - MOST_NAMED)} more` : ''
  const what =
    bad.length === 1 ? 'A line of the results is' : `${formatCount(bad.length)} lines of the results are`
  return {
    code: 'lines-rejected',
    message: `${what} left out: ${named.join(', ')}${more}.`,
    next: 'Delete them, or mend them by hand: each line is one repetition as JSON.',
  }
}
