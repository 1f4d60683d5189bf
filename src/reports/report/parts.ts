/** What all sections of a report are made of. */
import type { Warning } from '../../warnings.js'
import type { Chart } from '../charts/chart.js'
import { fingerprintOf, renderFigure, renderPageTable } from '../page.js'
import type { Missing, Origin } from './contents.js'
import { html, Markup } from './markup.js'

/** `numbers`: columns that are aligned right. Nothing without rows. */
export function renderTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[] = [],
): Markup | null {
  const columns = header.map((name, i) => ({
    header: name,
    align: numbers.includes(i) ? ('right' as const) : ('left' as const),
  }))
  return rows.length === 0 ? null : new Markup(renderPageTable({ columns, rows }, caption))
}

/** A chart with what reproduces it; nothing for one that has nothing to show. */
export function renderChart(chart: Chart | null, { command, sources }: Origin): Markup | null {
  return chart && new Markup(renderFigure({ chart, command, fingerprint: nameSources(sources) }))
}

/** Below a figure that isn’t a chart. */
export function renderOrigin({ command, sources }: Origin, name = nameSources): Markup {
  return html`<p class="made"><code>${command}</code>${sources.length === 0 ? null : html`<br>Data: ${name(sources)}`}</p>`
}

/** Ids of imported files. */
export function nameSources(sources: readonly string[]): string {
  return fingerprintOf(sources.map(id => ({ id })))
}

/** A command as code, words as words: `Import the logs: whyslow import FILE` has both. */
function renderNext(next: string): Markup {
  const [, words = '', command] = /^(.*?: )?(whyslow .+)$/s.exec(next) ?? []
  return command === undefined ? html`<br>→ ${next}` : html`<br>→ ${words}<code>${command}</code>`
}

/** In the place of what couldn’t be made. */
export function renderMissing(what: string, { missing, next }: Missing): Markup {
  return html`<p class="missing"><strong>${what} is not here.</strong> ${missing}${next === null ? null : renderNext(next)}</p>`
}

export function renderParagraphs(texts: readonly string[], className?: string): Markup[] {
  const shown = texts.filter(text => text !== '')
  return shown.map(text =>
    className === undefined ? html`<p>${text}</p>` : html`<p class="${className}">${text}</p>`,
  )
}

/** With the figure that they are about. What to do next may name commands, and is words. */
export function renderWarnings(warnings: readonly Warning[]): Markup[] {
  return warnings.map(
    ({ message, next }) =>
      html`<p class="quiet">${message}${next === undefined ? null : html`<br>→ ${next}`}</p>`,
  )
}
