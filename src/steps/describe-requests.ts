import type { Source } from '../store/catalog.js'
import { rowsOf } from '../store/kinds.js'

/** A text that changes when requests come in; merging what is there changes nothing. */
export function describeRequests(sources: readonly Source[]): string {
  const rows = sources.reduce((sum, source) => sum + rowsOf(source, 'requests'), 0)
  const newest = sources.reduce((latest, { to }) => (to !== null && to > latest ? to : latest), '')
  return `${rows} ${newest}`
}
