import { WhyslowError } from '../errors.js'
import type { Store } from '../store/open-store.js'
import { checkWhere } from '../store/where.js'
import { splitStory } from '../stories/front-matter.js'
import type { Story } from '../stories/read-story.js'
import { storyWhere } from '../stories/scope.js'
import { yamlProblem } from '../workbook/yaml-file.js'

/** The requests that a story is about, see `storyWhere`. Throws at its place in the story's file when the expression can't be used. */
export async function checkStoryWhere(store: Store, story: Story): Promise<string | null> {
  const { frontMatter, shown, text } = story
  const where = storyWhere(frontMatter)
  if (where === null) return null
  try {
    return await checkWhere(store, where)
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    const path = frontMatter.scope.where === null ? ['identity'] : ['scope', 'where']
    const located = yamlProblem(splitStory(text, shown).yaml, path, error.message, {
      file: shown,
      linesBefore: 1,
    })
    throw new WhyslowError(located.message, {
      next: error.next,
      cause: error,
      place: located.place ?? { file: shown },
    })
  }
}

/** As `checkStoryWhere`. Throws where the story names no requests: that doesn't mean all of them. */
export async function requireStoryWhere(store: Store, story: Story): Promise<string> {
  const where = await checkStoryWhere(store, story)
  if (where === null) throw withoutScope(story.id)
  return where
}

export function withoutScope(id: string): WhyslowError {
  return new WhyslowError(
    `The story ${id} names neither a route nor a where, so it isn't known which requests it is about.`,
    { next: [howToScope(id)] },
  )
}

/** What gives a story its requests. */
export function howToScope(id: string): string {
  return `whyslow story set ${id} where="route = 'GET /orders/:id'"`
}
