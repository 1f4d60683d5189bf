/** `identify` of `whyslow.yaml` as SQL over the fields of a log. */
import { regexGroup } from '../store/dialect.js'
import { sqlName } from '../store/engine.js'
import type { IdentifyRule } from '../workbook/config.js'
import type { Layout } from './layout.js'
import { lookupTable } from './lookups.js'

/** Where a rule with a lookup leaves the account. */
const accountOf = (index: number) => sqlName(`identified_${index}`)

/** What rules are read from: the fields of a log, or the columns at rest. Both have `derived_query`, `derived_host` and `derived_path`. */
export type Identifiable = Pick<Layout, 'attribute' | 'select'>

/**
 * A source with what the lookups say beside its columns, and the SQL over it of each rule's account, in the order of the rules.
 * Rules of which the log has nothing are left out.
 */
export function identifySql(
  rules: readonly IdentifyRule[],
  layout: Identifiable,
  from: string,
): { from: string; accounts: string[] } {
  let source = from
  const accounts: string[] = []
  for (const [index, rule] of rules.entries()) {
    const sql = placeSql(rule, layout)
    if (sql === null) continue
    if (rule.lookup === undefined) {
      accounts.push(sql)
      continue
    }
    source = `(SELECT found.*, lookup.account AS ${accountOf(index)} FROM (SELECT *, (${sql})::VARCHAR AS lookup_key_${index} FROM ${source}) found
      LEFT JOIN ${lookupTable(index)} lookup ON lookup."key" = found.lookup_key_${index})`
    accounts.push(accountOf(index))
  }
  return { from: source, accounts }
}

function placeSql(rule: IdentifyRule, layout: Identifiable): string | null {
  if ('attribute' in rule) return layout.attribute(rule.attribute)
  if ('header' in rule) return first(headerNames(rule.header), layout)
  if ('cookie' in rule) return cookieSql(rule.cookie, layout)
  if ('query' in rule) return regexGroup('derived_query', `(?:^|&)${escapePattern(rule.query)}=([^&]+)`)
  if ('host' in rule) return regexGroup('derived_host', rule.host)
  if ('path' in rule) return regexGroup('derived_path', rule.path)
  return layout.select[rule.column] ?? null
}

/**
 * How logs call a request's header `X-Account`: by itself, as nginx (`$http_x_account`), Traefik (`request_X-Account`), W3C (`cs(X-Account)`), Caddy
 * (`request.headers.X-Account`) and OpenTelemetry (`http.request.header.x-account`) do.
 */
function headerNames(name: string): string[] {
  const bare = name.replace(/^http_/i, '')
  const proper = bare
    .split(/[-_]/)
    .map(word => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('-')
  const under = bare.toLowerCase().replaceAll('-', '_')
  const dashed = under.replaceAll('_', '-')
  return [
    ...new Set([
      name,
      `http_${under}`,
      under,
      dashed,
      proper,
      `request_${proper}`,
      `cs(${proper})`,
      `request.headers.${proper}`,
      `headers.${dashed}`,
      `http.request.header.${dashed}`,
    ]),
  ]
}

/** A field of its own (`$cookie_NAME`), or one of all cookies: `a=1; NAME=value`, its blanks also as `+` or `%20`. */
function cookieSql(name: string, layout: Identifiable): string | null {
  const own = first([`cookie_${name}`], layout)
  const all = first(headerNames('Cookie'), layout)
  const inAll = all && regexGroup(all, `(?:^|;(?:[ +]|%20)*)${escapePattern(name)}="?([^;"]+)`)
  const found = [own, inAll].filter(sql => sql !== null)
  return found.length === 0 ? null : `coalesce(${found.join(', ')})`
}

function first(names: string[], layout: Identifiable): string | null {
  const found = [...new Set(names.map(name => layout.attribute(name)).filter(sql => sql !== null))]
  return found.length === 0
    ? null
    : `coalesce(${found.map(sql => `nullif((${sql})::VARCHAR, '')`).join(', ')})`
}

function escapePattern(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
