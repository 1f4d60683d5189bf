/** What happened to a story, in the order of time. The data stands by itself: screens and reports draw it as they need. */
import { groupCaptures } from '../stories/captures.js'
import type { StoryFrontMatter, StoryOutcome, StoryTimebox } from '../stories/schema.js'
import { budgetOf } from '../stories/timeboxes.js'
import { formatDuration, formatPoints } from '../units.js'
import { describeChange, describePrediction, formatTyped } from './hypothesis-words.js'
import { describeKept, withRange } from './promise-words.js'
import { describeReopening } from './reopened.js'
import { fitCharset, type Paint, paint, plain, type Style, widthOf, wrap } from './style.js'

export interface StoryEvent {
  /** ISO 8601, UTC; null where nobody wrote it down. */
  at: string | null
  kind:
    | 'story'
    | 'timebox'
    | 'hypothesis'
    | 'prediction'
    | 'test'
    | 'profile'
    | 'fix'
    | 'note'
    | 'file'
    | 'outcome'
    | 're-opened'
  /** Of what: `h1`, `t2`; null where there is only one, or it has no name. */
  id: string | null
  /** One line. Text of people, unescaped, as the details are. */
  text: string
  /** `learned`, `ruled out` …, with what was said of it. */
  details: { name: string; text: string }[]
  /** Of tests and of the outcome. */
  verdict:
    | 'confirmed'
    | 'disproved'
    | 'cannot tell yet'
    | 'better'
    | 'worse'
    | 'no meaningful difference'
    | null
}

/** Oldest first; what has no time comes last. */
export function listEvents(story: StoryFrontMatter): StoryEvent[] {
  const events = [
    ...listOpening(story),
    ...story.timeboxes.flatMap(listTimebox),
    ...story.hypotheses.flatMap(listHypothesis),
    ...listCaptures(story),
    ...story.predictions.map(({ id, at, what, under, change, assumptions }) => {
      const promise = `${withRange(change.value, change.interval, formatPoints)} good requests (under ${formatTyped(under)})`
      const details = [...detail('promises', promise), ...assumptions.flatMap(one => detail('assumes', one))]
      return event('prediction', at, what, { id, details })
    }),
    ...story.fixes.map(({ id, text, deployed, version, kind, prediction, took }) => {
      const details = [
        ...detail('kind', kind),
        ...detail('version', version),
        ...detail('predicted as', prediction),
        ...detail('took', took),
      ]
      return event('fix', deployed, text, { id, details })
    }),
    ...story.attachments.map(({ file, url, added, note }) =>
      event('file', added, file ?? url!, { details: detail('note', note) }),
    ),
    ...story.notes.map(({ at, text }) => event('note', at, text)),
    ...story.reopened.flatMap(listReopening),
    ...(story.outcome === null ? [] : [listOutcome(story.outcome)]),
  ]
  const time = ({ at }: StoryEvent) => (at === null ? Infinity : Date.parse(at))
  return events.toSorted((a, b) => (time(a) === time(b) ? 0 : time(a) - time(b)))
}

function event(
  kind: StoryEvent['kind'],
  at: string | null,
  text: string,
  more: Partial<Pick<StoryEvent, 'id' | 'details' | 'verdict'>> = {},
): StoryEvent {
  return { at, kind, id: null, text, details: [], verdict: null, ...more }
}

function detail(name: string, text: string | null): StoryEvent['details'] {
  return text === null ? [] : [{ name, text }]
}

function listOpening({ opened, splitFrom, reasons }: StoryFrontMatter): StoryEvent[] {
  if (opened === null && splitFrom === null) return []
  const text = splitFrom === null ? 'opened' : `split from ${splitFrom}`
  return [event('story', opened, text, { details: reasons.flatMap(reason => detail('reason', reason.text)) })]
}

function listTimebox(timebox: StoryTimebox): StoryEvent[] {
  const { id, started, stopped, learned, ruledOut, effort, budget, extensions } = timebox
  const whole = budgetOf(timebox).join(' + ')
  const start = event('timebox', started, `started, budget ${budget}`, { id })
  const more = extensions.map(({ by, at, reason }) =>
    event('timebox', at, `extended by ${by}`, { id, details: detail('reason', reason) }),
  )
  if (stopped === null) return [start, ...more]
  const took = formatDuration(Date.parse(stopped) - Date.parse(started))
  const details = [
    ...detail('learned', learned),
    ...detail('ruled out', ruledOut),
    ...detail('effort', effort),
  ]
  return [start, ...more, event('timebox', stopped, `stopped after ${took} of ${whole}`, { id, details })]
}

function listHypothesis(hypothesis: StoryFrontMatter['hypotheses'][number]): StoryEvent[] {
  const { id, claim, registered, results } = hypothesis
  return [
    event('hypothesis', registered, claim, {
      id,
      details: detail('predicts', describePrediction(hypothesis)),
    }),
    ...results.map(result => {
      const text = result.exploratory ? `${result.judged}, exploratory` : result.judged
      const details = detail('measured', describeChange(result, hypothesis))
      return event('test', result.at, text, { id, details, verdict: result.judged })
    }),
  ]
}

function listCaptures({ profiles }: StoryFrontMatter): StoryEvent[] {
  return groupCaptures(profiles).map(files => {
    const first = files[0]!
    const [tool, length] = [first.tool, first.durationMs]
    const facts = [first.kind, tool && `by ${tool}`, length && formatDuration(length)].filter(fact => fact)
    return event('profile', first.at, facts.length === 0 ? 'captured' : facts.join(', '), {
      details: files.map(({ file }) => ({ name: 'file', text: file })),
    })
  })
}

/** With the outcome before it. */
function listReopening(one: StoryFrontMatter['reopened'][number]): StoryEvent[] {
  const [what = '', around = ''] = describeReopening(one)
  return [
    ...(one.outcome === null ? [] : [listOutcome(one.outcome)]),
    event('re-opened', one.at, what, { details: one.around.length === 0 ? [] : detail('then', around) }),
  ]
}

function listOutcome(outcome: StoryOutcome): StoryEvent {
  const measured = describeChange(outcome, { metric: 'under', design: 'before-after' })
  const details = [
    ...detail('measured', measured),
    ...detail('compared', describeKept(outcome) || null),
    ...detail('said', outcome.text),
  ]
  return event('outcome', outcome.at, outcome.verdict, { details, verdict: outcome.verdict })
}

const VERDICT_PAINT: Record<NonNullable<StoryEvent['verdict']>, Paint> = {
  confirmed: 'green',
  better: 'green',
  disproved: 'red',
  worse: 'red',
  'no meaningful difference': 'cyan',
  'cannot tell yet': 'yellow',
}

const TIME_WIDTH = '2026-10-05 14:03'.length

/** The day where it changes, the minute, and what happened; its details below. */
export function renderTimeline(events: readonly StoryEvent[], style: Style): string {
  let day = ''
  const lines = events.flatMap(one => {
    const [date = '', minute = ''] = (one.at ?? 'no date').split(/[TZ]/)
    const isNew = date !== day
    day = date
    const time = `${isNew ? date : ' '.repeat(date.length)} ${minute.slice(0, 5)}`.padEnd(TIME_WIDTH)
    return renderEvent(one, time, style)
  })
  return fitCharset(style, lines.join('\n'))
}

function renderEvent({ kind, id, text, details, verdict }: StoryEvent, time: string, style: Style): string[] {
  const indent = ' '.repeat(TIME_WIDTH + 2)
  const narrower = { ...style, width: style.width - indent.length }
  const name = id === null ? kind : `${kind} ${plain(style, id)}`
  const said = wrap({ ...narrower, width: narrower.width - widthOf(name) - 2 }, plain(style, text))
  const [first = '', ...rest] = said.split('\n')
  const how = verdict === null ? 'bold' : VERDICT_PAINT[verdict]
  const hanging = rest.map(line => ' '.repeat(widthOf(name) + 2) + paint(style, how, line))
  const below = details.flatMap(({ name: what, text: more }) => {
    const [head = '', ...others] = wrap(narrower, plain(style, `${what}: ${more}`), '  ').split('\n')
    return [paint(style, 'dim', head.slice(0, what.length + 1)) + head.slice(what.length + 1), ...others]
  })
  return [
    `${paint(style, 'dim', time)}  ${name}  ${paint(style, how, first)}`,
    ...[...hanging, ...below].map(line => indent + line),
  ]
}
