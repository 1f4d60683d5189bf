/** All hypotheses of a workbook, and what was spent on them. */
import { countTests, type SpentAlpha, sumSpentAlpha } from '../experiments/spent-alpha.js'
import { judgementOf } from '../stories/hypotheses.js'
import { listStories, readStory } from '../stories/read-story.js'
import type { StoryHypothesis } from '../stories/schema.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeUnreadable } from './unreadable-stories.js'

export interface ListedHypothesis {
  story: string
  id: string
  claim: string
  /** What the newest test that could tell said. */
  judged: 'confirmed' | 'disproved' | 'cannot tell yet' | 'not tested yet'
  registered: string
  /** All that were filed. */
  results: number
  /** Those that could have confirmed it. */
  tests: number
}

export interface HypothesisList {
  hypotheses: ListedHypothesis[]
  confirmed: number
  disproved: number
  open: number
  /** Of the whole workbook, also where the list is of one story. */
  budget: SpentAlpha
  warnings: Warning[]
}

/** Oldest first. A disproved one keeps its place: nobody should have to test it again. */
export async function listHypotheses(workbook: Workbook, only: string | undefined): Promise<HypothesisList> {
  // Its error names the closest ids, or what is wrong with its file.
  if (only !== undefined) await readStory(workbook, only)
  const { stories, problems } = await listStories(workbook)
  const hypotheses = stories
    .filter(({ id }) => only === undefined || id === only)
    .flatMap(({ id, frontMatter }) => frontMatter.hypotheses.map(hypothesis => describe(id, hypothesis)))
    .sort((a, b) => Date.parse(a.registered) - Date.parse(b.registered))
  const count = (judged: ListedHypothesis['judged']) => hypotheses.filter(one => one.judged === judged).length
  const [confirmed, disproved] = [count('confirmed'), count('disproved')]
  return {
    hypotheses,
    confirmed,
    disproved,
    open: hypotheses.length - confirmed - disproved,
    budget: sumSpentAlpha(stories.flatMap(({ frontMatter }) => frontMatter.hypotheses)),
    warnings: describeUnreadable(problems),
  }
}

function describe(story: string, hypothesis: StoryHypothesis): ListedHypothesis {
  const { id, claim, registered, results } = hypothesis
  const isTested = results.length > 0 || hypothesis.watch !== null
  return {
    story,
    id,
    claim,
    judged: judgementOf(hypothesis) ?? (isTested ? 'cannot tell yet' : 'not tested yet'),
    registered,
    results: results.length,
    tests: countTests(hypothesis),
  }
}
