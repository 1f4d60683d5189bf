/** Pieces of a page. What stands between the tags of a template is escaped, unless it is a piece itself. */
import { escapeMarkup } from '../escape.js'

export class Markup {
  constructor(readonly text: string) {}
}

type Value = Markup | string | number | null | readonly Value[]

/** `html\`<p>${text}</p>\`` */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(parts.reduce((done, part, i) => done + show(values[i - 1]!) + part))
}

/** Of a list one line each. Nothing for null. */
function show(value: Value): string {
  if (value === null) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(show).join('\n')
  return escapeMarkup(String(value))
}

export function renderList(items: readonly (string | Markup)[]): Markup | null {
  return items.length === 0
    ? null
    : html`<ul>
${items.map(item => html`<li>${item}</li>`)}
</ul>`
}
