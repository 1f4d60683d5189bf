/** A source by its id, or by the beginning of it. */
import { distance } from 'fastest-levenshtein'
import { WhyslowError } from '../errors.js'
import type { Source } from '../store/catalog.js'

/** Throws, with the closest ones, where there is none or there are several; `command` is what to type before an id. */
export function findSource(sources: readonly Source[], id: string, command: string): Source {
  const exact = sources.find(source => source.id === id)
  const starting = id.length < 4 ? [] : sources.filter(source => source.id.startsWith(id.toLowerCase()))
  const found = exact ?? (starting.length === 1 ? starting[0] : undefined)
  if (found) return found
  const closest = sources.toSorted((a, b) => distance(a.id, id) - distance(b.id, id)).slice(0, 3)
  throw new WhyslowError(
    starting.length > 1 ? `Several sources begin with “${id}”.` : `There is no source “${id}”.`,
    {
      next:
        sources.length === 0
          ? ['Nothing was imported yet: whyslow import access.log']
          : (starting.length > 1 ? starting : closest).map(
              source => `${command} ${source.id}   (${source.file})`,
            ),
    },
  )
}
