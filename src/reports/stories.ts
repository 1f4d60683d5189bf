/** Stories as text: the list, one in full, and what support finds. */

import type { StoryAnswer, StoryFrontMatter, StoryQuestion } from '../stories/schema.js'
import { budgetOf, describeLeft, type TimeboxStatus } from '../stories/timeboxes.js'
import { formatCount, formatDuration, formatPoints } from '../units.js'
import { escapeTerminal } from './escape.js'
import { describePredicted } from './prediction-words.js'
import { describeKept } from './promise-words.js'
import { describeReopening, describeWatch } from './reopened.js'
import { fitCharset, paint, type Style, wrap } from './style.js'
import { renderTable } from './table.js'
import { formatPeriod, formatTime } from './times.js'

/** `statuses`: only stories in these were asked for. */
export function renderStoryList(
  stories: readonly StoryFrontMatter[],
  style: Style,
  statuses?: readonly string[],
): string {
  if (stories.length === 0) {
    return statuses ? `No story is ${statuses.join(' or ')}.` : 'There are no stories yet: whyslow triage'
  }
  const rows = stories.map(story => [
    story.id,
    story.status,
    story.title,
    withoutUnit(story.questions.customers, 'customers'),
    shortAnswer(story.questions.revenue),
    formatCount(story.tickets.matched.length),
    story.links.jira ?? story.links.github ?? '–',
  ])
  const columns = [
    { header: 'id' },
    { header: 'status' },
    { header: 'title', shrinkTo: 20 },
    { header: 'customers hit', align: 'right' as const, drop: 3 },
    { header: 'they pay', align: 'right' as const, drop: 2 },
    { header: 'tickets', align: 'right' as const, drop: 1 },
    { header: 'tracker', drop: 0 },
  ]
  return fitCharset(style, renderTable(columns, rows, style))
}

export const ASKED: Record<StoryQuestion, string> = {
  impact: 'How does it impact the customer?',
  customers: 'How many customers?',
  revenue: 'How much do they pay?',
  shown: 'Can we show it?',
  blocks: 'Does it block their workflow?',
  others: 'Does it hurt anyone else?',
  support: 'Does it cause toil for support?',
  churn: 'Has it made customers leave?',
}

export function renderStory(story: StoryFrontMatter, style: Style): string {
  const heading = (text: string) => paint(style, 'bold', text)
  const window = story.scope.window ? formatPeriod(story.scope.window) : null
  const facts = [story.id, story.status, story.route, window].filter(fact => fact !== null).join(' · ')
  const parts = [
    `${wrap(style, heading(escapeTerminal(story.title)))}\n${paint(style, 'dim', wrap(style, escapeTerminal(facts)))}`,
  ]
  if (story.reasons.length > 0)
    parts.push([heading('Why'), ...story.reasons.map(reason => bullet(style, reason.text))].join('\n'))
  const questions = (Object.entries(story.questions) as [StoryQuestion, StoryAnswer][]).map(
    ([name, answer]) => {
      const said = answer === 'unknown' ? paint(style, 'dim', 'unknown') : escapeTerminal(longAnswer(answer))
      return `  ${wrap({ ...style, width: style.width - 2 }, `${ASKED[name]} ${said}`, '      ')}`
    },
  )
  parts.push([heading('Questions'), ...questions].join('\n'))
  if (story.evidence.length > 0) {
    parts.push(
      [
        heading('Evidence'),
        ...story.evidence.map(entry => bullet(style, `${entry.id}: ${entry.finding}`)),
      ].join('\n'),
    )
  }
  if (story.timeboxes.length > 0)
    parts.push(
      [heading('Timeboxes'), ...story.timeboxes.map(timebox => bullet(style, describeTimebox(timebox)))].join(
        '\n',
      ),
    )
  if (story.hypotheses.length > 0)
    parts.push(
      [
        heading('Hypotheses'),
        ...story.hypotheses.map(hypothesis => bullet(style, describeHypothesis(hypothesis))),
      ].join('\n'),
    )
  if (story.predictions.length > 0)
    parts.push(
      [
        heading('Predictions'),
        ...story.predictions.map(one =>
          bullet(style, `${one.id}: with ${one.what}: ${describePredicted(one)}`),
        ),
      ].join('\n'),
    )
  if (story.fixes.length > 0)
    parts.push([heading('Fixes'), ...story.fixes.map(fix => bullet(style, describeFix(fix)))].join('\n'))
  if (story.outcome)
    parts.push(
      [
        heading('Outcome'),
        ...[
          story.outcome.text ?? story.outcome.verdict,
          describeKept(story.outcome),
          ...describeWatch(story.outcome),
        ]
          .filter(text => text !== '')
          .map(text => bullet(style, text)),
      ].join('\n'),
    )
  if (story.reopened.length > 0)
    parts.push(
      [
        heading('Re-opened'),
        ...story.reopened.map(one => bullet(style, describeReopening(one).join('; '))),
      ].join('\n'),
    )
  if (story.notes.length > 0)
    parts.push([heading('Notes'), ...story.notes.map(note => bullet(style, note.text))].join('\n'))
  const tickets = describeTickets(story)
  if (tickets.length > 0)
    parts.push([heading('Tickets'), ...tickets.map(ticket => bullet(style, ticket))].join('\n'))
  const files = [
    ...story.profiles.map(profile => profile.file),
    ...story.attachments.map(item => item.file ?? item.url ?? ''),
  ]
  if (files.length > 0) parts.push([heading('Files'), ...files.map(file => bullet(style, file))].join('\n'))
  return fitCharset(style, parts.join('\n\n'))
}

function describeFix({ text, kind, deployed, took, prediction }: StoryFrontMatter['fixes'][number]): string {
  const facts = [
    kind,
    deployed && `deployed ${formatTime(deployed)} UTC`,
    took && `took ${took}`,
    prediction && `predicted as ${prediction}`,
  ].filter(fact => fact)
  return facts.length === 0 ? text : `${text} (${facts.join(', ')})`
}

/** With what the last `export --pull` found. */
export function describeTickets({ links }: StoryFrontMatter): string[] {
  return (
    [
      ['GitHub', 'github'],
      ['Jira', 'jira'],
    ] as const
  ).flatMap(([name, tracker]) => {
    const state = links.states?.[tracker]
    if (links[tracker] === null) return []
    const facts = state
      ? [state.status, state.closed && `closed ${state.closed.slice(0, 10)}`, state.assignee].filter(
          fact => fact,
        )
      : []
    return [`${name} ${links[tracker]}${facts.length > 0 ? `: ${facts.join(', ')}` : ''}`]
  })
}

export function shortAnswer(answer: StoryAnswer): string {
  if (answer === 'unknown') return 'unknown'
  return typeof answer.value === 'number'
    ? `${formatCount(answer.value)}${answer.unit ? ` ${answer.unit}` : ''}`
    : String(answer.value)
}

/** Where the heading says it already. */
export function withoutUnit(answer: StoryAnswer, unit: string): string {
  return shortAnswer(answer !== 'unknown' && answer.unit === unit ? { ...answer, unit: null } : answer)
}

function longAnswer(answer: Exclude<StoryAnswer, 'unknown'>): string {
  return `${shortAnswer(answer)} (${answer.source === 'person' ? 'a person said so' : 'measured'})`
}

function describeTimebox(timebox: StoryFrontMatter['timeboxes'][number]): string {
  const budget = budgetOf(timebox).join(' + ')
  if (timebox.stopped === null)
    return `${timebox.id}: running since ${formatTime(timebox.started)} UTC, budget ${budget}`
  const ruledOut = timebox.ruledOut ? `; ruled out: ${timebox.ruledOut}` : ''
  const took = formatDuration(Date.parse(timebox.stopped) - Date.parse(timebox.started))
  return `${timebox.id}: ${took} of ${budget}; learned: ${timebox.learned ?? 'nothing was written down'}${ruledOut}`
}

/** What was written down when the newest timebox was stopped. */
export function renderLastTimebox(story: StoryFrontMatter): string {
  const last = story.timeboxes.findLast(timebox => timebox.stopped !== null)
  return last ? escapeTerminal(`${story.id} ${describeTimebox(last)}`) : ''
}

function describeHypothesis(hypothesis: StoryFrontMatter['hypotheses'][number]): string {
  const last = hypothesis.results.at(-1)
  if (!last) return `${hypothesis.id}: ${hypothesis.claim} – not tested yet`
  const change = last.change === null ? '' : ` (${formatPoints(last.change)})`
  const kind = last.exploratory ? ', exploratory' : ''
  return `${hypothesis.id}: ${hypothesis.claim} – ${last.judged}${change}${kind}`
}

export function renderTimeboxes(statuses: readonly TimeboxStatus[], style: Style): string {
  if (statuses.length === 0) return 'No timebox is running.'
  return statuses
    .map(status => {
      const over = status.left_ms < 0
      return `${paint(style, 'bold', escapeTerminal(status.story))}  ${paint(style, over ? 'red' : 'green', describeLeft(status))}, since ${formatTime(status.started)} UTC`
    })
    .join('\n')
}

/** Indented, and so are the lines that it wraps to. */
export function bullet(style: Style, text: string): string {
  return `  - ${wrap({ ...style, width: style.width - 4 }, escapeTerminal(text), '    ')}`
}

export interface Found {
  stories: {
    id: string
    title: string
    status: string
    because: string
    customers: StoryAnswer
    tickets: number
    follow: string
  }[]
  customer: { id: string; name: string | null } | null
  route: string | null
  isComplete: boolean
}

export function renderFound(found: Found, style: Style): string {
  const head = found.customer
    ? `Customer ${escapeTerminal(found.customer.id)}${found.customer.name ? ` (${escapeTerminal(found.customer.name)})` : ''}\n\n`
    : ''
  if (found.stories.length === 0) {
    const which = found.isComplete ? 'No story' : 'No story that could be read'
    const about = found.route === null ? 'this' : escapeTerminal(found.route)
    const report = found.route === null ? '' : ` --about '${escapeTerminal(found.route)}'`
    return `${head}${which} is about ${about}. To report it: whyslow story new${report}`
  }
  return fitCharset(
    style,
    head +
      found.stories
        .map(story =>
          [
            `${paint(style, 'bold', escapeTerminal(story.title))}  ${paint(style, 'dim', story.status)}`,
            `  ${escapeTerminal(story.because)}; customers hit: ${escapeTerminal(withoutUnit(story.customers, 'customers'))}; tickets: ${formatCount(story.tickets)}`,
            `  follow it: ${escapeTerminal(story.follow)}`,
          ].join('\n'),
        )
        .join('\n\n'),
  )
}
