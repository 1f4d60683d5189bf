/** Takes sources out of a workbook, as if they had never been imported. Routes that were inferred with them stay. */
import { WhyslowError } from '../errors.js'
import { listSources, removeSources, type Source } from '../store/catalog.js'
import { goOnFrom } from '../store/overlaps.js'
import { formatCount } from '../units.js'
import { withWorkbookLock } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'
import { findSource } from './find-source.js'

const COMMAND = 'whyslow sources remove'

/** `ids` may be shortened. Returns what was taken out; all ids are looked at before the first goes. */
export function removeImported(
  workbook: Workbook,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Source[]> {
  const { data } = workbook.paths
  return withWorkbookLock(
    workbook,
    async () => {
      const sources = await listSources(data)
      const wanted = new Set(ids.map(id => findSource(sources, id, COMMAND)))
      refuseTorn(sources, wanted)
      const chosen = sources.filter(source => wanted.has(source))
      await removeSources(
        data,
        chosen.toSorted((one, other) => (other.after?.bytes ?? 0) - (one.after?.bytes ?? 0)),
      )
      return chosen
    },
    { signal },
  )
}

/** A source that goes on from another one is known by all that stands before it: alone, it would keep that from being imported again. */
function refuseTorn(sources: readonly Source[], wanted: ReadonlySet<Source>): void {
  const further = [...wanted].flatMap(source => goOnFrom(sources, source)).filter(one => !wanted.has(one))
  const left = [...new Set(further)]
  if (left.length === 0) return
  const [first] = left
  const ids = [...wanted, ...left].map(({ id }) => id)
  throw new WhyslowError(
    left.length === 1
      ? `Source ${first!.id} goes on from there: its lines are those of ${first!.file} from line ${formatCount(first!.after!.newlines + 1)} on.`
      : `${left.length} sources go on from there, with later lines of ${first!.file}.`,
    { next: [`Take them out together: ${COMMAND} ${ids.join(' ')}`] },
  )
}
