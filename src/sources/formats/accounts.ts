/**
 * Accounts: CSV (or NDJSON) with `id` and, where known, `name`, `plan`, `monthly_revenue`, `currency`, `seats`, `country`, `churned_at`.
 * An account of a later file replaces the one with the same id.
 */
import { readTime } from '../../store/read-time.js'
import type { Format } from '../layout.js'
import {
  hasColumns,
  type KnownNames,
  mappingFor,
  type NameTable,
  readByName,
  withMapping,
} from './by-name.js'
import { namedLayout, readNames } from './named.js'

const NAMES: NameTable = {
  id: ['id', 'account_id', 'account', 'customer_id', 'org_id'],
  name: ['name', 'account_name', 'customer_name', 'company'],
  plan: ['plan', 'tier', 'subscription'],
  monthly_revenue: ['monthly_revenue', 'mrr', 'monthly revenue'],
  currency: ['currency', 'currency_code', 'mrr_currency'],
  seats: ['seats', 'users', 'licences', 'licenses'],
  country: ['country', 'country_code'],
  churned_at: ['churned_at', 'churned at', 'cancelled_at', 'canceled_at'],
}

export const ACCOUNT_NAMES: KnownNames = {
  format: 'accounts',
  kind: 'accounts',
  names: NAMES,
  required: [['id'], ['plan', 'monthly_revenue']],
}

export const accounts: Format = {
  name: 'accounts',
  title: 'accounts as CSV: id, name, plan, monthly revenue, seats, country, churned at',
  layout(sample, options) {
    const names = readNames(sample)
    if (names === null) return null
    const mapping = mappingFor('accounts', names.columns, options.columns)
    const table = withMapping(NAMES, mapping)
    const has = (column: string) => hasColumns(names.columns, table, [column])
    // An account needn't have more than an id once somebody has said which column that is.
    if (!has('id') || !(has('plan') || has('monthly_revenue') || mapping.has('id'))) return null
    return namedLayout({
      format: 'accounts',
      kind: 'accounts',
      entries: names.entries,
      read(record) {
        const { text } = readByName(record, table)
        const id = text('id')
        if (id === null) return { reject: 'no id' }
        const churned = text('churned_at')
        const churnedAt = readTime(churned)
        if (churned !== null && churnedAt === null)
          return { reject: `churned_at is no time: ${churned.slice(0, 40)}` }
        return {
          id,
          name: text('name'),
          plan: text('plan'),
          monthly_revenue: readMoney(text('monthly_revenue')),
          currency: readCurrency(text('currency'), text('monthly_revenue')),
          seats: text('seats'),
          country: text('country'),
          churned_at: churnedAt,
        }
      },
    })
  },
}

/** `$1,249.50` and `99 EUR` as numbers. What could be another number (`12,50`) stays as it is, and is rejected. */
function readMoney(text: string | null): string | null {
  const amount = /^[^\d.,-]*(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)[^\d.,]*$/.exec(text ?? '')?.[1]
  return amount?.replaceAll(',', '') ?? text
}

const SIGNS: Record<string, string> = { '€': 'EUR', '£': 'GBP', '₹': 'INR', '₩': 'KRW' }
/** Of a currency that has no code. */
const LONGEST_NAME = 20
const CODES = new Set(Intl.supportedValuesOf('currency'))

/** What a column says, else the price itself: `99 EUR`, `€99`. Null where it isn't said: `$` and `¥` are of several countries. */
function readCurrency(said: string | null, price: string | null): string | null {
  const text = (said ?? price ?? '').trim()
  const code = /(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])/.exec(text)?.[0].toUpperCase()
  if (code !== undefined && CODES.has(code)) return code
  const sign = /[€£₹₩]/.exec(text)?.[0]
  if (sign) return SIGNS[sign]!
  return said === null || said === '$' || said === '¥'
    ? null
    : [...said].slice(0, LONGEST_NAME).join('').toUpperCase()
}
