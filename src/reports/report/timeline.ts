/** What happened when: timeboxes with what was learned, captures, hypotheses, fixes. Oldest first. */
import { budgetOf } from '../../stories/timeboxes.js'
import { formatDuration, formatPoints } from '../../units.js'
import { describePrediction } from '../hypothesis-words.js'
import { formatTime } from '../times.js'
import type { StoryReport } from './contents.js'
import { html, type Markup } from './markup.js'

interface Event {
  at: string
  what: string
  /** A line each. */
  more: string[]
}

export function renderTimeline({ story }: StoryReport): Markup[] {
  const events = [...listEvents(story)].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  if (events.length === 0) return [html`<p>Nothing was written down with its time.</p>`]
  return [
    html`<ol class="timeline">
${events.map(
  ({ at, what, more }) =>
    html`<li><time datetime="${at}">${formatTime(at).slice(0, 16)}</time><div><strong>${what}</strong>${more.map(line => html`<br>${line}`)}</div></li>`,
)}
</ol>
<p class="quiet">Times are in UTC.</p>`,
  ]
}

function listEvents(story: StoryReport['story']): Event[] {
  const { opened, timeboxes, profiles, hypotheses, fixes, outcome } = story
  return [
    ...(opened === null ? [] : [{ at: opened, what: 'The story was opened', more: [] }]),
    ...timeboxes.map(describeTimebox),
    ...profiles.flatMap(({ at, file, tool, durationMs }) => {
      const facts = [tool, durationMs === null ? null : formatDuration(durationMs)].filter(
        fact => fact !== null,
      )
      return at === null ? [] : [{ at, what: 'A profile was taken', more: [[file, ...facts].join(', ')] }]
    }),
    ...hypotheses.flatMap(hypothesis => [
      {
        at: hypothesis.registered,
        what: `${hypothesis.id} was predicted`,
        more: [hypothesis.claim, describePrediction(hypothesis)],
      },
      ...hypothesis.results.map(({ at, judged, change, interval, exploratory }) => ({
        at,
        what: `${hypothesis.id} was tested: ${judged}${exploratory ? ' (exploratory)' : ''}`,
        more: change === null ? [] : [describeRange(change, interval)],
      })),
    ]),
    ...fixes.flatMap(({ deployed, text }) =>
      deployed === null ? [] : [{ at: deployed, what: 'A fix was deployed', more: [text] }],
    ),
    ...(outcome === null
      ? []
      : [
          {
            at: outcome.at,
            what: `The outcome was measured: ${outcome.verdict}`,
            more: outcome.text === null ? [] : [outcome.text],
          },
        ]),
  ]
}

function describeRange(change: number, interval: [number, number] | null): string {
  const range = interval === null ? '' : ` (95%: ${interval.map(formatPoints).join(' to ')})`
  return `${formatPoints(change)} good requests${range}`
}

function describeTimebox(timebox: StoryReport['story']['timeboxes'][number]): Event {
  const { id, started, stopped, learned, ruledOut, effort, extensions } = timebox
  const budget = budgetOf(timebox).join(' + ')
  const end =
    stopped === null ? 'still running' : `took ${formatDuration(Date.parse(stopped) - Date.parse(started))}`
  return {
    at: started,
    what: `Timebox ${id} of ${budget}, ${end}`,
    more: [
      ...extensions.map(({ by, reason }) => `Extended by ${by}: ${reason}`),
      ...(learned === null ? [] : [`Learned: ${learned}`]),
      ...(ruledOut === null ? [] : [`Ruled out: ${ruledOut}`]),
      ...(effort === null ? [] : [`A fix would take: ${effort}`]),
    ],
  }
}
