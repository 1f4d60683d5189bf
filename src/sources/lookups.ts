/** CSV files of the workbook that say which account a client, a user or a key is: the columns `key` and `account`, others are ignored. */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import { type Engine, sqlText } from '../store/engine.js'
import type { IdentifyRule } from '../workbook/config.js'
import { readTextFile } from '../workbook/read-text.js'
import type { Workbook } from '../workbook/workbook.js'
import { yamlProblem } from '../workbook/yaml-file.js'
import { delimiterOf, splitCsv } from './split-csv.js'

export interface Lookup {
  /** Its place among the rules. */
  index: number
  accounts: Map<string, string>
}

/** The table that a rule's lookup is in while a file is imported. */
export function lookupTable(index: number): string {
  return `lookup_${index}`
}

/** All lookups of the workbook's rules. Throws at the mistake: in `whyslow.yaml` where there is no such file, else in the file. */
export async function readLookups(workbook: Workbook): Promise<Lookup[]> {
  const lookups: Lookup[] = []
  for (const [index, { lookup }] of workbook.config.identify.entries()) {
    if (lookup !== undefined) lookups.push({ index, accounts: await readLookup(workbook, index, lookup) })
  }
  return lookups
}

async function readLookup(workbook: Workbook, index: number, name: string): Promise<Map<string, string>> {
  const file = path.resolve(workbook.dir, name)
  const shown = workbook.show(file)
  const text = await readTextFile(file, shown).catch(async (error: unknown) => {
    const config = workbook.show(workbook.paths.config)
    const yaml = await readTextFile(workbook.paths.config, config)
    const message = `expected a CSV file of the workbook: ${(error as Error).message}`
    throw yamlProblem(yaml, ['identify', index, 'lookup'], message, { file: config })
  })
  const [header = '', ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const delimiter = delimiterOf(header)
  const names = (splitCsv(header, delimiter) ?? []).map(column => column.trim().toLowerCase())
  const [key, account] = [names.indexOf('key'), names.indexOf('account')]
  const fail = (line: number, message: string) =>
    new WhyslowError(`${shown}:${line}:1  ${message}`, { place: { file: shown, line, column: 1 } })
  if (key < 0 || account < 0)
    throw fail(1, `expected the columns key and account, found ${names.filter(Boolean).join(', ') || 'none'}`)
  const accounts = new Map<string, string>()
  const lineOf = new Map<string, number>()
  for (const [i, record] of lines.entries()) {
    if (record.trim() === '') continue
    const line = i + 2
    const cells = splitCsv(record, delimiter)
    if (cells?.length !== names.length)
      throw fail(
        line,
        `expected ${names.length} fields, found ${cells?.length ?? 'a quote that is not closed'}`,
      )
    const [from, to] = [cells[key]!.trim(), cells[account]!.trim()]
    if (from === '' || to === '')
      throw fail(line, `expected a key and an account, found “${from}” and “${to}”`)
    const other = accounts.get(from)
    if (other !== undefined && other !== to)
      throw fail(
        line,
        `the key “${from}” is account “${to}” here, and “${other}” in line ${lineOf.get(from)}`,
      )
    accounts.set(from, to)
    if (other === undefined) lineOf.set(from, line)
  }
  return accounts
}

export async function createLookupTables(
  engine: Engine,
  lookups: readonly Lookup[],
  workDir: string,
): Promise<void> {
  for (const { index, accounts } of lookups) {
    const file = path.join(workDir, `${lookupTable(index)}.ndjson`)
    await writeFile(
      file,
      Array.from(accounts, ([key, account]) => `${JSON.stringify({ key, account })}\n`),
    )
    const columns = `{"key": 'VARCHAR', "account": 'VARCHAR'}`
    await engine.run(
      `CREATE OR REPLACE TABLE ${lookupTable(index)} AS
       SELECT * FROM read_json(${sqlText(file)}, format = 'newline_delimited', columns = ${columns})`,
    )
  }
}

/** Tells whether rules, or what they look up in, have changed since. Undefined for no rules. */
export function identityOf(rules: readonly IdentifyRule[], lookups: readonly Lookup[]): string | undefined {
  if (rules.length === 0) return undefined
  const hash = createHash('sha256').update(JSON.stringify(rules))
  for (const { accounts } of lookups) hash.update(JSON.stringify([...accounts].sort()))
  return hash.digest('hex').slice(0, 12)
}
