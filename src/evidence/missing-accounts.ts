/** Requests that nobody can be told to have made: how many, and when that is too many. */
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { formatCount, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'

export interface MissingAccounts {
  requests: number
  /** Of them, those without an account. */
  missing: number
}

export async function countMissingAccounts(store: Store, slice: Slice): Promise<MissingAccounts> {
  const [row] = await store.all<MissingAccounts>(
    `SELECT coalesce(sum(weight), 0) AS requests, coalesce(sum(weight) FILTER (account IS NULL), 0) AS missing
     FROM requests WHERE ${await slicePredicate(store, slice)}`,
  )
  return row!
}

/** From this share on, rules that should tell accounts don't do what they are for. */
const MOST_MISSING = 0.1

/** `rules`: how many the workbook has; without any nobody expects accounts. `file`: of one file only. */
export function describeWithoutAccount({
  requests,
  missing,
  rules,
  file,
}: MissingAccounts & { rules: number; file?: string }): Warning[] {
  if (rules === 0 || requests === 0 || missing / requests <= MOST_MISSING) return []
  const where = file === undefined ? '' : `${file}: `
  return [
    {
      code: 'accounts-missing',
      message: `${where}${formatCount(missing)} of ${formatCount(requests)} requests (${formatShare(missing / requests)}) have no account: no rule of identify found one.`,
      next: 'whyslow requests --where "account is null" --limit 5, then identify in whyslow.yaml',
    },
  ]
}
