/** Puts the `identify` rules, as they are now, on what was imported. */
import { describeWithoutAccount } from '../evidence/missing-accounts.js'
import { identifyStored } from '../sources/identify-stored.js'
import { createLookupTables, identityOf, readLookups } from '../sources/lookups.js'
import type { Source } from '../store/catalog.js'
import { rowsOf } from '../store/kinds.js'
import { countIds } from '../store/open-store.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { type ChangeOptions, changeStored } from './change-stored.js'
import { commitRewritten, rewriteSource } from './reroute-source.js'

export interface Identified {
  sources: {
    id: string
    file: string
    requests: number
    /** Requests whose account is another one now. */
    changed: number
    withoutAccount: number
  }[]
  warnings: Warning[]
}

export async function identifyAgain(workbook: Workbook, options: ChangeOptions): Promise<Identified> {
  const rules = workbook.config.identify
  const lookups = await readLookups(workbook)
  const identity = identityOf(rules, lookups)
  return changeStored(workbook, options, async workshop => {
    const { engine, data, workDir } = workshop
    await createLookupTables(engine, lookups, workDir)
    const result: Identified = { sources: [], warnings: [] }
    const sources = workshop.sources.filter(source => rowsOf(source, 'requests') > 0)
    for (const [i, source] of sources.entries()) {
      options.signal?.throwIfAborted()
      options.onProgress?.(source.file, { index: i + 1, count: sources.length })
      let changed = 0
      let withoutAccount = 0
      const rewritten = await rewriteSource(
        workshop,
        source,
        async (file, target) => {
          const hadRules = source.identity !== undefined
          const count = await identifyStored(engine, file, rules, { hadRules, target })
          changed += count
          return count > 0
        },
        async files => {
          withoutAccount = (await countIds(engine, files)).withoutAccount
          return { withoutAccount, identity } as Partial<Source>
        },
      )
      await commitRewritten(data, rewritten)
      const requests = rowsOf(source, 'requests')
      result.sources.push({ id: source.id, file: source.file, requests, changed, withoutAccount })
      result.warnings.push(
        ...describeWithoutAccount({
          requests,
          missing: withoutAccount,
          rules: rules.length,
          file: source.file,
        }),
      )
    }
    return result
  })
}

/** What is wrong with the accounts of sources: too few of them, or told by rules that have changed. */
export async function warnOfAccounts(workbook: Workbook, sources: readonly Source[]): Promise<Warning[]> {
  const known = sources.filter(source => source.withoutAccount !== undefined)
  const sum = (value: (source: Source) => number) => known.reduce((total, source) => total + value(source), 0)
  const requests = sum(source => rowsOf(source, 'requests'))
  const missing = sum(source => source.withoutAccount!)
  const rules = workbook.config.identify.length
  return [
    ...(await warnOfOldRules(workbook, sources)),
    ...describeWithoutAccount({ requests, missing, rules }),
  ]
}

/** Sources whose accounts other rules told than those that the workbook has now. */
async function warnOfOldRules(workbook: Workbook, sources: readonly Source[]): Promise<Warning[]> {
  const identity = identityOf(workbook.config.identify, await readLookups(workbook))
  const old = sources.filter(source => rowsOf(source, 'requests') > 0 && source.identity !== identity)
  if (old.length === 0) return []
  const which = old.length === 1 ? `${old[0]!.file} was` : `${old.length} sources were`
  return [
    {
      code: 'identify-changed',
      message: `The rules of identify have changed since ${which} imported.`,
      next: 'whyslow identify puts them on what is stored',
    },
  ]
}
