/** The slice that the flags of a command name, within the workbook's target cohort. */
import { rowsOf } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import { parseTime, type Slice } from '../store/slice.js'
import { parseDuration } from '../units.js'
import type { WorkbookConfig } from '../workbook/config.js'

export interface SliceFlags {
  where?: string | undefined
  from?: string | undefined
  to?: string | undefined
  last?: string | undefined
  'all-traffic'?: boolean
}

export function readSlice({ cohort }: WorkbookConfig, store: Store, flags: SliceFlags): Slice {
  return {
    where: flags.where ?? null,
    from: flags.last ? lastPart(store, flags.last) : flags.from ? parseTime(flags.from) : null,
    to: flags.to ? parseTime(flags.to) : null,
    cohort: flags['all-traffic'] ? null : (cohort ?? null),
  }
}

/** The start of the last part of all requests, counted back from the newest one. */
function lastPart(store: Store, text: string): string {
  const ends = store.sources.filter(source => rowsOf(source, 'requests') > 0 && source.to !== null)
  const newest = ends
    .map(source => source.to!)
    .sort()
    .at(-1)
  const end = newest === undefined ? Date.now() : Date.parse(newest)
  return new Date(end - parseDuration(text)).toISOString()
}
