/** The findings of a story, each with its number, how sure it is, what it was found in, and the command that finds it again. */
import type { StoryEvidence } from '../stories/schema.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'
import { formatDay, formatPeriod } from './times.js'

/** Findings that one command reproduces stand together above it. */
export function renderEvidence(entries: readonly StoryEvidence[], style: Style): string {
  if (entries.length === 0) return 'There is no evidence yet: whyslow triage measures it.'
  const groups = [...Map.groupBy(entries, entry => entry.command)]
  const parts = groups.map(([command, found]) => {
    const lines = found.map(entry => renderEntry(entry, style))
    return command === null
      ? lines.join('\n')
      : [...lines, paint(style, 'cyan', wrap(style, plain(style, `→ ${command}`), '  '))].join('\n')
  })
  return fitCharset(style, parts.join('\n\n'))
}

function renderEntry(entry: StoryEvidence, style: Style): string {
  const { id, finding, where, window, sources, at } = entry
  const facts = [
    ...describeValue(entry),
    where && `where ${where}`,
    window && formatPeriod(window),
    sources.length > 0 && `from ${sources.join(', ')}`,
    at && `found ${formatDay(at)}`,
  ].filter(fact => fact)
  const narrower = { ...style, width: style.width - 2 }
  const below = wrap(narrower, plain(style, facts.join(' · '))).replace(/^/gm, '  ')
  return [
    wrap(style, `${paint(style, 'bold', plain(style, id))}: ${plain(style, finding)}`, '  '),
    ...(facts.length === 0 ? [] : [paint(style, 'dim', below)]),
  ].join('\n')
}

function describeValue({ value, unit, interval }: StoryEvidence): string[] {
  if (value === null) return []
  const isShare = unit?.startsWith('share') ?? false
  const format = isShare ? formatShare : /^ms\b/.test(unit ?? '') ? formatDuration : formatNumber
  const range = interval === null ? '' : ` (95%: ${format(interval[0])} to ${format(interval[1])})`
  const said = `${typeof value === 'number' ? format(value) : value}${range}`
  if (unit === null) return [said]
  return [isShare ? `${unit} ${said}` : `${said} ${unit.replace(/^ms\b\s*/, '')}`.trimEnd()]
}

/** What is neither a share nor a time was stored as it is said. */
function formatNumber(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(value)
}
