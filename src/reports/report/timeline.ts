/** What happened when, oldest first; what has no date last. */
import { listEvents, type StoryEvent } from '../timeline.js'
import { formatTime } from '../times.js'
import type { StoryReport } from './contents.js'
import { html, type Markup } from './markup.js'

export function renderTimeline({ story }: Pick<StoryReport, 'story'>): Markup[] {
  const events = listEvents(story)
  if (events.length === 0) return [html`<p>Nothing was written down yet.</p>`]
  return [
    html`<ol class="timeline">
${events.map(renderEvent)}
</ol>
<p class="quiet">Times are in UTC.</p>`,
  ]
}

function renderEvent({ at, kind, id, text, details }: StoryEvent): Markup {
  const when =
    at === null
      ? html`<span class="quiet">no date</span>`
      : html`<time datetime="${at}">${formatTime(at).slice(0, 16)}</time>`
  const name = `${kind[0]!.toUpperCase()}${kind.slice(1)}${id === null ? '' : ` ${id}`}`
  const more = details.map(detail => html`<br>${detail.name}: ${detail.text}`)
  return html`<li>${when}<div><strong>${name}: ${text}</strong>${more}</div></li>`
}
