/**
 * `where`: one SQL expression over the columns of a request, written by people.
 *
 * It is parsed bare and in parentheses, and both trees must be equal, so that text which ends the clause early
 * (`status=1) or (1=1`, `a=1 group by b`) is refused. Of the tree only plain expressions are let through:
 * no subqueries, stars, windows, parameters or aggregates, and functions from a list.
 */
import { distance } from 'fastest-levenshtein'
import { WhyslowError } from '../errors.js'
import { ACCOUNT_FUNCTIONS } from './account-functions.js'
import { sqlText } from './engine.js'
import type { Store } from './open-store.js'
import { COLUMNS } from './schema.js'

const CLASSES = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'OPERATOR',
])

const FUNCTIONS = new Set(
  `+ - * / // % || ~~ !~~ ~~* !~~* ~~~ ^@ abs ceil contains concat coalesce date_part date_trunc day dayname dayofweek
  ends_with epoch epoch_ms floor hash hour ilike_escape isodow length left like_escape list_contains list_value log10 lower ltrim minute
  month not_ilike_escape not_like_escape prefix regexp_full_match regexp_matches replace reverse right round rtrim second
  split_part starts_with strftime strlen struct_extract substr substring suffix timezone to_days to_hours to_minutes to_seconds trim
  trunc upper weekday year`
    .split(/\s+/)
    .filter(Boolean),
)

const KNOWN_COLUMNS = [...Object.keys(COLUMNS.requests), 'attrs']

const OF_ACCOUNT = Object.keys(ACCOUNT_FUNCTIONS).map(name => `${name}(account)`)

const EXAMPLES = [`--where "status >= 500"`, `--where "route = 'GET /orders/:id' AND duration_ms > 1000"`]

interface Parsed {
  error?: boolean
  error_message?: string
  position?: string
  statements?: { node: Record<string, unknown> & { where_clause: unknown } }[]
}

/** Throws a `WhyslowError` that shows what is wrong with the expression, and where. Returns the expression, trimmed. */
export async function checkWhere(store: Pick<Store, 'all'>, text: string): Promise<string> {
  const where = text.trim()
  if (where === '') throw whereError(text, 'is empty')
  if (where.includes('\0')) throw whereError(text.replaceAll('\0', '\\0'), 'holds a NUL character')
  const bare = await parse(store, where, `SELECT 1 FROM requests WHERE `, '')
  const wrapped = await parse(store, where, `SELECT 1 FROM requests WHERE (`, '\n)')
  if (canonical(bare) !== canonical(wrapped)) {
    throw whereError(text, 'must be one expression, without clauses behind it')
  }
  const node = bare.statements?.[0]?.node
  if (!node || bare.statements?.length !== 1) throw whereError(text, 'must be one expression')
  checkNode(node.where_clause, text)
  const type = await findType(store, where, text)
  if (type !== 'BOOLEAN')
    throw whereError(text, `is ${nameType(type)}: expected a condition, which holds for a request or doesn't`)
  return where
}

/** The engine would take any number for a condition: 0 is false, all others are true. */
async function findType(store: Pick<Store, 'all'>, where: string, text: string): Promise<string> {
  try {
    await store.all(`EXPLAIN SELECT 1 FROM requests WHERE (${where}\n)`)
    const [column] = await store.all<{ column_type: string }>(`DESCRIBE SELECT (${where}\n) FROM requests`)
    return column!.column_type
  } catch (error) {
    const [first = ''] = String((error as Error).message).split('\n')
    throw whereError(text, `can't be used: ${first.replace(/^\w+ Error: /, '')}`, error)
  }
}

/** The attribute that an expression names and no request has, where this is what is wrong with it; else null. */
export function findMissingAttribute(error: unknown): string | null {
  return error instanceof WhyslowError
    ? (/Could not find key "([^"]+)" in struct/.exec(error.message)?.[1] ?? null)
    : null
}

function nameType(type: string): string {
  if (/INT|DOUBLE|FLOAT|DECIMAL/.test(type)) return 'a number'
  return type === 'VARCHAR' ? 'a text' : `of the type ${type}`
}

async function parse(
  store: Pick<Store, 'all'>,
  where: string,
  before: string,
  after: string,
): Promise<Parsed> {
  const sql = sqlText(before + where + after)
  const [row] = await store.all<{ tree: string }>(`SELECT json_serialize_sql(${sql}::VARCHAR) AS tree`)
  const parsed = JSON.parse(row!.tree) as Parsed
  if (parsed.error) {
    const offset = Number(parsed.position ?? before.length) - before.length
    const message = (parsed.error_message ?? 'syntax error').split('\n')[0]!
    throw whereError(where, `${message}, at character ${Math.min(Math.max(offset + 1, 1), where.length + 1)}`)
  }
  return parsed
}

/** The statement without positions, which differ between the two parses. */
function canonical(parsed: Parsed): string {
  return JSON.stringify(parsed.statements, (key, value) => (key === 'query_location' ? undefined : value))
}

function checkNode(node: unknown, text: string): void {
  if (node === null || typeof node !== 'object') return
  const expression = node as Record<string, unknown>
  const kind = expression.class
  if (typeof kind === 'string') {
    if (!CLASSES.has(kind)) throw whereError(text, `can't hold a ${kind.toLowerCase().replaceAll('_', ' ')}`)
    if (kind === 'FUNCTION') checkFunction(expression, text)
    if (kind === 'COLUMN_REF') checkColumn(expression.column_names as string[], text)
    if (kind === 'CONSTANT') return
  }
  for (const value of Object.values(expression)) checkNode(value, text)
}

function checkFunction(expression: Record<string, unknown>, text: string): void {
  const name = String(expression.function_name).toLowerCase()
  if (!FUNCTIONS.has(name) && !Object.hasOwn(ACCOUNT_FUNCTIONS, name))
    throw whereError(text, `can't call ${name}()`)
}

function checkColumn(names: string[], text: string): void {
  const name = names[0] ?? ''
  if (KNOWN_COLUMNS.includes(name.toLowerCase())) return
  const asked = `${name.toLowerCase()}_of`
  if (Object.hasOwn(ACCOUNT_FUNCTIONS, asked))
    throw whereError(
      text,
      `names “${name}”, which is no column of a request; did you mean ${asked}(account)?`,
    )
  const closest = KNOWN_COLUMNS.toSorted((a, b) => distance(a, name) - distance(b, name))[0]!
  throw whereError(text, `names “${name}”, which is no column; did you mean ${closest}?`)
}

function whereError(text: string, problem: string, cause?: unknown): WhyslowError {
  return new WhyslowError(`The where expression ${problem}.\n  ${text.trim()}`, {
    next: [
      `An expression over: ${KNOWN_COLUMNS.join(', ')}, and of the account: ${OF_ACCOUNT.join(', ')}`,
      `Text goes in single quotes. For example: ${EXAMPLES.join('  or  ')}`,
    ],
    cause,
  })
}
