/** Whose requests are missing, and of which routes. */
import type { MissingKind } from '../evidence/missing-kind.js'
import type { WhoMisses } from '../evidence/missing-who.js'
import { formatCount, formatDuration, formatShare, formatShareRange } from '../units.js'
import { paint, plain, type Style, wrap } from './style.js'
import { type Cell, renderTable } from './table.js'

export const KIND_NAMES = { requests: 'requests', pages: 'page views', traces: 'traces' }

/** A paragraph a kind of which something is missing. */
export function renderMissingWho(kinds: readonly MissingKind[], style: Style): string[] {
  const found = kinds.filter(({ missing }) => missing > 0)
  if (found.length === 0) return []
  const paragraphs = found.map(kind => {
    const text = wrap(style, plain(style, describeSpread(kind)))
    return kind.who.length === 0 ? text : `${text}\n${renderRows(kind.who, style)}`
  })
  return [
    `${paint(style, 'bold', 'Whose')}  ${paint(style, 'dim', 'customers, plans, countries, devices, clients, instances, routes')}\n${paragraphs[0]}`,
    ...paragraphs.slice(1),
  ]
}

function describeSpread({ kind, hit, who, tested, missing }: MissingKind): string {
  const counted = `${formatCount(missing)} missing ${KIND_NAMES[kind]}`
  const customers = hit === null ? `The ${counted}` : describeHit(hit, { missing, counted })
  if (tested === 0) {
    const few = 'too few customers, or requests of each, to tell whether some miss more than others'
    return `${customers}${hit === null ? ':' : '; there are'} ${few}.`
  }
  const looked = `the ${formatCount(tested)} ${tested === 1 ? 'value that was' : 'values that were'} looked at`
  const verdict =
    who.length === 0
      ? `of none of ${looked} more is missing than chance explains.`
      : `of ${looked}, more is missing than chance explains of these:`
  return `${customers}${hit === null ? ':' : ';'} ${verdict}`
}

function describeHit(
  { unit, count, of, missing: theirs }: NonNullable<MissingKind['hit']>,
  { missing, counted }: { missing: number; counted: string },
): string {
  const some = formatCount(theirs)
  const whose = `of ${formatCount(count)} of ${formatCount(of)} ${unit}s`
  return some === formatCount(missing)
    ? `The ${counted} are ${whose}`
    : `Of the ${counted}, ${some} are ${whose}`
}

function renderRows(who: readonly WhoMisses[], style: Style): string {
  return renderTable(
    [
      { header: '', shrinkTo: 8 },
      { header: '', shrinkTo: 16 },
      { header: 'missing', align: 'right' },
      { header: 'of', align: 'right', drop: 2 },
      { header: 'share', align: 'right' },
      { header: 'interval', align: 'right', drop: 1 },
      { header: 'others', align: 'right' },
    ],
    who.map((row): Cell[] => [
      { text: `  ${row.by}`, paint: 'dim' },
      row.value,
      formatCount(row.missing),
      formatCount(row.of),
      { text: formatShare(row.share), paint: 'red' },
      row.interval === null ? '–' : formatShareRange(row.interval),
      formatShare(row.others),
    ]),
    style,
  )
}

/** Only where there are several. */
export function renderMissingRoutes(kinds: readonly MissingKind[], style: Style): string[] {
  return kinds
    .filter(
      ({ routes, missing, last_ms }) =>
        last_ms !== null && (routes.length > 1 || (routes.length === 1 && routes[0]!.missing < missing)),
    )
    .map(({ kind, routes }) => {
      const later = (ms: number | null) => (ms === null ? 'later' : formatDuration(ms))
      const right = { align: 'right' as const }
      const table = renderTable(
        [
          { header: '', shrinkTo: 16 },
          { header: 'missing', ...right },
          { header: 'of', ...right, drop: 1 },
          { header: 'share', ...right },
          { header: 'p99\nmeasured', name: 'p99 measured', ...right, drop: 2 },
          { header: '\nat best', name: 'at best', ...right },
          { header: '\nat worst', name: 'at worst', ...right },
        ],
        routes.map(({ route, of, missing, share, p99 }): Cell[] => [
          route ?? 'no route',
          formatCount(missing),
          formatCount(of),
          formatShare(share),
          formatDuration(p99.naive_ms),
          formatDuration(p99.best_ms === 0 ? null : p99.best_ms),
          later(p99.worst_ms),
        ]),
        style,
      )
      const note = '“later” is past the last that finished'
      return `${paint(style, 'bold', 'Routes')}  ${paint(style, 'dim', plain(style, `${KIND_NAMES[kind]}, most that is missing first; ${note}`))}\n${table}`
    })
}
