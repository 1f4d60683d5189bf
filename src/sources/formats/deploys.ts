/** Deploys as CSV or NDJSON: `time`, `version`, `commit`; at least a time and one of the other two. */

import { readTime } from '../../store/read-time.js'
import type { Format } from '../layout.js'
import {
  hasColumns,
  type KnownNames,
  mappingFor,
  type NameTable,
  readByName,
  withMapping,
} from './by-name.js'
import { namedLayout, readNames } from './named.js'

const NAMES: NameTable = {
  time: ['time', 'timestamp', 'deployed_at', 'created_at', 'finished_at'],
  version: ['version', 'release', 'tag'],
  commit: ['commit', 'sha', 'commit_sha', 'revision'],
}

export const DEPLOY_NAMES: KnownNames = {
  format: 'deploys',
  kind: 'deploys',
  names: NAMES,
  required: [['time'], ['version', 'commit']],
}

export const deploys: Format = {
  name: 'deploys',
  title: 'deploys as CSV or NDJSON: time, version, commit',
  layout(sample, options) {
    const names = readNames(sample)
    if (names === null) return null
    const mapping = mappingFor('deploys', names.columns, options.columns)
    const table = withMapping(NAMES, mapping)
    const has = (column: string) => hasColumns(names.columns, table, [column])
    if (!has('time') || !(has('commit') || has('version'))) return null
    if (names.columns.length > 12 && mapping.size === 0) return null
    return namedLayout({
      format: 'deploys',
      kind: 'deploys',
      entries: names.entries,
      read(record) {
        const { text } = readByName(record, table)
        const time = readTime(text('time'))
        if (time === null) return { reject: `time can't be read: ${text('time')?.slice(0, 40) ?? 'nothing'}` }
        return { time, version: text('version'), commit: text('commit') }
      },
    })
  },
}
