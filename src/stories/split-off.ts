/** A fix that gets a story of its own. Pure. */
import { isOver, type StoryFrontMatter } from './schema.js'
import { isoSeconds } from './timeboxes.js'
import type { NewStory } from './write-story.js'

/** Shares the parent's requests, target and answers; the evidence behind them stays with the parent. It has no identity, so that triage goes on finding the parent. */
export function splitStoryInto(parent: StoryFrontMatter, title: string, now: Date): NewStory {
  return {
    id: `${parent.id}-${title}`,
    title,
    status: isOver(parent.status) ? 'reported' : parent.status,
    opened: isoSeconds(now),
    route: parent.route,
    scope: parent.scope,
    under: parent.under,
    reasons: [{ code: 'split', text: `split off ${parent.id}: ${parent.title}` }],
    questions: withoutEvidence(parent.questions),
    splitFrom: parent.id,
  }
}

function withoutEvidence(questions: StoryFrontMatter['questions']): StoryFrontMatter['questions'] {
  const entries = Object.entries(questions).map(([name, answer]) => [
    name,
    answer === 'unknown' ? answer : { ...answer, evidence: [] },
  ])
  return Object.fromEntries(entries)
}
