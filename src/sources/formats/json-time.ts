/** In which form the times of a JSON log are, told by a sample, and how the engine reads that form. */
import { readTime } from '../../store/read-time.js'

export interface TimeForm {
  /** How the member is read from the record. */
  type: 'VARCHAR' | 'DOUBLE' | 'BIGINT'
  /** SQL of the time; null for what is of another form. */
  sql(value: string): string
}

const epoch = (type: 'DOUBLE' | 'BIGINT', least: number, most: number, micros: (v: string) => string) => ({
  type,
  sql: (value: string) =>
    `CASE WHEN ${value} BETWEEN ${least} AND ${most} THEN make_timestamp(${micros(value)}) END`,
})

/** The fraction by itself: a product of the whole would be rounded twice. */
const scaled = (value: string, factor: number) =>
  `floor(${value})::BIGINT * ${factor} + round((${value} - floor(${value})) * ${factor})::BIGINT`

const FORMS: [test: RegExp, form: TimeForm][] = [
  [
    /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/,
    {
      type: 'VARCHAR',
      // Without a zone it is UTC. The engine overlooks a zone where it makes a time without one.
      sql: value => `CASE WHEN strpos(${value}, '-') = 0 THEN NULL
        WHEN ends_with(${value}, 'Z') THEN try_cast(${value} AS TIMESTAMP)
        ELSE try_cast(${value} AS TIMESTAMPTZ)::TIMESTAMP END`,
    },
  ],
  [
    /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d+)?$/,
    {
      type: 'VARCHAR',
      sql: value => `CASE WHEN strpos(${value}, '/') = 5 THEN try_cast(${value} AS TIMESTAMP) END`,
    },
  ],
  [
    /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/,
    {
      type: 'VARCHAR',
      sql: value => `try_strptime(${value}, '%d/%b/%Y:%H:%M:%S %z')::TIMESTAMP`,
    },
  ],
  // Told by their size, as `readTime` does.
  [/^\d{9,10}(?:\.\d+)?$/, epoch('DOUBLE', 1e8, 1e10, v => scaled(v, 1_000_000))],
  [/^\d{11,13}(?:\.\d+)?$/, epoch('DOUBLE', 1e10, 1e13, v => scaled(v, 1000))],
  [/^\d{14,16}$/, epoch('BIGINT', 1e13, 1e16, v => `(${v})::BIGINT`)],
  [/^\d{17,19}$/, epoch('BIGINT', 1e16, 9e18, v => `(${v})::BIGINT // 1000`)],
]

/** The form of most of these values; ISO 8601 where there are none. */
export function tellTimeForm(values: unknown[]): TimeForm {
  const counts = FORMS.map(([test]) => values.filter(value => test.test(textOf(value))).length)
  return FORMS[Math.max(counts.indexOf(Math.max(...counts)), 0)]![1]
}

/** A time as `readTime` takes it, and with slashes as Caddy writes the time on the wall. */
export function readLogTime(value: unknown): string | null {
  const text = textOf(value)
  const wall = /^\d{4}\/\d\d\/\d\d /.test(text) ? text.replaceAll('/', '-') : text
  return readTime(wall === '' ? null : wall)
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
