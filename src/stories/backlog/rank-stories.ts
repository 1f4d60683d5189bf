/** The backlog as a partial order: which stories certainly come before which. Pure, by seed. */
import { orderStandings, type PartialOrder } from '../../stats/partial-order.js'
import { createRandom } from '../../stats/random.js'
import type { NextConfig } from '../../workbook/next-config.js'
import { type Candidate, modelScores, type ScoreModel } from './score-model.js'

export interface RankOptions {
  seed: number
  config: Pick<NextConfig, 'formula' | 'weights'>
  /** How many clusters all stories have together, and from which place on these are groups. */
  clusters: number
  groupsFrom?: number
  draws?: number
  /** What a cluster is called. */
  noun?: string
}

export interface Ranking {
  model: ScoreModel
  order: PartialOrder
}

const DRAWS = 2000

/** See `measureDistances` for what it assumes. Measured parts, efforts and confidences of all stories are drawn together. */
export function rankStories(candidates: readonly Candidate[], options: RankOptions): Ranking {
  const { seed, config, clusters, groupsFrom = clusters, draws = DRAWS, noun = 'customer' } = options
  const random = createRandom(seed)
  const model = modelScores(candidates, { random, config, clusters, draws, noun })
  return { model, order: orderStandings(model.standings, { random, isLog: model.isLog, draws, groupsFrom }) }
}
