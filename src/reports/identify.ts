/** What a change of the `identify` rules did, as text. */
import { formatCount, formatShare } from '../units.js'
import type { Style } from './style.js'
import { type Cell, renderTable } from './table.js'

export interface IdentifiedRow {
  id: string
  file: string
  requests: number
  changed: number
  withoutAccount: number
}

export function renderIdentified(sources: readonly IdentifiedRow[], style: Style): string {
  if (sources.length === 0) return 'No requests were imported yet.'
  const rows = sources.map((source): Cell[] => [
    source.id,
    source.file,
    formatCount(source.requests),
    formatCount(source.changed),
    formatCount(source.withoutAccount),
    formatShare(source.withoutAccount / source.requests),
  ])
  const columns = [
    { header: 'id' },
    { header: 'file', shrinkTo: 18, cut: 'start' as const },
    { header: 'requests', align: 'right' as const },
    { header: 'changed', align: 'right' as const },
    { header: 'no account', align: 'right' as const },
    { header: 'of all', align: 'right' as const },
  ]
  return renderTable(columns, rows, style)
}
