/** Pieces of SQL that log formats share: how a request line, an address or a status becomes columns. */

/** How a field with a whole request line (`GET /a?b HTTP/1.1`) becomes columns. */
export interface RequestLine {
  /** Intermediate SQL by name, each over what stands above it, so that the engine works out each piece once. */
  derived: Record<string, string>
  columns: { method: string; host: string; path: string; query: string }
  /** What the line has beside them, so that nothing is lost. */
  attrs: { origin: string; garbage: string; http_version: string }
}

/**
 * Handshakes and other garbage have no method and no path. A target may name its host: `https://host:443/a?b` is the origin
 * `https://host:443` and the local part `/a?b`, `https://host?b` is `?b`. `request` is the name of a field.
 */
export function splitRequestLine(request: string): RequestLine {
  const behindScheme = `substr(target, strpos(target, '://') + 3)`
  return {
    derived: {
      method_end: `CASE WHEN ${isRequestLine(request)} THEN strpos(${request}, ' ') END`,
      version_at: `strpos(${request}, ' HTTP/')`,
      target: `CASE WHEN version_at > method_end THEN substr(${request}, method_end + 1, version_at - method_end - 1)
        ELSE substr(${request}, method_end + 1) END`,
      // Nearly all targets are their own local part (0) or have a slash behind “https://host” (over 8).
      slash: `CASE WHEN starts_with(target, '/') THEN 0
        WHEN starts_with(target, 'https://') THEN 8 + strpos(substr(target, 9), '/')
        WHEN starts_with(target, 'http://') THEN 7 + strpos(substr(target, 8), '/') END`,
      local: `CASE WHEN slash = 0 THEN target WHEN slash > 8 THEN substr(target, slash)
        WHEN strpos(target, '://') = 0 THEN target
        WHEN strpos(${behindScheme}, '/') > 0 THEN substr(${behindScheme}, strpos(${behindScheme}, '/'))
        WHEN strpos(${behindScheme}, '?') > 0 THEN substr(${behindScheme}, strpos(${behindScheme}, '?'))
        WHEN target IS NOT NULL THEN '' END`,
      query_at: `strpos(local, '?')`,
      origin: `CASE WHEN slash = 0 THEN NULL WHEN slash > 8 THEN substr(target, 1, slash - 1)
        ELSE nullif(left(target, length(target) - length(local)), '') END`,
    },
    columns: {
      method: `substr(${request}, 1, method_end - 1)`,
      host: `CASE WHEN origin IS NOT NULL THEN nullif(${withoutPort(`split_part(origin, '://', 2)`)}, '') END`,
      path: `CASE WHEN query_at = 1 OR local = '' THEN '/' WHEN query_at = 0 THEN local ELSE substr(local, 1, query_at - 1) END`,
      query: `CASE WHEN query_at > 0 THEN substr(local, query_at + 1) END`,
    },
    attrs: {
      origin: 'origin',
      garbage: `CASE WHEN local IS NULL THEN ${request} END`,
      http_version: `CASE WHEN version_at > 0 THEN nullif(substr(${request}, version_at + 6), '') END`,
    },
  }
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
  return `CASE WHEN ${status} BETWEEN 1 AND 399 THEN 'ok'
    WHEN ${status} IS NULL OR ${status} IN (0, 460, 499) THEN 'aborted'
    WHEN ${status} = 504 THEN 'timeout'
    WHEN ${status} >= 500 THEN 'server_error'
    WHEN ${status} >= 400 THEN 'client_error'
    ELSE 'ok' END`
}

/** Seconds → milliseconds; null when the part was not measured (−1). */
export function millisecondsOf(seconds: string): string {
  return `CASE WHEN ${seconds} >= 0 THEN round(${seconds} * 1e6) / 1e3 END`
}

/** Whether no column has a quote sign in it: these formats escape it, so one is left of a pair that the engine's reader didn't miss. */
export function withoutQuotes(columns: string[]): string {
  return columns.map(column => `NOT coalesce(contains(${column}, '"'), false)`).join(' AND ')
}

/** A token of letters, a space, and a target that could be one. */
function isRequestLine(request: string): string {
  return `ascii(${request}) BETWEEN 65 AND 90
    AND (strpos(${request}, ' /') > 0 OR strpos(${request}, '://') > 0 OR strpos(${request}, ' * ') > 0)`
}

/** `shop.example.com:8080`, `[::1]:80` → the host. */
export function withoutPort(host: string): string {
  return `CASE WHEN starts_with(${host}, '[') THEN split_part(${host}, ']', 1) || ']' ELSE split_part(${host}, ':', 1) END`
}
