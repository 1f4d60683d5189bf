/**
 * Any CSV, NDJSON or JSON list by `columns:` of `whyslow.yaml`, which says what its columns are called. Columns that it doesn't name are found by the
 * names that are known anyway. Of several kinds of data that a file could be, the one with the most names of the workbook in it is taken.
 */
import type { MappedKind } from '../../workbook/column-mapping.js'
import type { Format } from '../layout.js'
import { accounts } from './accounts.js'
import { mappingFor } from './by-name.js'
import { deploys } from './deploys.js'
import { ga4 } from './ga4.js'
import { readNames } from './named.js'
import { namedRequests } from './named-requests.js'
import { zendesk } from './zendesk.js'

const FORMAT_OF: Record<MappedKind, Format> = {
  requests: namedRequests,
  tickets: zendesk,
  pageviews: ga4,
  accounts,
  deploys,
}

export const mapped: Format = {
  name: 'columns',
  title: 'any CSV or NDJSON by columns: of whyslow.yaml',
  layout(sample, options) {
    const names = readNames(sample)
    if (names === null || options.columns === undefined) return null
    const kinds = (Object.keys(FORMAT_OF) as MappedKind[])
      .map(kind => ({ kind, found: mappingFor(kind, names.columns, options.columns).size }))
      .filter(({ found }) => found > 0)
      .sort((one, other) => other.found - one.found)
    for (const { kind } of kinds) {
      const layout = FORMAT_OF[kind].layout(sample, options)
      if (layout) return { ...layout, format: 'columns' }
    }
    return null
  },
}
