/** The plan as data: what `next --json` gives, and what its text is made of. */
import type { ShownNext, ShownNumber, ShownStory } from '../reports/next.js'
import type { Measure } from '../stories/backlog/score-model.js'
import type { Estimate } from '../stories/estimates.js'
import { MEASURES } from '../workbook/next-config.js'
import type { PlannedNext } from './plan-next.js'

export function describeNext(planned: PlannedNext, seed: number): ShownNext {
  const { stories, ranking, start, timebox_h, beside, warnings } = planned
  const { order, model } = ranking
  const idOf = (position: number) => stories[position]!.story.id
  const scale = scaleOf(planned)
  return {
    above: order.above.map(({ a, b }) => ({ a: idOf(a), b: idOf(b) })),
    front: order.front.map(idOf),
    start: start && {
      kind: start.kind,
      story: idOf(start.story),
      why: start.why,
      instead: start.instead.map(idOf),
      settles: start.knowing?.settles ?? null,
      timebox_h: start.kind === 'investigation' ? timebox_h : null,
    },
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
    window: planned.window,
    days: planned.days,
    unit: planned.unit,
    seed,
    warnings,
  }
}

/** Scores are shown as parts of 100, all together; where one is less than 0, as they are. */
function scaleOf({ ranking: { model } }: PlannedNext): number {
  const sum = model.standings.reduce((total, { score }) => total + score, 0)
  return model.isLog && sum > 0 ? 100 / sum : 1
}

function describeMeasure({ value, interval, unit, source, from }: Measure): ShownNumber {
  return { value, interval, unit, from: from ?? 'unknown', source }
}

function describeEstimate({ value, interval, known, source }: Estimate, unit: string): ShownNumber {
  return { value, interval, unit, from: known ?? 'unknown', source }
}
