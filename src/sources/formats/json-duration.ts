/** Durations of JSON logs: a number, or a text with its unit (`0.25s`, `929.675µs`, `1m2.5s`), in SQL and checked by itself. */
import { DURATION_UNITS, type DurationUnit } from '../layout.js'

const NUMBER = /^\s*-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?\s*$/
/** https://pkg.go.dev/time#Duration.String */
const TEXT = /^-?(?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?(?:s|ms|us|µs|μs|ns))?$/

export function isDuration(text: string, unit: DurationUnit | 'text'): boolean {
  if (unit === 'text') return text !== '-' && TEXT.test(text) && /\d/.test(text)
  return NUMBER.test(text) && Number(text) * DURATION_UNITS[unit] < 1e15
}

/** SQL of the number in its unit; in milliseconds for texts. Null for what is no duration. */
export function durationSql(text: string, unit: DurationUnit | 'text'): string {
  if (unit !== 'text') return `try_cast(${text} AS DOUBLE)`
  const number = (end: string, factor: string) =>
    `WHEN ends_with(${text}, '${end}') THEN round(try_cast(left(${text}, -${end.length}) AS DOUBLE) ${factor}`
  const part = (letter: string) =>
    `coalesce(try_cast(regexp_extract(${text}, '(\\d+)${letter}(?:\\d|$)', 1) AS DOUBLE), 0)`
  const seconds = `coalesce(try_cast(regexp_extract(${text}, '(\\d+(?:\\.\\d+)?)s$', 1) AS DOUBLE), 0)`
  // The usual ones first: a regular expression is dear.
  return `CASE ${number('ms', '* 1e6) / 1e6')}
    ${number('µs', '* 1e3) / 1e6')} ${number('μs', '* 1e3) / 1e6')} ${number('us', '* 1e3) / 1e6')} ${number('ns', ') / 1e6')}
    WHEN ends_with(${text}, 's') AND strpos(${text}, 'm') = 0 AND strpos(${text}, 'h') = 0
      THEN round(try_cast(left(${text}, -1) AS DOUBLE) * 1e9) / 1e6
    WHEN regexp_full_match(${text}, '(\\d+h)?(\\d+m)?(\\d+(\\.\\d+)?s)?')
      THEN round((${part('h')} * 3600 + ${part('m')} * 60 + ${seconds}) * 1e9) / 1e6 END`
}
