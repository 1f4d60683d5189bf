/** Two parts of the workbook's requests, as people name them on the command line, compared. */
import { WhyslowError } from '../errors.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { parseTime, type Slice, slicePredicate } from '../store/slice.js'
import { checkWhere } from '../store/where.js'
import { quote } from '../stories/describe-evidence.js'
import { joinWheres } from '../stories/scope.js'
import { formatCount } from '../units.js'
import type { Workbook } from '../workbook/workbook.js'
import { compareSlices, type SlicesComparison, type SlicesQuestion } from './compare-slices.js'
import { type Arms, showArms } from './read-arms.js'
import { joinCheckedWheres } from './resolve-subject.js'

export interface PartsQuestion
  extends Pick<SlicesQuestion, 'metric' | 'smallest' | 'smallest_ms' | 'seed' | 'sameMix'> {
  /** What both sides are narrowed to. */
  slice: Slice
  /** The two sides, or a column whose two values are the sides. */
  arms: Arms | { split: string }
  under: string | null
  route: string | null
}

export interface PartsComparison extends SlicesComparison {
  /** What is on each side. */
  sides: { before: string; after: string }
  /** A command. */
  next: string
}

export async function compareParts(
  workbook: Workbook,
  store: Store,
  { slice, arms, under, route, ...asked }: PartsQuestion,
): Promise<PartsComparison> {
  const named = 'split' in arms ? await splitByColumn(store, slice, arms.split) : arms
  const narrow = async (arm: Arms['before']): Promise<Slice> => ({
    ...slice,
    where: await joinCheckedWheres(store, [slice.where, arm.where]),
    from: arm.from === null ? slice.from : parseTime(arm.from),
    to: arm.to === null ? slice.to : parseTime(arm.to),
  })
  const comparison = await compareSlices(workbook, store, {
    before: await narrow(named.before),
    after: await narrow(named.after),
    design: named.design,
    under: { flag: under, route },
    ...asked,
  })
  const sides = { before: describe(named.before), after: describe(named.after) }
  return { ...comparison, sides, next: suggestNext(comparison, named, slice) }
}

/** What was looked at before it was predicted can't confirm anything; what got worse can be looked at. */
function suggestNext({ verdict, under_ms }: SlicesComparison, arms: Arms, slice: Slice): string {
  if (verdict === 'worse' && arms.after.where !== null) {
    const where = joinWheres([slice.where, arms.after.where, `duration_ms >= ${under_ms}`])
    return `whyslow requests --where ${quote(where!)}`
  }
  return `whyslow hypothesis new STORY --claim "…" ${showArms(arms)}`
}

function describe({ where, from, to }: Arms['before']): string {
  const period = from === null && to === null ? null : `${from ?? ''}..${to ?? ''}`
  return [where, period].filter(part => part !== null).join(', ') || 'all requests'
}

/** Values that an error lists. */
const LISTED = 8

/** The smaller value is the side before, so that versions come in their order. */
async function splitByColumn(store: Store, slice: Slice, column: string): Promise<Arms> {
  const sql = await checkWhere(store, `(${column}) IS NOT NULL`).then(() => `(${column})`)
  const values = await store.all<{ value: string; requests: number }>(
    `SELECT ${sql}::VARCHAR AS value, sum(weight) AS requests FROM requests
     WHERE ${await slicePredicate(store, slice)} AND ${sql} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1000`,
  )
  if (values.length !== 2) throw noTwoValues(column, values)
  const [before, after] = values.map(({ value }) => value).sort()
  const side = (value: string) => ({
    where: `(${column})::VARCHAR = ${sqlText(value)}`,
    from: null,
    to: null,
  })
  return { design: 'canary', before: side(before!), after: side(after!) }
}

function noTwoValues(column: string, values: { value: string; requests: number }[]): WhyslowError {
  const listed = values.slice(0, LISTED).map(({ value, requests }) => `${value} (${formatCount(requests)})`)
  const more = values.length > LISTED ? ' …' : ''
  const [one = 'A', other = 'B'] = values.map(({ value }) => value)
  return new WhyslowError(
    `Expected two values of ${column} to compare, found ${values.length === 0 ? 'none' : formatCount(values.length)}${values.length >= 1000 ? ' or more' : ''}.`,
    {
      next: [
        ...(listed.length > 0 ? [`There are: ${listed.join(', ')}${more}`] : []),
        `Name two: --where-before "${column} = '${one}'" --where-after "${column} = '${other}'"`,
      ],
    },
  )
}
