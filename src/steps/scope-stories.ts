/** The requests of each open story and of its objective, and what they did to whom: one query for all stories. */
import { WhyslowError } from '../errors.js'
import type { Unit } from '../evidence/count-clusters.js'
import { type ImpactScope, readStoryImpacts, type StoryImpacts } from '../evidence/story-impacts.js'
import type { Store } from '../store/open-store.js'
import { routeWhere, type Slice } from '../store/slice.js'
import type { Story } from '../stories/read-story.js'
import type { Workbook } from '../workbook/workbook.js'
import { targetOfStory } from './story-target.js'
import { checkStoryWhere } from './story-where.js'

export interface Scoped {
  story: Story
  where: string
}

/** Stories whose requests can be asked for; those that name none are `without`. */
export async function listScoped(store: Store, open: readonly Story[], problems: WhyslowError[]) {
  const scoped: Scoped[] = []
  const without: Story[] = []
  for (const story of open) {
    try {
      const where = await checkStoryWhere(store, story)
      if (where === null) without.push(story)
      else scoped.push({ story, where })
    } catch (error) {
      if (!(error instanceof WhyslowError)) throw error
      problems.push(error)
    }
  }
  return { scoped, without }
}

export interface Measured {
  story: Story
  scope: ImpactScope & { place: number }
  allowed: { place: number; objective: { share: number; of: string } }
}

/**
 * One question for all. An expression that is right by its types may not fit every value, and which one, only the data tells: then each is asked
 * by itself, and those that can't be are left out as `problems`. Throws what is wrong with no story by itself.
 */
export async function askTogether<T>(
  scoped: readonly Scoped[],
  ask: (some: readonly Scoped[]) => Promise<T>,
  problems: WhyslowError[],
): Promise<T> {
  try {
    return await ask(scoped)
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    const usable: Scoped[] = []
    for (const one of scoped) {
      try {
        await ask([one])
        usable.push(one)
      } catch (cause) {
        if (!(cause instanceof WhyslowError)) throw cause
        problems.push(new WhyslowError(cause.message, { place: { file: one.story.shown }, cause }))
      }
    }
    if (usable.length === scoped.length) throw error
    return ask(usable)
  }
}

interface Asked {
  slice: Slice
  scoped: readonly Scoped[]
  unit: Unit
}

export function readImpacts(
  workbook: Workbook,
  store: Store,
  { slice, scoped, unit }: Asked,
  problems: WhyslowError[],
): Promise<{ measured: Measured[]; impacts: StoryImpacts }> {
  const read = async (some: readonly Scoped[]) => {
    const { scopes, measured } = listScopes(workbook, some)
    return { measured, impacts: await readStoryImpacts(store, slice, scopes, unit) }
  }
  return askTogether(scoped, read, problems)
}

/** The requests of each story, and those of its objective: all of its route. */
function listScopes({ config }: Workbook, scoped: readonly Scoped[]) {
  const scopes: ImpactScope[] = []
  const placeOf = (scope: ImpactScope) => {
    const known = scopes.findIndex(
      ({ where, under_ms }) => where === scope.where && under_ms === scope.under_ms,
    )
    return known >= 0 ? known : scopes.push(scope) - 1
  }
  const measured = scoped.map(({ story, where }): Measured => {
    const { route } = story.frontMatter
    const under_ms = targetOfStory(config, story.frontMatter)
    const promised = config.slo.objectives.find(
      one => route !== null && one.route === route && one.share !== null,
    )
    const objective = { share: promised?.share ?? config.objective, of: route ?? 'its requests' }
    return {
      story,
      scope: { where, under_ms, place: placeOf({ where, under_ms }) },
      allowed: { place: placeOf({ where: route === null ? where : routeWhere(route), under_ms }), objective },
    }
  })
  return { scopes, measured }
}
