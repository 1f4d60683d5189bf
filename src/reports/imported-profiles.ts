/** Profiles that other tools took: what each file holds, and the hottest functions over all. */
import { formatAmount, formatCount, formatDuration, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import {
  describeFlameGraphs,
  type NamedAmounts,
  readAmounts,
  renderHotFunctions,
  type Unit,
} from './hot-functions.js'
import { fitCharset, type Style, wrap } from './style.js'

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
  hottest: ({ unit: Unit } & NamedAmounts)[]
  totals: { unit: Unit; active: number; idle: number }[]
  /** Where they are filed. */
  story: string | null
  /** Files. */
  flameGraphs: string[]
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
    const functions = rows.map(row => readAmounts(row, unit))
    const format = (amount: number) => formatAmount(amount, unit)
    const table = renderHotFunctions(functions, { whole: active, share: 'share', format }, show, style)
    return rows.length === 0 ? whole : `${whole}\n\n${table}`
  })
  return fitCharset(
    style,
    [[...heads, escapeTerminal(filed), ...describeFlameGraphs(result, show)].join('\n'), ...tables].join(
      '\n\n',
    ),
  )
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
