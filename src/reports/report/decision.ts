/** What was decided and what came of it: fixes, the outcome as filed and as it is now, what was ruled out. */
import { judgementOf } from '../../stories/hypotheses.js'
import type { StoryOutcome } from '../../stories/schema.js'
import { formatCount, formatPoints, formatShare } from '../../units.js'
import { describeComparison } from '../comparison.js'
import { formatTyped, VERDICT } from '../hypothesis-words.js'
import { describeKept } from '../promise-words.js'
import { formatDay } from '../times.js'
import { renderBody } from './body.js'
import { describeStatus } from './claim.js'
import { renderComparisonCharts } from './comparison-charts.js'
import { isMissing, type ReportComparison, type StoryReport } from './contents.js'
import { html, type Markup, renderList } from './markup.js'
import { renderMissing, renderOrigin, renderParagraphs, renderTable, renderWarnings } from './parts.js'

export function renderDecision(report: StoryReport): (Markup | null)[] {
  const { story, body } = report
  const ruledOut = [
    ...story.timeboxes.flatMap(({ ruledOut }) => ruledOut ?? []),
    ...story.hypotheses.flatMap(hypothesis =>
      judgementOf(hypothesis) === 'disproved' ? [`disproved: ${hypothesis.claim}`] : [],
    ),
  ]
  const fixes = story.fixes.map(({ text, deployed, version }) => {
    const facts = [
      deployed === null ? 'no deploy was written down' : `deployed ${formatDay(deployed)}`,
      ...(version === null ? [] : [`version ${version}`]),
    ]
    return `${text} (${facts.join(', ')})`
  })
  const people = renderBody(body)
  return [
    html`<p><strong>Where it stands:</strong> ${describeStatus(story.status)}.</p>`,
    ...named('What was done', renderList(fixes)),
    ...renderOutcome(report),
    ...named('What was ruled out', renderList(ruledOut)),
    ...named(
      'Notes',
      renderList(story.notes.map(({ at, text }) => (at === null ? text : `${formatDay(at)}: ${text}`))),
    ),
    ...named('What people wrote', people),
  ]
}

function named(title: string, part: Markup | null): Markup[] {
  return part === null ? [] : [html`<h3>${title}</h3>`, part]
}

function renderOutcome({ story, outcome: now }: StoryReport): (Markup | null)[] {
  const filed = story.outcome
  if (filed === null) {
    const isOver = ['fixing', 'measured', 'closed'].includes(story.status)
    return isOver
      ? [
          renderMissing('The measured outcome', {
            missing: 'It was not measured.',
            next: `whyslow story close ${story.id} --measure`,
          }),
        ]
      : []
  }
  const row = (name: string, { requests, clusters, share, interval }: typeof filed.before) => [
    name,
    formatCount(requests),
    clusters === null ? '–' : formatCount(clusters),
    formatShare(share),
    interval === null ? '–' : interval.map(part => formatShare(part)).join(' to '),
  ]
  const change =
    filed.change === null
      ? ''
      : ` The share of good requests changed by ${formatPoints(filed.change)}${filed.interval === null ? '' : ` (95%: ${filed.interval.map(formatPoints).join(' to ')})`}.`
  const under = filed.under === null ? '' : `, under ${formatTyped(filed.under)}`
  return [
    html`<h3>The outcome</h3>`,
    html`<p class="verdict ${classOf(filed.verdict)}"><strong>Filed on ${formatDay(filed.at)}: ${VERDICT[filed.verdict]}</strong>${change}</p>`,
    filed.promised === null ? null : html`<p>${describeKept(filed)}</p>`,
    now === null || isMissing(now) ? null : renderVerdictNow(now, filed),
    renderTable(
      `As it was filed on ${formatDay(filed.at)}`,
      [`filed ${formatDay(filed.at)}`, 'requests', 'customers', `good${under}`, '95%'],
      [row('before', filed.before), row('after', filed.after)],
      [1, 2, 3, 4],
    ),
    filed.command === null ? null : renderOrigin({ command: filed.command, sources: [] }),
    ...(now === null
      ? []
      : isMissing(now)
        ? [renderMissing('The outcome, measured again on the data that is here,', now)]
        : [
            ...renderComparisonCharts(now, { before: 'before', after: 'after' }),
            ...renderParagraphs([describeComparison(now.comparison).method.join(' ')], 'quiet'),
            ...renderWarnings(now.comparison.warnings),
          ]),
  ]
}

/** Beside what was filed, since it may not be the same any more. */
function renderVerdictNow({ comparison }: ReportComparison, filed: StoryOutcome): Markup {
  const said = describeComparison(comparison).verdict.join(' ')
  const other = comparison.verdict === filed.verdict ? '' : ` It was filed as “${filed.verdict}”.`
  return html`<p class="verdict ${classOf(comparison.verdict)}">On the data that is here: ${said}${other}</p>`
}

/** Its colour; words say the same. */
export function classOf(verdict: string): 'better' | 'worse' | 'unknown' {
  if (verdict === 'better' || verdict === 'confirmed') return 'better'
  return verdict === 'worse' ? 'worse' : 'unknown'
}
