/** Stories with promises, made up. */
import { type StoryFrontMatter, type StoryInput, storySchema } from '../../src/stories/schema.js'

export const DEPLOY = '2026-10-12T00:00:00Z'

export function makePrediction(
  id: string,
  at: string,
  value = 0.3,
  interval: [number, number] | null = [0.25, 0.35],
) {
  return {
    id,
    at,
    what: 'totals come from a cache',
    kind: 'cache',
    under: '500ms',
    share: { before: 0.5, after: 0.5 + value },
    change: { value, interval },
  }
}

export function makeHypothesis(id: string, registered: string, values: object = {}) {
  return {
    id,
    claim: 'totals are summed up again and again',
    metric: 'under',
    direction: 'up' as const,
    smallest: 0.1,
    design: 'before-after' as const,
    before: {},
    after: {},
    registered,
    ...values,
  }
}

const arm = (share: number) => ({ requests: 1000, clusters: 40, share, interval: null })

/** Closed, with what came: `kept` of what was promised. */
export function makeOutcome(kept: number | null, values: object = {}) {
  return {
    at: '2026-10-20T08:00:00Z',
    verdict: 'better' as const,
    before: arm(0.5),
    after: arm(0.7),
    change: 0.3 * (kept ?? 0.5),
    interval: [0.1, 0.3] as [number, number],
    under: '500ms',
    command: 'whyslow story close x --measure',
    promised: {
      prediction: 'p1',
      kind: 'cache',
      change: 0.3,
      interval: [0.25, 0.35] as [number, number],
      kept,
      keptInterval: kept === null ? null : ([kept - 0.2, kept + 0.2] as [number, number]),
      ...values,
    },
  }
}

export function makeStory(values: Partial<StoryInput>): StoryFrontMatter {
  return storySchema.parse({ id: 'orders', title: 'Orders are slow', ...values })
}
