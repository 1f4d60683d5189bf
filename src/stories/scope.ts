import { routeWhere } from '../store/slice.js'
import type { StoryFrontMatter } from './schema.js'

/** The requests that a story is about, never those of another route; null for a story that names none. */
export function storyWhere({
  scope,
  identity,
  route,
}: Pick<StoryFrontMatter, 'scope' | 'identity' | 'route'>): string | null {
  return scope.where ?? identity ?? (route === null ? null : routeWhere(route))
}

/** All of them hold. Each must be an expression by itself: see `checkWhere`. Null for none. */
export function joinWheres(wheres: readonly (string | null)[]): string | null {
  const given = wheres.filter(where => where !== null)
  return given.length < 2 ? (given[0] ?? null) : given.map(bracket).join(' AND ')
}

/** A comment would swallow the bracket behind it. */
function bracket(where: string): string {
  return where.includes('--') ? `(${where}\n)` : `(${where})`
}
