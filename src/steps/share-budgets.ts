/** Which stories ate the budget of an objective. */
import type { SloOptions, SloScope } from '../evidence/slo.js'
import { type BadParts, countBadParts } from '../evidence/slo-parts.js'
import type { Store } from '../store/open-store.js'
import { listStories, type Story } from '../stories/read-story.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { askTogether, listScoped, type Scoped } from './scope-stories.js'
import { describeUnreadable } from './unreadable-stories.js'

export interface EatenShare {
  bad: number
  /** Of what is allowed; 1 is the whole budget. */
  budget: number
}

export interface Eaters {
  /** Those that ate of it, the most first. Where stories overlap, a request is in each of them. */
  stories: (EatenShare & { id: string; title: string; status: string })[]
  /** Requests that two stories have in common: in the shares of both. */
  overlaps: (EatenShare & { stories: [string, string] })[]
  /** In no story. */
  outside: EatenShare
}

export interface ScopedStories {
  stories: Story[]
  parts: BadParts[]
  warnings: Warning[]
}

/**
 * Bad requests of all scopes by the stories that they are in. A story's window doesn't count: its requests eat of the budget
 * whenever they come. Dismissed stories are left out; those that can't be read, or whose `where` can't be used, are warnings.
 */
export async function splitByStories(
  workbook: Workbook,
  store: Store,
  scopes: readonly SloScope[],
  options: SloOptions,
): Promise<ScopedStories> {
  const { stories, problems } = await listStories(workbook)
  const { scoped } = await listScoped(
    store,
    stories.filter(({ frontMatter }) => frontMatter.status !== 'dismissed'),
    problems,
  )
  const count = async (some: readonly Scoped[]) => {
    const wheres = some.map(({ where }) => where)
    return {
      stories: some.map(({ story }) => story),
      parts: await countBadParts(store, scopes, options, wheres),
    }
  }
  return { ...(await askTogether(scoped, count, problems)), warnings: describeUnreadable(problems) }
}

/** `parts` are those of one objective; `bad` all of its bad requests. */
export function listEaters(
  stories: readonly Story[],
  parts: readonly { parts: number[]; bad: number }[],
  { bad, allowed }: { bad: number; allowed: number },
): Eaters {
  const share = (count: number): EatenShare => ({ bad: count, budget: count / allowed })
  const countWith = (...wanted: number[]) =>
    parts
      .filter(({ parts: found }) => wanted.every(part => found.includes(part)))
      .reduce((sum, row) => sum + row.bad, 0)
  const ate = stories
    .map(({ id, frontMatter: { title, status } }, at) => ({ at, id, title, status, ...share(countWith(at)) }))
    .filter(story => story.bad > 0)
    .sort((one, other) => other.bad - one.bad || one.id.localeCompare(other.id))
  const overlaps = ate.flatMap((one, i) =>
    ate.slice(i + 1).flatMap(other => {
      const common = countWith(one.at, other.at)
      return common === 0 ? [] : [{ stories: [one.id, other.id] as [string, string], ...share(common) }]
    }),
  )
  const inAny = parts.filter(row => row.parts.length > 0).reduce((sum, row) => sum + row.bad, 0)
  return {
    stories: ate.map(({ at: _at, ...story }) => story),
    overlaps,
    outside: share(Math.max(0, Number((bad - inAny).toFixed(6)))),
  }
}
