/** What the data says: how long, when, for whom, and what the slow requests have in common. */
import type { Who } from '../../evidence/who.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { describeChanges, describeMissed } from '../changes.js'
import { drawBands } from '../charts/bands.js'
import { drawCauses } from '../charts/causes.js'
import { drawDays } from '../charts/days.js'
import { drawDistribution } from '../charts/distribution.js'
import { drawWeek } from '../charts/week.js'
import { describeShape } from '../durations.js'
import { describeMethod, describeNothing, describeSlow } from '../explain.js'
import { describeSummary } from '../look.js'
import { isMissing, type ReportExplanation, type ReportLook, type StoryReport } from './contents.js'
import { html, type Markup } from './markup.js'
import {
  renderChart,
  renderMissing,
  renderOrigin,
  renderParagraphs,
  renderTable,
  renderWarnings,
} from './parts.js'

export function renderData({ look, explanation }: StoryReport): (Markup | null)[] {
  const said = isMissing(look) ? [] : look.look.warnings
  return [
    ...(isMissing(look) ? [renderMissing('What the data says', look)] : renderLook(look)),
    ...(isMissing(explanation)
      ? [renderMissing('What the slow requests have in common', explanation)]
      : renderExplanation(explanation, said)),
  ]
}

function renderLook(part: ReportLook): (Markup | null)[] {
  const { look, words } = part
  return [
    ...renderParagraphs(describeSummary(look, words)),
    renderChart(drawDistribution(look), part),
    ...renderParagraphs(describeShape(look)),
    renderChart(drawBands(look), part),
    ...renderParagraphs([describeMissed(look.missed), ...describeChanges(look.changes)]),
    renderChart(drawWeek(look, words.timezone), part),
    renderChart(drawDays(look), part),
    ...renderWho(part),
    ...renderWarnings(look.warnings),
  ]
}

function renderWho(part: ReportLook): (Markup | null)[] {
  const { look, words } = part
  const { accounts, clients, upstreams } = look.who
  const rows = [
    ...toRows('customer', accounts),
    ...toRows('client', clients),
    ...toRows('instance', upstreams),
  ]
  if (rows.length === 0) return []
  const header = ['', 'name', 'requests', 'not good', 'good', 'p95', 'plan', `${words.currency} a month`]
  return [
    html`<figure>
<h3>Who: most requests that were not good first</h3>
${renderTable('Who', header, rows, [2, 3, 4, 5, 7])}
<figcaption>${renderOrigin(part)}</figcaption>
</figure>`,
  ]
}

function toRows(kind: string, who: readonly Who[]): string[][] {
  return who.map(row => [
    kind,
    row.name,
    formatCount(row.requests),
    formatCount(row.notGood),
    formatShare(row.underShare),
    formatDuration(row.p95_ms),
    row.plan ?? '–',
    row.revenue === null ? '–' : formatCount(row.revenue),
  ])
}

/** `said`: warnings that stand above it already. */
function renderExplanation(part: ReportExplanation, said: readonly Warning[]): (Markup | null)[] {
  const { explanation, words } = part
  const warnings = explanation.warnings.filter(one => !said.some(({ message }) => message === one.message))
  const confirmed = explanation.causes.filter(cause => cause.confirmed)
  return [
    html`<h3>What the slow requests have in common</h3>`,
    ...renderParagraphs([
      describeSlow(explanation),
      ...(confirmed.length === 0 ? [describeNothing(explanation)] : []),
    ]),
    renderChart(drawCauses({ ...explanation, causes: confirmed }), part) ?? renderOrigin(part),
    ...renderParagraphs(
      [
        ...(explanation.tried > 0 ? [describeMethod(explanation, words.timezone)] : []),
        ...(confirmed.length > 0
          ? ['In common is not yet the cause: that is what the tests below are for.']
          : []),
      ],
      'quiet',
    ),
    ...renderWarnings(warnings),
  ]
}
