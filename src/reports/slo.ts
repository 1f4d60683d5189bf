/** Objectives as text: one row each, who ate their budgets, and what to do about those that aren't met. */
import type { Burn } from '../stats/burn-rate.js'
import { quote } from '../stories/describe-evidence.js'
import {
  DAY_MS,
  digitsOfPromise,
  formatCount,
  formatPromise,
  formatShare,
  formatSpent,
  formatTimes,
} from '../units.js'
import { fitCharset, type Paint, paint, plain, type Style, wrap } from './style.js'
import { type Cell, type Column, renderTable } from './table.js'
import { formatRound, formatTime } from './times.js'

interface Eaten {
  bad: number
  budget: number
}

/** As `measureSlos` has it. */
export interface ShownSlo {
  name: string
  kind: 'under' | 'errors'
  route: string | null
  where: string | null
  under_ms: number | null
  objective: number
  window: { from: string; to: string }
  state: 'met' | 'burning' | 'missed' | 'unsure' | 'frozen'
  reason: string | null
  covered: number
  requests: number
  share: number | null
  budget: { spent: number; interval: [number, number] | null } | null
  burn: Burn[]
  stories: (Eaten & { id: string; title: string })[]
  overlaps: (Eaten & { stories: [string, string] })[]
  outside: Eaten
}

export interface SloReportOptions {
  /** Whether anybody has set a target, or one was assumed. */
  targetIsSet: boolean
}

const STATE_PAINT: Record<ShownSlo['state'], Paint> = {
  met: 'green',
  burning: 'red',
  missed: 'red',
  unsure: 'yellow',
  frozen: 'cyan',
}

/** The burn rate that a row shows, unless another one is too high. */
const USUAL_LONG_MS = 6 * 3_600_000

export function renderSlos(slos: readonly ShownSlo[], style: Style, options: SloReportOptions): string {
  const [first] = slos
  if (first === undefined) return 'There are no objectives.'
  const parts = [
    wrap(style, plain(style, describeWindows(slos, options))),
    renderTable(
      listColumns(slos),
      slos.map(slo => listCells(slo, slos)),
      style,
    ),
    ...renderEaters(slos, style),
    ...renderReasons(slos, style),
  ]
  return fitCharset(style, parts.join('\n\n'))
}

function describeWindows(slos: readonly ShownSlo[], { targetIsSet }: SloReportOptions): string {
  const end = `up to ${formatTime(slos[0]!.window.to)} UTC`
  const [only, ...others] = new Set(slos.map(describeWindow))
  const windows = others.length > 0 ? `All windows ${end}` : `${only} ${end}`
  return `${windows}${targetIsSet ? '' : ' · the target is assumed: whyslow.yaml names none'}`
}

function listColumns(slos: readonly ShownSlo[]): Column[] {
  const pair = commonPair(slos)
  return [
    { header: 'objective', shrinkTo: 16 },
    { header: 'promise' },
    ...(hasSeveralWindows(slos) ? [{ header: 'window', align: 'right' as const, drop: 2 }] : []),
    { header: 'requests', align: 'right', drop: 1 },
    { header: 'good', align: 'right' },
    { header: 'budget\nspent', name: 'budget spent', align: 'right' },
    { header: '95%\ninterval', name: 'its interval', align: 'right', drop: 4 },
    { header: `burn rate${pair === null ? '' : `\n${pair}`}`, name: 'burn rate', align: 'right', drop: 3 },
    { header: 'state' },
  ]
}

function listCells(slo: ShownSlo, slos: readonly ShownSlo[]): Cell[] {
  const { budget } = slo
  return [
    slo.name,
    describePromise(slo),
    ...(hasSeveralWindows(slos) ? [describeWindow(slo)] : []),
    formatCount(slo.requests),
    formatShare(slo.share, digitsOfPromise(slo.objective) + 1),
    budget === null ? '–' : formatSpent(budget.spent),
    budget?.interval ? budget.interval.map(formatSpent).join(' to ') : '–',
    describeBurn(slo, commonPair(slos)),
    { text: slo.state, paint: STATE_PAINT[slo.state] },
  ]
}

function hasSeveralWindows(slos: readonly ShownSlo[]): boolean {
  return new Set(slos.map(describeWindow)).size > 1
}

export function describePromise({ kind, objective, under_ms }: ShownSlo): string {
  if (kind === 'errors') return `${formatPromise(1 - objective)} errors`
  return `${formatPromise(objective)} ${under_ms === null ? 'in target' : `under ${formatRound(under_ms)}`}`
}

export function describeWindow({ window: { from, to } }: ShownSlo): string {
  return formatRound(Date.parse(to) - Date.parse(from))
}

/** The rates of both windows, which are named unless the column's head does. */
function describeBurn({ burn }: ShownSlo, common: string | null): string {
  const shown = chooseBurn(burn)
  if (shown === undefined) return '–'
  const rates = [shown.long, shown.short].map(({ rate }) => (rate === null ? '–' : formatTimes(rate)))
  const pair = describePair(shown)
  return `${rates.join(' / ')}${pair === common ? '' : ` in ${pair}`}`
}

/** With the windows that they are of. */
export function describeRates(slo: ShownSlo): string {
  return describeBurn(slo, null)
}

function chooseBurn(burns: readonly Burn[]): Burn | undefined {
  return (
    burns.find(({ exceeds }) => exceeds === true) ??
    burns.find(({ long_ms }) => long_ms === USUAL_LONG_MS) ??
    burns[0]
  )
}

/** `6 h / 30 min`, where all rows show the same two windows. */
function commonPair(slos: readonly ShownSlo[]): string | null {
  const pairs = new Set(slos.flatMap(({ burn }) => chooseBurn(burn) ?? []).map(describePair))
  return pairs.size === 1 ? [...pairs][0]! : null
}

function describePair({ long_ms, short_ms }: Burn): string {
  return `${formatRound(long_ms)} / ${formatRound(short_ms)}`
}

function renderEaters(slos: readonly ShownSlo[], style: Style): string[] {
  const eaten = slos.filter(({ stories }) => stories.length > 0)
  if (eaten.length === 0) return []
  const rows = eaten.flatMap((slo): Cell[][] => [
    ...slo.stories.map(story => eaterCells(slo, story.id, story)),
    ...(slo.outside.bad > 0 ? [eaterCells(slo, { text: 'in no story', paint: 'dim' }, slo.outside)] : []),
  ])
  const columns: Column[] = [
    { header: 'objective', shrinkTo: 16 },
    { header: 'promise', drop: 1 },
    { header: 'story', shrinkTo: 16 },
    { header: 'bad requests', align: 'right' },
    { header: 'of the budget', align: 'right' },
  ]
  const overlaps = eaten.flatMap(slo =>
    slo.overlaps.map(({ stories, bad, budget }) => {
      const text = `${slo.name}: ${stories.join(' and ')} overlap in ${formatCount(bad)} bad requests (${formatSpent(budget)} of the budget), which are in both rows.`
      return paint(style, 'dim', wrap(style, plain(style, text)))
    }),
  )
  return [
    [paint(style, 'bold', 'Who ate the budget'), renderTable(columns, rows, style), ...overlaps].join('\n'),
  ]
}

function eaterCells(slo: ShownSlo, story: Cell, { bad, budget }: Eaten): Cell[] {
  return [slo.name, describePromise(slo), story, formatCount(bad), formatSpent(budget)]
}

/** Objectives that are named where many have the same reason. */
const NAMED = 3
/** Commands at most: those of the worst objectives. */
const NEXT_STEPS = 6

/** Each reason once, whatever number of objectives have it. */
function renderReasons(slos: readonly ShownSlo[], style: Style): string[] {
  const groups = Map.groupBy(
    slos.filter(({ reason }) => reason !== null),
    ({ state, reason }) => `${state} ${reason}`,
  )
  const lines = [...groups.values()].map(group => {
    const { state, reason } = group[0]!
    const names = group.slice(0, NAMED).map(slo => `${slo.name} (${describePromise(slo)})`)
    const rest = group.length > NAMED ? ` and ${formatCount(group.length - NAMED)} more` : ''
    const text = wrap(style, plain(style, `${state}: ${names.join(', ')}${rest}. ${reason}`), '  ')
    return text.replace(state, paint(style, STATE_PAINT[state], state))
  })
  const steps = [...new Set(slos.flatMap(slo => listSteps(slo)))].slice(0, NEXT_STEPS)
  const next = steps.map(step => paint(style, 'dim', plain(style, `→ ${step}`)))
  return [lines, next].filter(part => part.length > 0).map(part => part.join('\n'))
}

function listSteps(slo: ShownSlo): string[] {
  const { from, to } = slo.window
  if (slo.state === 'met' || slo.state === 'unsure') return []
  if (slo.state === 'frozen') {
    const known = Math.floor((slo.covered * (Date.parse(to) - Date.parse(from))) / DAY_MS)
    return slo.budget === null || known < 1 ? [] : [`whyslow slo --window ${known}d`]
  }
  const window = `--from ${from} --to ${to}`
  if (slo.route === null)
    return [slo.where === null ? 'whyslow triage' : `whyslow overview --where ${quote(slo.where)} ${window}`]
  const under = slo.under_ms === null ? '' : ` --under ${slo.under_ms}ms`
  return [`whyslow look ${quote(slo.route)}${under} ${window}`, `whyslow explain ${quote(slo.route)}`]
}
