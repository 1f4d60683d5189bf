/** What was predicted, and what the data says of it: the disproved ones, too, since nobody should have to test them again. */
import { judgementOf } from '../../stories/hypotheses.js'
import { formatDuration, formatPoints, formatShare } from '../../units.js'
import { describeComparison } from '../comparison.js'
import { describePrediction, JUDGED, SIDES } from '../hypothesis-words.js'
import { formatDay, formatTime } from '../times.js'
import { renderComparisonCharts } from './comparison-charts.js'
import { isMissing, type ReportHypothesis, type ReportTest, type StoryReport } from './contents.js'
import { classOf } from './decision.js'
import { html, type Markup } from './markup.js'
import { renderMissing, renderParagraphs, renderTable, renderWarnings } from './parts.js'

export function renderHypotheses({ story, hypotheses }: StoryReport): Markup[] {
  if (hypotheses.length === 0)
    return [
      renderMissing('A test', {
        missing: 'No hypothesis was written down yet.',
        next: `whyslow hypothesis new ${story.id} --claim "…"`,
      }),
    ]
  return hypotheses.map(renderHypothesis)
}

function renderHypothesis({ hypothesis, test }: ReportHypothesis): Markup {
  const { id, claim, registered, results, design } = hypothesis
  const filed = judgementOf(hypothesis) ?? results.at(-1)?.judged
  const judged = filed ?? (isMissing(test) ? undefined : test.judged)
  const state = judged === undefined ? 'Not tested yet' : JUDGED[judged]
  const [before, after] = SIDES[design]
  return html`<article class="hypothesis">
<h3><span class="verdict ${classOf(judged ?? '')}">${state}:</span> ${claim}</h3>
<p>${id}, predicted on ${formatTime(registered)} UTC: ${describePrediction(hypothesis)}.</p>
${renderFiled(hypothesis)}
${
  isMissing(test)
    ? renderMissing('The test, made again on the data that is here,', test)
    : [...renderVerdict(test), ...renderComparisonCharts(test, { before, after }), ...renderMethod(test)]
}
</article>`
}

function renderFiled({ results }: ReportHypothesis['hypothesis']): Markup | null {
  const rows = results.map(({ at, judged, change, interval, exploratory, looks }) => [
    formatDay(at),
    `${judged}${exploratory ? ', exploratory' : ''}${looks === null ? '' : `, after ${looks} looks`}`,
    change === null ? '–' : formatPoints(change),
    interval === null ? '–' : interval.map(formatPoints).join(' to '),
  ])
  return renderTable('Results that were filed', ['filed', 'result', 'change', '95%'], rows, [2, 3])
}

function renderVerdict({ comparison, judged, exploratory, slowTime }: ReportTest): Markup[] {
  const { verdict } = describeComparison({ ...comparison, judged })
  const early = 'Exploratory: on data from before it was predicted, which can disprove and never confirms.'
  const slow =
    slowTime === null || slowTime.share === null
      ? ''
      : `The requests with it hold ${formatShare(slowTime.share)} of the time that requests took beyond ${formatDuration(comparison.under_ms)}.`
  return [
    html`<p class="verdict ${classOf(judged)}">On the data that is here: ${verdict.join(' ')}</p>`,
    ...renderParagraphs([exploratory ? early : '', slow]),
  ]
}

function renderMethod({ comparison }: ReportTest): Markup[] {
  return [
    ...renderParagraphs([describeComparison(comparison).method.join(' ')], 'quiet'),
    ...renderWarnings(comparison.warnings),
  ]
}
