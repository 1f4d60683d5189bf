/** The plan as data: what `next --json` gives, and what its text is made of. */
import type { ShownCommand, ShownNext, ShownNumber, ShownStory } from '../reports/next.js'
import type { Start } from '../stories/backlog/choose-start.js'
import type { Measure } from '../stories/backlog/score-model.js'
import type { Estimate } from '../stories/estimates.js'
import { judgementOf } from '../stories/hypotheses.js'
import { sinceReopened } from '../stories/reopen-story.js'
import { MEASURES } from '../workbook/next-config.js'
import type { PlannedNext } from './plan-next.js'

export function describeNext(planned: PlannedNext, seed: number): ShownNext {
  const { stories, ranking, start, beside, warnings } = planned
  const { order, model } = ranking
  const idOf = (position: number) => stories[position]!.story.id
  const of = totalOf(planned)
  const scale = of === null ? 1 : of / sumScores(planned)
  return {
    above: order.above.map(({ a, b }) => ({ a: idOf(a), b: idOf(b) })),
    front: order.front.map(idOf),
    start: start && describeStart(planned, start),
    beside: beside.map(({ story, customers }) => ({
      story: idOf(story),
      effort_h: stories[story]!.candidate.effort.value,
      customers,
    })),
    stories: stories.map(({ story, candidate, isReady }, i): ShownStory => {
      const { title, status } = story.frontMatter
      const interval = order.interval(i)
      return {
        id: story.id,
        title,
        status,
        ready: isReady,
        measures: Object.fromEntries(
          MEASURES.map(name => [name, describeMeasure(candidate.measures[name])]),
        ) as ShownStory['measures'],
        effort: describeEstimate(candidate.effort, 'h of work'),
        confidence: describeEstimate(candidate.confidence, 'chance'),
        gain: describeEstimate(candidate.gain, 'of the impact'),
        kept: candidate.gain.kept && describeEstimate(candidate.gain.kept, 'of what was promised'),
        score: {
          value: model.standings[i]!.score * scale,
          interval: interval && [interval[0] * scale, interval[1] * scale],
        },
        untold: model.untold[i]!,
      }
    }),
    pairs: { all: (stories.length * (stories.length - 1)) / 2, open: order.open },
    formula: model.formula.text,
    of,
    window: planned.window,
    days: planned.days,
    unit: planned.unit,
    seed,
    warnings,
  }
}

/** Scores are shown as parts of 100, all together; where one is less than 0, as they are. */
function totalOf(planned: PlannedNext): number | null {
  return planned.ranking.model.isLog && sumScores(planned) > 0 ? 100 : null
}

function sumScores({ ranking: { model } }: PlannedNext): number {
  return model.standings.reduce((total, { score }) => total + score, 0)
}

function describeStart(planned: PlannedNext, start: Start): NonNullable<ShownNext['start']> {
  const { stories, timebox_h } = planned
  const { story, candidate, isReady } = stories[start.story]!
  const isStated = sinceReopened(story.frontMatter).hypotheses.some(one => judgementOf(one) === null)
  const isToLook = start.asks.some(one => one !== 'gain' && !(one === 'confidence' && isStated))
  return {
    kind: start.kind,
    story: story.id,
    why: start.why,
    instead: start.instead.map(one => stories[one]!.story.id),
    settles: start.settles,
    raises: start.raises === null || !Number.isFinite(start.raises) ? null : start.raises,
    timebox_h: start.kind === 'investigation' ? timebox_h : null,
    confirm: start.leads && !isReady && !isToLook,
    commands: listCommands(start, {
      id: story.id,
      timebox_h,
      isReady,
      isStated,
      isToLook,
      gain: candidate.gain,
    }),
  }
}

interface StartedStory {
  id: string
  timebox_h: number
  isReady: boolean
  /** It has a hypothesis that is neither confirmed nor disproved. */
  isStated: boolean
  /** Something is asked that only looking answers. */
  isToLook: boolean
  gain: Estimate
}

/** What answers in a second comes before what takes an hour. */
function listCommands(start: Start, story: StartedStory): ShownCommand[] {
  const { id, timebox_h, isReady, isStated, isToLook, gain } = story
  const predict = {
    command: `whyslow whatif ${id}`,
    what: 'first: nothing was predicted yet, and it says in a second what a change would take away',
  }
  const first = gain.known === null ? [predict] : []
  if (start.kind === 'fix') return [...first, { command: `whyslow story show ${id}`, what: null }]
  const minutes = Math.max(1, Math.round(timebox_h * 60))
  const timebox = { command: `whyslow timebox start ${id} --for ${minutes}m`, what: null }
  const test = isStated
    ? { command: `whyslow hypothesis test ${id}`, what: 'its hypothesis is open' }
    : {
        command: `whyslow hypothesis new ${id} --claim "…" --with "CONDITION"`,
        what: 'to confirm its cause',
      }
  const known = { command: `whyslow story set ${id} status=confirmed`, what: 'if somebody knows the cause' }
  return [
    ...first,
    ...(isToLook ? [timebox] : isReady ? [] : [test]),
    ...(isReady || (isToLook && !start.leads) ? [] : [known]),
  ]
}

function describeMeasure({ value, interval, unit, source, from }: Measure): ShownNumber {
  return { value, interval, unit, from: from ?? 'unknown', source }
}

function describeEstimate({ value, interval, known, source }: Estimate, unit: string): ShownNumber {
  return { value, interval, unit, from: known ?? 'unknown', source }
}
