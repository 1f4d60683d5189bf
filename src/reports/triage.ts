/** What triage proposed, refreshed and re-opened, as text. */
import { formatCount, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import { describeReopened, type Reopened } from './reopened.js'
import { bullet } from './stories.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'
import { renderTable } from './table.js'

/** Closed stories whose fix is watched. */
export interface Watched {
  /** Also those that were looked at before on the same day of data. */
  looked: number
  /** After the close there are no requests, or those of too few days or customers to tell. */
  early: number
  /** Each has a warning. */
  unseen: number
  /** Those of `early`. */
  waiting: Waiting[]
}

/** `days` of data after the close; before it has `of` of them, and enough customers, nothing is told. */
export interface Waiting {
  story: string
  days: number
  of: number
}

export interface Proposed {
  reopened: Reopened[]
  watched: Watched
  stories: {
    id: string
    title: string
    status: string
    new: boolean
    reasons: { code: string; text: string }[]
  }[]
  /** `next`: the command that makes a story of it, where there is one. */
  notProposed: { route: string; reason: string; next: string | null }[]
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
      { header: 'not proposed', shrinkTo: 30 },
      { header: 'why', shrinkTo: 30 },
    ]
    const rest = notProposed.length - shown.length
    parts.push(
      renderTable(columns, rows, style) +
        (rest > 0
          ? `\n${paint(style, 'dim', `and ${formatCount(rest)} more: --limit ${notProposed.length}`)}`
          : '') +
        renderNext(shown, style),
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
  const watch = describeWatched(watched, reopened.length)
  if (watch !== null) parts.push(paint(style, 'dim', wrap(style, watch)))
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

/** Commands stand whole, whatever is cut in the table. */
function renderNext(shown: Proposed['notProposed'], style: Style): string {
  const next = shown.flatMap(one => one.next ?? [])
  if (next.length === 0) return ''
  return [
    '',
    paint(style, 'dim', next.length === 1 ? 'If it is back:' : 'If one is back:'),
    ...next.map(command => `  ${plain(style, command)}`),
  ].join('\n')
}

/** `4 closed stories are watched: 1 fix didn’t last, 3 last so far.`; null where none is. */
function describeWatched({ looked, early, unseen, waiting }: Watched, reopened: number): string | null {
  const count = looked + early + unseen
  const short = waiting.filter(({ days, of }) => days < of)
  const found = [
    { many: reopened, of: (n: string) => `${n} didn’t last` },
    {
      many: Math.max(0, looked - reopened),
      of: (n: string, one: boolean) => `${n} ${one ? 'lasts' : 'last'} so far`,
    },
    {
      many: short.length,
      of: (n: string) => `of ${n} there are too few days to tell yet (${nameWaiting(short)})`,
    },
    { many: early - short.length, of: (n: string) => `of ${n} there are too few customers to tell yet` },
    { many: unseen, of: (n: string) => `of ${n} it can’t be told (see the warnings)` },
  ].filter(({ many }) => many > 0)
  if (count === 0) return null
  const many = (n: number) => (n === 1 ? '1 fix' : `${formatCount(n)} fixes`)
  const told = found.map(({ many: n, of }) => of(many(n), n === 1)).join(', ')
  return `${count === 1 ? '1 closed story is' : `${formatCount(count)} closed stories are`} watched: ${told}.`
}

const MOST_WAITING = 3

/** `orders: 5 of 7 after the close, items: 2 of 7`: those first that can soon be told. */
function nameWaiting(waiting: readonly Waiting[]): string {
  const nearest = waiting.toSorted((one, other) => other.days - one.days)
  const named = nearest
    .slice(0, MOST_WAITING)
    .map(({ story, days, of }, i) => `${story}: ${days} of ${of}${i === 0 ? ' after the close' : ''}`)
  const more = waiting.length - named.length
  return [...named, ...(more > 0 ? [`${formatCount(more)} more`] : [])].join(', ')
}
