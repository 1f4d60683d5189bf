/** A result of one command as a page: its charts with their figures, what it says in the terminal, and the command. */
import type { Warning } from '../warnings.js'
import type { Chart } from './charts/chart.js'
import { escapeMarkup } from './escape.js'
import { renderFigure, renderPage } from './page.js'

export interface ResultPage {
  title: string
  charts: readonly Chart[]
  command: string
  /** Of the data; see `fingerprintOf`. */
  fingerprint: string
  /** As in a terminal without colours, escaped for one. */
  text: string
  warnings: readonly Warning[]
}

export function renderResultPage(page: ResultPage): string {
  const { title, charts, command, fingerprint, text, warnings } = page
  const figures = charts.map(chart => renderFigure({ chart, command: null, fingerprint: '' }))
  const sections = [
    ...(warnings.length === 0
      ? []
      : [
          {
            id: 'warnings',
            title: 'To know before',
            body: `<ul>\n${warnings.map(renderWarning).join('\n')}\n</ul>`,
          },
        ]),
    ...(figures.length === 0 ? [] : [{ id: 'charts', title: 'Charts', body: figures.join('\n') }]),
    {
      id: 'in-words',
      title: 'In words and figures',
      body: `<pre tabindex="0">${escapeLinesOfMarkup(text)}</pre>`,
    },
  ]
  const lead = `<p class="made"><code>${escapeMarkup(command)}</code>${fingerprint === '' ? '' : `<br>Data: ${escapeMarkup(fingerprint)}`}</p>`
  return renderPage({ title, lead, sections })
}

function renderWarning({ message, next }: Warning): string {
  return `<li>${escapeMarkup(message)}${next === undefined ? '' : `<br><span class="quiet">→ ${escapeMarkup(next)}</span>`}</li>`
}

function escapeLinesOfMarkup(text: string): string {
  return text.trimEnd().split('\n').map(escapeMarkup).join('\n')
}
