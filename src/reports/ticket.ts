/** A story as a ticket: what is slow, for whom, since when, what is known and what isn't. Pure; redact what goes in and what comes out. */
import type { Look } from '../evidence/look.js'
import type { StoryEvidence, StoryFrontMatter } from '../stories/schema.js'
import { formatCount, formatDuration, formatPoints, formatShare, formatShareRange } from '../units.js'
import { describeModes } from './histogram.js'
import { escapeMarkdown, fitMarkdown, markdownBlock, markdownCode, markdownTable } from './markdown.js'
import type { LinkOf } from './ticket-beside.js'
import { renderTicketChart } from './ticket-chart.js'
import { renderMermaidChart } from './ticket-mermaid.js'
import {
  describeAnswers,
  describeAttachments,
  describeEvidence,
  describeFixes,
  describeHypotheses,
  describeLinks,
  describeNotes,
  describeOutcome,
  describePredictions,
  describeProfiles,
  describeReasons,
  describeTimeboxes,
  describeUnknown,
} from './ticket-sections.js'
import { describeSince } from './ticket-since.js'
import { fillTemplate } from './ticket-template.js'
import { clause, formatAnswer, STATUS_TEXT, sentence, withStop } from './ticket-words.js'
import { formatDay } from './times.js'

export interface Ticket {
  story: StoryFrontMatter
  /** The Markdown that people wrote. */
  body: string
  /** The requests of the story's scope; null without data. */
  look: Look | null
  /** The story's target, milliseconds. */
  under_ms: number
  /** The share of requests that must be good, 0 to 1. */
  objective: number
  /** Name of the target cohort that the requests were narrowed to. */
  cohort: string | null
  /** `text` with `{{places}}`; `file` is what errors name. */
  template: { text: string; file: string }
  /** A block of text, shown anywhere; or Mermaid, where it is drawn. */
  chart: 'text' | 'mermaid'
  /** Where a file beside the story can be read; null where it can't. */
  linkOf: LinkOf
}

/** Markdown for GitHub, GitLab and Jira. Throws a `WhyslowError` when the template names a part that there isn't. */
export function renderTicket(ticket: Ticket): string {
  const { story, look, template } = ticket
  const parts: Record<string, string> = {
    title: escapeMarkdown(story.title),
    claim: describeClaim(ticket),
    status: describeStatus(story),
    figures: describeFigures(ticket),
    outcome: describeOutcome(story),
    reasons: describeReasons(story),
    chart: look === null ? '' : describeChart(ticket, look),
    answers: describeAnswers(story),
    unknown: describeUnknown(story),
    hypotheses: describeHypotheses(story),
    timeboxes: describeTimeboxes(story),
    profiles: describeProfiles(story, ticket.linkOf),
    predictions: describePredictions(story),
    fixes: describeFixes(story),
    body: fitMarkdown(ticket.body),
    attachments: describeAttachments(story, ticket.linkOf),
    notes: describeNotes(story),
    evidence: describeEvidence(story),
    links: describeLinks(story),
    reading: describeReading(ticket),
  }
  return `${fillTemplate(template.text, parts, template.file)}\n`
}

/** One sentence: what, for whom, how slow. As far as it is known. */
function describeClaim({ story, look, under_ms }: Ticket): string {
  const { customers, impact } = story.questions
  const share = shareOf(story, look)
  const hit = customers === 'unknown' || customers.value === 0 ? '' : ` for ${formatAnswer(customers)}`
  const fails = story.evidence.some(entry => entry.kind === 'errors')
  const isOver = story.outcome?.verdict === 'better'
  const be = isOver ? 'was' : 'is'
  const what =
    story.route === null
      ? `${escapeMarkdown(story.title)}${hit}`
      : `${markdownCode(story.route)} ${be} slow${fails ? ` or fail${isOver ? 'ed' : 's'}` : ''}${hit}`
  if (share !== null) {
    const whose = story.route === null ? 'the requests' : 'its requests'
    const errors = fails ? `, or end${isOver ? 'ed' : ''} in an error` : ''
    return `**${what}: ${formatShare(1 - share)} of ${whose} ${isOver ? 'took' : 'take'} ${formatDuration(under_ms)} or longer${errors}.**`
  }
  if (impact !== 'unknown') return `**${what}: ${withStop(formatAnswer(impact))}**`
  return `**${what}. How slow has not been measured yet.**`
}

function shareOf(story: StoryFrontMatter, look: Look | null): number | null {
  const value = evidenceOf(story, 'share')?.value
  return typeof value === 'number' ? value : (look?.underShare ?? null)
}

function evidenceOf(story: StoryFrontMatter, kind: string): StoryEvidence | undefined {
  return story.evidence.find(entry => entry.kind === kind)
}

function describeStatus(story: StoryFrontMatter): string {
  const { status, opened, outcome } = story
  const change =
    outcome !== null && outcome.change !== null ? `: ${formatPoints(outcome.change)} good requests` : ''
  return [
    `**Where it stands:** ${STATUS_TEXT[status]}`,
    ...(outcome === null ? [] : [`**Outcome:** ${outcome.verdict}${change}`]),
    ...(opened === null ? [] : [`opened ${formatDay(opened)}`]),
    ...findClosingNote(story).map(text => `closed because: ${clause(text)}`),
  ].join(' · ')
}

/** The note that it was closed with: the last one that isn't from a tracker, if it isn't older than the outcome. */
function findClosingNote({ status, notes, outcome }: StoryFrontMatter): string[] {
  const last = notes.findLast(note => note.comment === undefined)
  if (status !== 'closed' || last === undefined || last.at === null) return []
  return outcome !== null && Date.parse(last.at) < Date.parse(outcome.at) ? [] : [last.text]
}

function describeFigures(ticket: Ticket): string {
  const { story, look, under_ms, objective, cohort } = ticket
  const share = shareOf(story, look)
  const interval = evidenceOf(story, 'share')?.interval
  const range = interval ? ` (95%: ${formatShareRange(interval)})` : ''
  const rows: [string, string][] = []
  if (share !== null) {
    const goal = `the goal is ${formatShare(objective)}`
    rows.push([
      `Good requests: under ${formatDuration(under_ms)}, no error`,
      `**${formatShare(share)}**${range}; ${goal}`,
    ])
  }
  const times = describeTimes(story, look)
  if (times !== '') rows.push(['Response time', times])
  if (look !== null && look.requests > 0) {
    const who = cohort === null ? '' : `, of “${escapeMarkdown(cohort)}” only`
    rows.push([
      'Requests looked at',
      `${formatCount(look.requests)}${who}, from ${formatDay(look.window.from)} to ${formatDay(look.window.to)} (UTC)`,
    ])
  }
  const { customers, revenue, support } = story.questions
  for (const [name, answer] of [
    ['Who is hit', customers],
    ['They pay', revenue],
    ['Support', support],
  ] as const) {
    if (answer === 'unknown') continue
    rows.push([name, formatAnswer(answer) + (answer.source === 'person' ? ' *(said by a person)*' : '')])
  }
  const since = look === null ? '' : describeSince(look.days)
  if (since !== '') rows.push(['Since', since])
  return rows.length === 0
    ? ''
    : markdownTable(['Key figure', story.outcome === null ? '' : 'Before the fix'], rows)
}

function describeTimes(story: StoryFrontMatter, look: Look | null): string {
  const at = (q: number) => look?.quantiles.find(quantile => quantile.q === q)?.ms ?? null
  const [p50, p95] = [at(0.5), at(0.95)]
  if (p50 !== null && p95 !== null)
    return `half take over ${formatDuration(p50)} (p50), one in twenty over ${formatDuration(p95)} (p95)`
  const finding = evidenceOf(story, 'duration')?.finding
  return finding === undefined ? '' : escapeMarkdown(finding)
}

function describeChart(ticket: Ticket, look: Look): string {
  const { story } = ticket
  const mermaid = ticket.chart === 'mermaid' ? renderMermaidChart(look) : ''
  const chart = mermaid === '' ? 'text' : 'mermaid'
  const drawn = mermaid || renderTicketChart(look)
  if (drawn === '') return ''
  const text = [describeModes(look.modes), describeShape(story, look)].filter(part => part !== '').join(' ')
  const how = {
    text: `Each line is a range of response times with its share of the requests; \`█\` is under the target of ${formatDuration(look.under_ms)}, \`▒\` is not.`,
    mermaid: `Each bar is a range of response times, from its label to the next; its height is its share of the requests. The target is ${formatDuration(look.under_ms)}.`,
  }[chart]
  const block = markdownBlock(drawn, chart)
  return [text, block, how].filter(part => part !== '').join('\n\n')
}

/** What kind of problem it may be. The peaks themselves are the chart's, which may be of other days than the evidence. */
function describeShape(story: StoryFrontMatter, look: Look): string {
  const shape = evidenceOf(story, 'shape')?.finding
  if (shape !== undefined && !/^(?:one|\d+) peaks?\b/.test(shape)) return sentence(shape)
  return look.modes.length > 1 ? 'Each peak is a case of its own: what do the slow ones have in common?' : ''
}

function describeReading({ story, look, under_ms }: Ticket): string {
  const measured = [
    `- A request is good when it ends without an error in less than the target of ${formatDuration(under_ms)}, as the client saw it. Requests that were the client’s mistake (a page that isn’t there) are left out.`,
    '- “95%: a to b” is where the true figure lies with 95% confidence; one customer’s requests count as related, not as independent. “pp” are percentage points: from 70% to 80% is +10 pp.',
  ]
  return [
    'How to read this:',
    '',
    ...(shareOf(story, look) === null ? [] : measured),
    '- Addresses, secrets and the names of customers were taken out. `customer-…` is one customer, the same wherever it stands; to run a command that names one, take it from the story.',
    `- The story, with all that is known: ${markdownCode(`whyslow story show ${story.id}`)}`,
  ].join('\n')
}
