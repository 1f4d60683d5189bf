/**
 * A page in one file: it asks the network for nothing, and may not; it reads without script, prints, and is dark where the screen is. What a
 * figure shows is also there as a table, with the command and the data that it can be made from again.
 */
import { createHash } from 'node:crypto'
import type { Chart, ChartTable } from './charts/chart.js'
import { chartStyles } from './charts/chart-styles.js'
import { escapeMarkup } from './escape.js'
import { renderPageHead, renderScript } from './page-head.js'
import { pageStyles } from './page-styles.js'

/** `body` and `lead` are markup, in which text from data is escaped; titles are text. */
export interface Page {
  title: string
  /** Under the title: what it is about, when it was made. Empty for none. */
  lead: string
  sections: readonly Section[]
  /** Markup inside of the list of contents; else it names the sections, where they are many. */
  contents?: string
  /** Beyond those of pages and charts. */
  styles?: string
  /** Run in their order at the end of the page. The policy allows these and no others. */
  scripts?: readonly string[]
}

export interface Section {
  /** Kebab-case, to link to; each once in a page. */
  id: string
  title: string
  body: string
}

export interface Figure {
  chart: Chart
  /** What reproduces it; null where no one command does. */
  command: string | null
  /** Of the data: see `fingerprintOf`. Empty where there is none. */
  fingerprint: string
  /** The figures that are drawn, where they aren't the chart's own; null for none. */
  table?: ChartTable | null
}

/**
 * The whole page. Its policy allows its one style and its scripts by their hashes, and pictures inside of it: no `style` attribute works, and no
 * `onclick`.
 */
export function renderPage(page: Page): string {
  const { title, lead, sections, styles = '', scripts = [] } = page
  const style = `${chartStyles()}${pageStyles()}${styles}`
  const head = renderPageHead(title, { policy: writePolicy(style, scripts), styles: style })
  const links = sections.map(
    ({ id, title }) => `<li><a href="#${escapeMarkup(id)}">${escapeMarkup(title)}</a></li>`,
  )
  const listed = page.contents ?? (links.length < 4 ? '' : `<ul>${links.join('')}</ul>`)
  const contents = listed === '' ? '' : `<nav aria-label="Contents">${listed}</nav>\n`
  const parts = sections.map(
    ({ id, title, body }) =>
      `<section id="${escapeMarkup(id)}">\n<h2>${escapeMarkup(title)}</h2>\n${body}\n</section>\n`,
  )
  return `${head}<body>
<header>
<h1>${escapeMarkup(title)}</h1>
${lead}
</header>
${contents}<main>
${parts.join('')}</main>
${scripts.map(script => `${renderScript(script)}\n`).join('')}</body>
</html>
`
}

/** A heading, the picture, what it says, how to make it again, and its figures in a table that opens. */
export function renderFigure({ chart, command, fingerprint, table = chart.table ?? null }: Figure): string {
  const made = [
    ...(command === null ? [] : [`<code>${escapeMarkup(command)}</code>`]),
    ...(fingerprint === '' ? [] : [`Data: ${escapeMarkup(fingerprint)}`]),
  ]
  return `<figure>
<h3>${escapeMarkup(chart.title)}</h3>
${chart.svg}
<figcaption>
<p>${escapeMarkup(chart.description)}</p>
${made.length === 0 ? '' : `<p class="made">${made.join('<br>')}</p>\n`}</figcaption>
${table === null ? '' : `<details><summary>The figures as a table</summary>\n${renderPageTable(table, chart.title)}\n</details>\n`}</figure>`
}

/** `caption` is for those who can't see where it stands. */
export function renderPageTable({ columns, rows }: ChartTable, caption: string): string {
  const className = (i: number) => (columns[i]?.align === 'right' ? ' class="number"' : '')
  const head = columns.map(({ header }, i) => `<th scope="col"${className(i)}>${escapeMarkup(header)}</th>`)
  const body = rows.map(
    row => `<tr>${row.map((cell, i) => `<td${className(i)}>${escapeMarkup(cell)}</td>`).join('')}</tr>`,
  )
  return `<div class="table" role="region" tabindex="0" aria-label="${escapeMarkup(caption)}"><table>
<caption>${escapeMarkup(caption)}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`
}

const MOST_NAMED = 6

/** Which sources: their ids, or where they are many, how many and one hash of all ids. */
export function fingerprintOf(sources: readonly { id: string }[]): string {
  const ids = sources.map(({ id }) => id).sort()
  if (ids.length <= MOST_NAMED)
    return ids.length === 0 ? '' : `${ids.length === 1 ? 'source' : 'sources'} ${ids.join(', ')}`
  return `${ids.length} sources, together ${createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 12)}`
}

function writePolicy(style: string, scripts: readonly string[]): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const inside = (markup: string) => markup.slice(markup.indexOf('>') + 1, markup.lastIndexOf('</'))
  const allowed = scripts.map(script => hash(inside(renderScript(script))))
  return [
    `default-src 'none'`,
    `style-src ${hash(style.replaceAll('</', '<\\/'))}`,
    `script-src ${allowed.length === 0 ? `'none'` : allowed.join(' ')}`,
    'img-src data:',
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ')
}
