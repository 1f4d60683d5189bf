/** The accounts of stored requests under other rules: what a log had beside the columns is kept by name, so nothing needs to be imported again. */
import type { Engine } from '../store/engine.js'
import { PARQUET, readParquet, sqlName, sqlText } from '../store/engine.js'
import { ACCOUNT_GIVEN, COLUMNS } from '../store/schema.js'
import type { IdentifyRule } from '../workbook/config.js'
import { type Identifiable, identifySql } from './identify-sql.js'

/**
 * Writes a copy of a file with the accounts that the rules tell, and returns how many of them changed. `hadRules`: whether it was written under
 * rules, so that an account may be theirs rather than the log's own.
 */
export async function identifyStored(
  engine: Engine,
  file: string,
  rules: readonly IdentifyRule[],
  { hadRules, target }: { hadRules: boolean; target: string },
): Promise<number> {
  const columns = await namesOf(engine, `SELECT * FROM ${readParquet([file])}`)
  const attributes = await namesOf(engine, `SELECT attrs.* FROM ${readParquet([file])}`)
  const own = columns.includes(ACCOUNT_GIVEN) ? ACCOUNT_GIVEN : hadRules ? 'NULL::VARCHAR' : 'account'
  const stored: Identifiable = {
    attribute: name =>
      attributes.includes(name)
        ? `(attrs).${sqlName(name)}::VARCHAR`
        : name !== 'account' && Object.hasOwn(COLUMNS.requests, name)
          ? `${sqlName(name)}::VARCHAR`
          : null,
    select: { ...Object.fromEntries(columns.map(name => [name, sqlName(name)])), account: own },
  }
  const { from, accounts } = identifySql(
    rules,
    stored,
    `(SELECT *, path AS derived_path, query AS derived_query, host AS derived_host FROM ${readParquet([file])})`,
  )
  const account = `coalesce(${[...accounts, own].join(', ')})`
  const [row] = await engine.all<{ changed: number }>(
    `SELECT count(*) AS changed FROM ${from} WHERE account IS DISTINCT FROM ${account}`,
  )
  if (row!.changed === 0) return 0
  const kept = columns.filter(name => name !== 'account' && name !== ACCOUNT_GIVEN).map(sqlName)
  await engine.copy(
    `COPY (SELECT ${kept.join(', ')}, ${account} AS account, ${own} AS ${ACCOUNT_GIVEN} FROM ${from})
     TO ${sqlText(target)} (${PARQUET})`,
  )
  return row!.changed
}

async function namesOf(engine: Engine, select: string): Promise<string[]> {
  const rows = await engine.all<{ column_name: string }>(`DESCRIBE ${select}`)
  return rows.map(row => row.column_name)
}
