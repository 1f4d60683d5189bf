/** Where to go on from the shape of a slice: a command. */
import type { Shape } from '../evidence/describe-shape.js'
import { quote } from '../stories/describe-evidence.js'
import type { Subject } from './resolve-subject.js'

/** Null for a story or route whose answers have no shape yet. */
export function nextStep(
  shape: Shape | null,
  { route, story }: Pick<Subject, 'route' | 'story'>,
  slowFrom_ms: number | null,
): string | null {
  const name = story ?? route
  if (shape === null || name === null) return null
  if (shape.kind === 'tail' && slowFrom_ms !== null)
    return `whyslow requests --route ${quote(name)} --where 'duration_ms >= ${Math.floor(slowFrom_ms)}'`
  if (shape.kind !== 'plain') return `whyslow explain ${quote(name)}`
  return story === null
    ? `whyslow story new --title ${quote(`${route} is slow`)} --about ${quote(name)}`
    : `whyslow timebox start ${quote(story)}`
}
