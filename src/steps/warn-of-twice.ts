/** Says how many requests came in with traces that a log has as well. */
import type { Source } from '../store/catalog.js'
import { countTwice, findTwoSides } from '../store/count-once.js'
import { openEngine } from '../store/engine.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'

export async function warnOfTwice(workbook: Workbook, sources: readonly Source[]): Promise<Warning[]> {
  const { data, tmp } = workbook.paths
  const sides = findTwoSides(data, sources)
  if (sides === null) return []
  const engine = await openEngine({ sealedTo: [...sides.logs, ...sides.spans], spillDir: tmp })
  try {
    const count = await countTwice(engine, sides)
    if (count === 0) return []
    const message = `${formatCount(count)} of the requests that came with spans are in a log as well, by the id of their trace: they count once, as the log has them.`
    return [{ code: 'requests-twice', message }]
  } finally {
    engine.close()
  }
}
