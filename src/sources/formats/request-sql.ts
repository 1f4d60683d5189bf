/** Pieces of SQL that log formats share: how a request line, an address or a status becomes columns. */

/** `GET /a?b HTTP/1.1` → method; null for handshakes and other garbage. `request` is the name of a field. */
export function methodOf(request: string): string {
  return `CASE WHEN ${isRequestLine(request)} THEN split_part(${request}, ' ', 1) END`
}

/** The request target as it was sent: `/a?b` or `https://host:443/a?b`; null without a method. */
export function targetOf(request: string, method: string): string {
  return `split_part(substr(${request}, strlen(${method}) + 2), ' HTTP/', 1)`
}

export function versionOf(request: string): string {
  return `nullif(split_part(${request}, ' HTTP/', 2), '')`
}

/** `https://host:443/a?b` → `/a?b`, `https://host?b` → `?b`; a target without a host stays as it is. */
export function localPart(target: string): string {
  const behindScheme = `substr(${target}, strpos(${target}, '://') + 3)`
  // The first two are nearly all requests: a slash behind “https://” begins the path, wherever the host ends.
  return `CASE WHEN starts_with(${target}, '/') THEN ${target}
    WHEN starts_with(${target}, 'http') AND strpos(${target}, '://') BETWEEN 5 AND 6 AND strpos(substr(${target}, 9), '/') > 0
      THEN substr(${target}, 8 + strpos(substr(${target}, 9), '/'))
    WHEN strpos(${target}, '://') = 0 THEN ${target}
    WHEN strpos(${behindScheme}, '/') > 0 THEN substr(${behindScheme}, strpos(${behindScheme}, '/'))
    WHEN strpos(${behindScheme}, '?') > 0 THEN substr(${behindScheme}, strpos(${behindScheme}, '?'))
    WHEN ${target} IS NOT NULL THEN '' END`
}

/** What a target has before its local part: `https://host:443`. */
export function originOf(target: string, local: string): string {
  return `nullif(left(${target}, length(${target}) - length(${local})), '')`
}

/** The host of a target that names one. */
export function hostOf(target: string, local: string): string {
  return `nullif(split_part(split_part(${originOf(target, local)}, '://', 2), ':', 1), '')`
}

export function pathOf(local: string): string {
  return `CASE WHEN starts_with(${local}, '/') THEN split_part(${local}, '?', 1)
    WHEN ${local} = '' OR starts_with(${local}, '?') THEN '/' ELSE split_part(${local}, '?', 1) END`
}

export function queryOf(local: string): string {
  return `CASE WHEN strpos(${local}, '?') > 0 THEN substr(${local}, strpos(${local}, '?') + 1) END`
}

/** `10.0.0.1:443`, `[2001:db8::1]:443`, `2001:db8::1:443` → the address. */
export function addressOf(field: string): string {
  return `CASE WHEN strpos(${field}, '.') BETWEEN 2 AND 4 THEN split_part(${field}, ':', 1)
    WHEN starts_with(${field}, '[') THEN split_part(substr(${field}, 2), ']', 1)
    WHEN strpos(substr(${field}, strpos(${field}, ':') + 1), ':') > 0
      THEN left(${field}, length(${field}) - strpos(reverse(${field}), ':'))
    ELSE split_part(${field}, ':', 1) END`
}

/**
 * How a request ended, from its status. `aborted` and `timeout` never finished.
 * 460 is the AWS balancer's “client closed”, 499 nginx's; no status at all is a connection that ended before one.
 */
export function outcomeOf(status: string): string {
  return `CASE WHEN ${status} IS NULL OR ${status} IN (0, 460, 499) THEN 'aborted'
    WHEN ${status} = 504 THEN 'timeout'
    WHEN ${status} >= 500 THEN 'server_error'
    WHEN ${status} >= 400 THEN 'client_error'
    ELSE 'ok' END`
}

/** Whether no column has a quote sign in it: these formats escape it, so one is left of a pair that the engine's reader didn't miss. */
export function withoutQuotes(columns: string[]): string {
  return columns.map(column => `NOT coalesce(contains(${column}, '"'), false)`).join(' AND ')
}

/** A token of letters, a space, and a target that could be one. */
function isRequestLine(request: string): string {
  return `ascii(${request}) BETWEEN 65 AND 90
    AND (strpos(left(${request}, 24), '://') > 0 OR strpos(${request}, ' /') > 0 OR strpos(${request}, '://') > 0 OR strpos(${request}, ' * ') > 0)`
}
