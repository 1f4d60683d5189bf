/** The workbook: what hurts customers most and how sure that is, what was promised, wins so far, and what was disproved. */

import { measuredShare } from '../../stories/filed-share.js'
import { findConfirmed, judgementOf } from '../../stories/hypotheses.js'
import { isOver, STATUSES, type StoryFrontMatter } from '../../stories/schema.js'
import { formatCount, formatPoints, formatShare, formatSpent } from '../../units.js'
import { drawEffects } from '../charts/effects.js'
import { drawShares } from '../charts/shares.js'
import { describeBudget } from '../hypotheses.js'
import { VERDICT } from '../hypothesis-words.js'
import { describePromise, describeRates, describeWindow, type ShownSlo } from '../slo.js'
import { STATUS_TEXT, showAnswer } from '../ticket-words.js'
import { formatDay } from '../times.js'
import { renderLink } from './body.js'
import { isMissing, type ReportSlos, type WorkbookReport } from './contents.js'
import { html, type Markup } from './markup.js'
import {
  renderChart,
  renderMissing,
  renderOrigin,
  renderParagraphs,
  renderTable,
  renderWarnings,
} from './parts.js'

export function listWorkbookSections(
  report: WorkbookReport,
): { id: string; title: string; parts: (Markup | null)[] }[] {
  return [
    { id: 'hurts', title: 'What hurts customers most', parts: renderHurts(report) },
    { id: 'budget', title: 'What was promised', parts: renderBudget(report) },
    { id: 'stories', title: 'Stories by status', parts: renderStories(report) },
    { id: 'wins', title: 'Measured outcomes', parts: renderWins(report) },
    { id: 'disproved', title: 'What was disproved', parts: renderDisproved(report) },
  ]
}

function renderHurts({ stories }: WorkbookReport): (Markup | null)[] {
  const open = stories.filter(({ status }) => !isOver(status))
  if (open.length === 0)
    return [renderMissing('An open story', { missing: 'There is none.', next: 'whyslow triage' })]
  const answer = (story: StoryFrontMatter, name: 'customers' | 'revenue' | 'support' | 'churn') => {
    const given = story.questions[name]
    if (given === 'unknown') return 'not known'
    // The heading says it already.
    return showAnswer(given.unit === 'customers' ? { ...given, unit: null } : given)
  }
  const rows = open.map(story => {
    const share = measuredShare(story)
    return [
      story.title,
      story.status,
      formatShare(share?.value),
      share?.interval ? share.interval.map(part => formatShare(part)).join(' to ') : '–',
      answer(story, 'customers'),
      answer(story, 'revenue'),
      answer(story, 'support'),
      answer(story, 'churn'),
      formatDay(share?.at),
    ]
  })
  const header = [
    'story',
    'status',
    'good when found',
    '95%',
    'customers hit',
    'they pay',
    'support',
    'customers left',
    'measured',
  ]
  return [
    html`<p>Those that hit the most customers come first. There is no one right order: what hurts few customers may hurt them more, or cost more. Shares of good requests are from when each story was found, before any fix.</p>`,
    renderTable('Open stories', header, rows, [2, 3, 4, 7, 8]),
    renderChart(drawShares(open.slice(0, MOST_DRAWN).map(listShare)), {
      command: 'whyslow triage',
      sources: sourcesOf(open),
    }),
  ]
}

/** More rows make a chart that nobody reads; all are in the table. */
const MOST_DRAWN = 25

function listShare(story: StoryFrontMatter) {
  const { value: share = null, interval = null } = measuredShare(story) ?? {}
  return { label: story.title, share, interval }
}

function sourcesOf(stories: readonly StoryFrontMatter[]): string[] {
  return [...new Set(stories.flatMap(({ evidence }) => evidence.flatMap(({ sources }) => sources)))]
}

function renderBudget({ slos, targetIsSet }: WorkbookReport): (Markup | null)[] {
  if (isMissing(slos)) return [renderMissing('The budget', slos)]
  const rows = slos.slos.map(slo => [
    slo.name,
    describePromise(slo),
    describeWindow(slo),
    formatCount(slo.requests),
    formatShare(slo.share, 2),
    slo.budget === null ? '–' : formatSpent(slo.budget.spent),
    slo.budget?.interval ? slo.budget.interval.map(formatSpent).join(' to ') : '–',
    describeRates(slo),
    slo.state,
  ])
  const header = [
    'objective',
    'promise',
    'window',
    'requests',
    'good',
    'budget spent',
    '95%',
    'burn rate',
    'state',
  ]
  const reasons = slos.slos.flatMap(({ name, state, reason }) =>
    reason === null ? [] : [`${name}, ${state}: ${reason}`],
  )
  return [
    ...renderParagraphs(targetIsSet ? [] : ['The target is assumed: whyslow.yaml names none.']),
    renderTable('Objectives', header, rows, [3, 4, 5, 6]),
    renderOrigin(slos),
    ...renderParagraphs([...new Set(reasons)], 'quiet'),
    renderEaters(slos),
    ...renderWarnings(slos.warnings),
  ]
}

function renderEaters({ slos }: ReportSlos): Markup | null {
  const row = (slo: ShownSlo, name: string, { bad, budget }: { bad: number; budget: number }) => [
    slo.name,
    describePromise(slo),
    name,
    formatCount(bad),
    formatSpent(budget),
  ]
  const rows = slos
    .filter(({ stories }) => stories.length > 0)
    .flatMap(slo => [
      ...slo.stories.map(story => row(slo, story.id, story)),
      ...(slo.outside.bad > 0 ? [row(slo, 'in no story', slo.outside)] : []),
    ])
  const table = renderTable(
    'Who ate the budget',
    ['objective', 'promise', 'story', 'bad requests', 'of the budget'],
    rows,
    [3, 4],
  )
  return (
    table &&
    html`<h3>Who ate the budget</h3>
${table}`
  )
}

function renderStories({ stories, warnings }: WorkbookReport): (Markup | null)[] {
  const groups = STATUSES.flatMap(status => {
    const own = stories.filter(story => story.status === status)
    if (own.length === 0) return []
    const items = own.map(({ id, title, links }) => {
      const keys = [links.jira, links.github].flatMap(key =>
        key === null ? [] : [html` · ${renderLink(key)}`],
      )
      return html`<li>${title} <code>${id}</code>${keys}</li>`
    })
    return [
      html`<h3>${status} (${formatCount(own.length)})</h3>
${STATUS_TEXT[status] === status ? null : html`<p class="quiet">${STATUS_TEXT[status]}</p>`}
<ul>${items}</ul>`,
    ]
  })
  const unread = renderParagraphs(
    warnings.map(({ message }) => message),
    'missing',
  )
  return [
    ...groups,
    ...unread,
    ...(groups.length + unread.length === 0 ? [html`<p>There are no stories yet.</p>`] : []),
  ]
}

function renderWins({ stories, smallest, outcomes }: WorkbookReport): (Markup | null)[] {
  const order = ['better', 'worse', 'no meaningful difference', 'cannot tell yet']
  const measured = stories
    .flatMap(story => (story.outcome === null ? [] : [{ ...story, outcome: story.outcome }]))
    .sort((a, b) => order.indexOf(a.outcome.verdict) - order.indexOf(b.outcome.verdict))
  if (measured.length === 0)
    return [
      renderMissing('An outcome', {
        missing: 'None was measured yet.',
        next: 'whyslow story close STORY --measure',
      }),
    ]
  const rows = measured.map(({ title, outcome: { verdict, before, after, change, interval, at } }) => [
    title,
    VERDICT[verdict],
    formatShare(before.share),
    formatShare(after.share),
    change === null ? '–' : formatPoints(change),
    interval === null ? '–' : interval.map(formatPoints).join(' to '),
    formatDay(at),
  ])
  const header = ['story', 'verdict', 'good before', 'good after', 'change', '95%', 'measured']
  const effects = measured.slice(0, MOST_DRAWN).map(story => ({
    label: story.title,
    change: story.outcome.change,
    interval: story.outcome.interval,
    smallest: story.outcome.smallest ?? findConfirmed(story)?.smallest ?? smallest,
    verdict: story.outcome.verdict,
  }))
  return [
    renderChart(drawEffects(effects), outcomes),
    renderTable('Measured outcomes', header, rows, [2, 3, 4, 5, 6]),
  ]
}

function renderDisproved({ stories, hypotheses }: WorkbookReport): (Markup | null)[] {
  const rows = stories.flatMap(({ title, hypotheses }) =>
    hypotheses.flatMap(hypothesis => {
      const told = hypothesis.results.findLast(({ judged }) => judged === 'disproved')
      if (!told || judgementOf(hypothesis) !== 'disproved') return []
      return [
        [
          hypothesis.claim,
          title,
          told.change === null ? '–' : formatPoints(told.change),
          told.interval === null ? '–' : told.interval.map(formatPoints).join(' to '),
          formatDay(told.at),
        ],
      ]
    }),
  )
  const { confirmed, disproved, open, budget } = hypotheses
  return [
    html`<p>A disproved hypothesis is a good result: nobody has to try it again. So far ${formatCount(confirmed)} were confirmed, ${formatCount(disproved)} disproved, and ${formatCount(open)} are open.</p>`,
    renderTable('Disproved', ['claim', 'story', 'change', '95%', 'tested'], rows, [2, 3, 4]),
    html`<p class="quiet">${describeBudget({ budget, confirmed })}</p>`,
    renderOrigin({ command: 'whyslow hypothesis list', sources: [] }),
  ]
}
