/** Where to go on from the shape of a slice: a command. */
import type { Look } from '../evidence/look.js'
import { quote } from '../stories/describe-evidence.js'
import type { Subject } from './resolve-subject.js'

/** Null where there is no shape yet, and where all is well: one narrow peak, and the objective is met. */
export function nextStep(
  { shape, quantiles, underShare, missed }: Pick<Look, 'shape' | 'quantiles' | 'underShare' | 'missed'>,
  { route, story }: Pick<Subject, 'route' | 'story'>,
): string | null {
  const name = story ?? route
  if (shape === null || name === null) return null
  const p99 = quantiles.find(({ q }) => q === 0.99)?.ms ?? null
  if (shape.kind === 'tail' && p99 !== null)
    return `whyslow requests --route ${quote(name)} --where 'duration_ms >= ${Math.floor(p99)}'`
  if (shape.kind !== 'plain') return `whyslow explain ${quote(name)}`
  if (underShare !== null && underShare >= missed.objective) return null
  return story === null
    ? `whyslow story new --title ${quote(`${route} is slow`)} --about ${quote(name)}`
    : `whyslow timebox start ${quote(story)}`
}
