/** A report as one page: of the workbook, or of stories, each as the argument that it is: claim, data, test, decision. */
import { formatCount } from '../../units.js'
import { renderPage, type Section } from '../page.js'
import { formatPeriod, formatTime } from '../times.js'
import { describeClaim, renderClaim, renderFacts } from './claim.js'
import type { Report, ReportData, StoryReport } from './contents.js'
import { renderData } from './data.js'
import { renderDecision } from './decision.js'
import { flameStyles } from './flame-styles.js'
import { renderHypotheses } from './hypotheses.js'
import { html, type Markup } from './markup.js'
import { nameSources } from './parts.js'
import { renderProfiles } from './profiles.js'
import { renderTimeline } from './timeline.js'
import { listWorkbookSections } from './workbook.js'

/** Of `templates/report.*`. */
export interface ReportTemplates {
  script: string
  styles: string
}

export function renderReport(report: Report, { script, styles }: ReportTemplates): string {
  const { data, workbook, stories } = report
  const hasFlames = stories.some(({ profiles, diff }) => profiles.length > 0 || diff !== null)
  const [only] = stories
  const title = workbook
    ? `${data.workbook}: what is slow, for whom, and what helped`
    : stories.length === 1
      ? only!.story.title
      : `${formatCount(stories.length)} stories of ${data.workbook}`
  const sections = workbook
    ? listWorkbookSections(workbook)
    : stories.length === 1
      ? listParts(only!)
      : stories.flatMap(story => listParts(story, story.story.title))
  const lead = workbook
    ? renderAbout(data)
    : stories.length === 1
      ? html`${renderClaimOf(only!)}
${renderAbout(data)}`
      : renderAbout(data)
  return renderPage({
    title,
    lead: lead.text,
    sections: sections.map(
      ({ id, title, parts }): Section => ({
        id,
        title,
        body: html`${parts.filter(part => part !== null)}`.text,
      }),
    ),
    ...(stories.length > 1 ? { contents: renderContents(stories).text } : {}),
    styles: `${flameStyles()}${styles}`,
    scripts: hasFlames ? [script] : [],
  })
}

interface Part {
  id: string
  title: string
  parts: (Markup | null)[]
}

/** `prefix`: where there are several stories in a page. */
function listParts(report: StoryReport, prefix?: string): Part[] {
  const { id } = report.story
  const claim = prefix === undefined ? [] : [renderClaimOf(report)]
  const parts: [id: string, title: string, parts: (Markup | null)[]][] = [
    ['claim', 'The claim', [...claim, ...renderClaim(report)]],
    ['data', 'What the data says', renderData(report)],
    ['profiles', 'Where the time goes', renderProfiles(report)],
    ['tests', 'What was tested', renderHypotheses(report)],
    ['decision', 'What was decided', renderDecision(report)],
    ['timeline', 'Timeline', renderTimeline(report)],
  ]
  return parts
    .filter(([, , made]) => made.length > 0)
    .map(([part, title, made]) =>
      prefix === undefined
        ? { id: part, title, parts: made }
        : { id: `${id}-${part}`, title: `${prefix}: ${title.toLowerCase()}`, parts: made },
    )
}

function renderClaimOf(report: StoryReport): Markup {
  return html`<p class="claim">${describeClaim(report)}</p>
${renderFacts(report)}`
}

function renderContents(stories: readonly StoryReport[]): Markup {
  const items = stories.map(report => {
    const parts = listParts(report).map(
      ({ id, title }) => html`<li><a href="#${report.story.id}-${id}">${title}</a></li>`,
    )
    return html`<li>${report.story.title} (${report.story.status}): ${describeClaim(report)}
<ul>${parts}</ul></li>`
  })
  return html`<ol class="stories">
${items}
</ol>`
}

function renderAbout({ at, version, sources, cohort, workbook }: ReportData): Markup {
  const requests = sources.reduce((sum, source) => sum + source.requests, 0)
  const times = (end: 'from' | 'to') => sources.flatMap(source => source[end] ?? []).sort()
  const period = { from: times('from')[0] ?? null, to: times('to').at(-1) ?? null }
  const data =
    sources.length === 0
      ? 'No requests are on this machine'
      : `${formatCount(requests)} requests, ${formatPeriod(period)} (${nameSources(sources.map(({ id }) => id))})`
  const narrowed = cohort === null ? '' : ` Figures are of “${cohort}” only, unless they say otherwise.`
  return html`<p class="quiet">Workbook ${workbook}. ${data}.${narrowed} Made on ${formatTime(at).slice(0, 16)} UTC with whyslow ${version}.</p>
<details class="reading"><summary>How to read this</summary>
<p>A request is good when it ends without an error in less than the target, as the client saw it; requests that were the client’s mistake are left out. “95%: a to b” is where the true figure lies with 95% confidence; one customer’s requests count as related, not as independent. “pp” are percentage points. What couldn’t be made is said in its place, with the command that would make it.</p>
</details>`
}
