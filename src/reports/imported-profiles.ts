/** Profiles that other tools took: what each file holds, and the hottest functions over all. */
import { formatAmount, formatCount, formatDuration, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import { renderHotFunctions } from './hot-functions.js'
import { fitCharset, type Style, wrap } from './style.js'

type Unit = 'ms' | 'bytes' | 'samples'

export interface ShownImport {
  profiles: {
    file: string
    format: string
    tool: string
    name: string | null
    unit: Unit
    duration_ms: number
    samples: number
    interval_us: number | null
  }[]
  hottest: ({
    unit: Unit
    function: string
    file: string | null
    line: number | null
    group: string
  } & Record<`self_${Unit}` | `total_${Unit}`, number | undefined>)[]
  totals: { unit: Unit; active: number; idle: number }[]
  /** Where they are filed. */
  story: string | null
}

/** `show` shortens a path for this terminal. */
export function renderImportedProfiles(
  result: ShownImport,
  show: (file: string) => string,
  style: Style,
): string {
  const heads = result.profiles.map(profile => wrap(style, escapeTerminal(describeProfile(profile, show))))
  const filed =
    result.story === null ? 'Filed in no story: --story ID does that.' : `Filed in the story ${result.story}.`
  const tables = result.totals.map(({ unit, active, idle }) => {
    const rows = result.hottest.filter(row => row.unit === unit)
    const whole = describeWhole(unit, active, idle)
    const functions = rows.map(row => ({
      ...row,
      self: row[`self_${unit}`] ?? 0,
      total: row[`total_${unit}`] ?? 0,
    }))
    const format = (amount: number) => formatAmount(amount, unit)
    const table = renderHotFunctions(functions, { whole: active, share: 'share', format }, show, style)
    return rows.length === 0 ? whole : `${whole}\n\n${table}`
  })
  return fitCharset(style, [`${heads.join('\n')}\n${escapeTerminal(filed)}`, ...tables].join('\n\n'))
}

function describeProfile(
  { file, format, tool, name, duration_ms, samples, interval_us }: ShownImport['profiles'][number],
  show: (file: string) => string,
): string {
  const parts = [
    format,
    ...(tool === format || tool === 'perf' ? [] : [`by ${tool}`]),
    ...(name === null ? [] : [name]),
    ...(duration_ms > 0 ? [formatDuration(duration_ms)] : []),
    `${formatCount(samples)} samples`,
    ...(interval_us === null ? [] : [`every ${formatDuration(interval_us / 1000)}`]),
  ]
  return `${show(file)}: ${parts.join(', ')}`
}

function describeWhole(unit: Unit, active: number, idle: number): string {
  if (idle === 0) return `In all ${formatAmount(active, unit)}.`
  const whole = active + idle
  return `Busy ${formatShare(active / whole)} (${formatAmount(active, unit)} of ${formatAmount(whole, unit)}).`
}
