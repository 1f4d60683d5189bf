/** What triage proposed, refreshed and re-opened, as text. */
import { formatCount, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import { describeReopened, type Reopened } from './reopened.js'
import { bullet } from './stories.js'
import { fitCharset, paint, type Style, wrap } from './style.js'
import { renderTable } from './table.js'

export interface Proposed {
  reopened: Reopened[]
  /** Closed stories whose fix is watched. */
  watched: number
  stories: {
    id: string
    title: string
    status: string
    new: boolean
    reasons: { code: string; text: string }[]
  }[]
  notProposed: { route: string; reason: string }[]
  accounts: { requests: number; missing: number }
}

/** The stories with the reasons of each; of the routes that got none, the first `limit`. */
export function renderTriage(
  { reopened, watched, stories, notProposed, accounts }: Proposed,
  limit: number,
  style: Style,
  dryRun = false,
): string {
  const parts: string[] = reopened.map(one => renderReopened(one, style, dryRun))
  for (const story of stories) {
    const word = `${dryRun ? 'would be ' : ''}${story.new ? 'new' : 'refreshed'}`
    const mark = paint(style, story.new ? 'green' : 'dim', word)
    const lines = [
      `${paint(style, 'bold', escapeTerminal(story.title))}  ${mark}`,
      paint(style, 'dim', `  ${story.id} · ${story.status}`),
    ]
    for (const reason of story.reasons) lines.push(bullet(style, reason.text))
    parts.push(lines.join('\n'))
  }
  if (stories.length === 0) parts.push('No route has an issue that is worth a story.')
  const shown = notProposed.slice(0, limit)
  if (shown.length > 0) {
    const rows = shown.map(({ route, reason }) => [route, reason])
    const columns = [
      { header: 'not proposed', shrinkTo: 16 },
      { header: 'why', shrinkTo: 30 },
    ]
    const rest = notProposed.length - shown.length
    parts.push(
      renderTable(columns, rows, style) +
        (rest > 0
          ? `\n${paint(style, 'dim', `and ${formatCount(rest)} more: --limit ${notProposed.length}`)}`
          : ''),
    )
  }
  const { requests, missing } = accounts
  if (missing > 0) {
    const what =
      missing === requests
        ? 'No request has an account'
        : `${formatShare(missing / requests)} of requests have no account`
    parts.push(paint(style, 'dim', wrap(style, `${what}: no customer is counted for them.`)))
  }
  if (watched > 0) parts.push(paint(style, 'dim', wrap(style, describeWatched(watched, reopened.length))))
  if (dryRun) parts.push('A dry run: nothing was written.')
  return fitCharset(style, parts.join('\n\n'))
}

function renderReopened(one: Reopened, style: Style, dryRun: boolean): string {
  const mark = paint(style, 'red', `${dryRun ? 'would be ' : ''}re-opened`)
  return [
    `${paint(style, 'bold', escapeTerminal(one.title))}  ${mark}`,
    paint(style, 'dim', `  ${one.story} · ${one.status}`),
    ...describeReopened(one).map(text => bullet(style, text)),
  ].join('\n')
}

function describeWatched(watched: number, reopened: number): string {
  if (watched === 1)
    return `1 closed story is watched: its fix ${reopened === 0 ? 'lasts so far' : 'didn’t last'}.`
  const found =
    reopened === 0 ? 'their fixes last so far' : `${formatCount(reopened)} of their fixes didn’t last`
  return `${formatCount(watched)} closed stories are watched: ${found}.`
}
