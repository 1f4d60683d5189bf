/** Hypotheses in a story's front matter. Pure. */
import { WhyslowError } from '../errors.js'
import { hashPrediction } from './registration.js'
import { sinceReopened } from './reopen-story.js'
import type { StoryFrontMatter, StoryHypothesis, StoryResult, StoryStatus } from './schema.js'
import { fileInTimebox, isoSeconds, nextId } from './timeboxes.js'

export type NewHypothesis = Pick<
  StoryHypothesis,
  'claim' | 'direction' | 'smallest' | 'design' | 'before' | 'after' | 'under'
>

/** Written down before its data is looked at; that moment is kept. */
export function addHypothesis(story: StoryFrontMatter, wanted: NewHypothesis, now: Date): StoryFrontMatter {
  const hypothesis: StoryHypothesis = {
    id: nextId('h', story.hypotheses),
    metric: 'under',
    registered: isoSeconds(now),
    hash: hashPrediction({ metric: 'under', ...wanted }),
    watch: null,
    results: [],
    ...wanted,
  }
  const early = story.status === 'reported' || story.status === 'framed' || story.status === 'investigating'
  const filed = fileInTimebox(story, 'hypotheses', hypothesis.id)
  return {
    ...filed,
    status: early ? 'hypothesised' : story.status,
    hypotheses: [...story.hypotheses, hypothesis],
  }
}

/** The one with this id, or the newest. */
export function findHypothesis(story: StoryFrontMatter, id: string | undefined): StoryHypothesis {
  const found =
    id === undefined ? story.hypotheses.at(-1) : story.hypotheses.find(hypothesis => hypothesis.id === id)
  if (found) return found
  const known = story.hypotheses.map(hypothesis => hypothesis.id)
  throw new WhyslowError(
    id === undefined || known.length === 0
      ? `The story ${story.id} has no hypothesis yet.`
      : `The story ${story.id} has no hypothesis “${id}”.`,
    {
      next:
        known.length > 0
          ? [`It has: ${known.join(', ')}`]
          : [`whyslow hypothesis new ${story.id} --claim "…"`],
    },
  )
}

/** What the newest test that could tell said of it; null when none could. */
export function judgementOf({ results }: Pick<StoryHypothesis, 'results'>): 'confirmed' | 'disproved' | null {
  const told = results.findLast(result => result.judged !== 'cannot tell yet')?.judged
  return told === 'confirmed' || told === 'disproved' ? told : null
}

/** The newest one that is confirmed; of a story that was re-opened, since then. */
export function findConfirmed(story: StoryFrontMatter): StoryHypothesis | undefined {
  return sinceReopened(story).hypotheses.findLast(hypothesis => judgementOf(hypothesis) === 'confirmed')
}

/** Until the fix begins, the status follows the hypotheses. */
const FOLLOWS: readonly StoryStatus[] = ['reported', 'framed', 'investigating', 'hypothesised', 'confirmed']

/** Files a result. The status follows it: a disproved hypothesis is a result, and the investigation goes on. */
export function addResult(story: StoryFrontMatter, id: string, result: StoryResult): StoryFrontMatter {
  const hypotheses = story.hypotheses.map(hypothesis =>
    hypothesis.id === id ? { ...hypothesis, results: [...hypothesis.results, result] } : hypothesis,
  )
  const filed = { ...story, hypotheses }
  return FOLLOWS.includes(story.status) ? { ...filed, status: followHypotheses(filed) } : filed
}

function followHypotheses(story: StoryFrontMatter): StoryStatus {
  const judged = sinceReopened(story).hypotheses.map(judgementOf)
  if (judged.length === 0) return story.status
  if (judged.includes('confirmed')) return 'confirmed'
  return judged.includes(null) ? 'hypothesised' : 'investigating'
}
