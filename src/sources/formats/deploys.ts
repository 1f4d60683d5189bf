/** Deploys as CSV or NDJSON: `time`, `version`, `commit`; at least a time and one of the other two. */

import { readTime } from '../../store/read-time.js'
import type { Format } from '../layout.js'
import { hasColumns, type NameTable, readByName } from './by-name.js'
import { namedLayout, readNames } from './named.js'

const NAMES: NameTable = {
  time: ['time', 'timestamp', 'deployed_at', 'created_at', 'finished_at'],
  version: ['version', 'release', 'tag'],
  commit: ['commit', 'sha', 'commit_sha', 'revision'],
}

export const deploys: Format = {
  name: 'deploys',
  title: 'deploys as CSV or NDJSON: time, version, commit',
  layout(sample) {
    const names = readNames(sample)
    if (names === null || !hasColumns(names.columns, NAMES, ['time'])) return null
    if (!hasColumns(names.columns, NAMES, ['commit']) && !hasColumns(names.columns, NAMES, ['version']))
      return null
    if (names.columns.length > 12) return null
    return namedLayout({
      format: 'deploys',
      kind: 'deploys',
      entries: names.entries,
      read(record) {
        const { text } = readByName(record, NAMES)
        const time = readTime(text('time'))
        if (time === null) return { reject: `time can't be read: ${text('time')?.slice(0, 40) ?? 'nothing'}` }
        return { time, version: text('version'), commit: text('commit') }
      },
    })
  },
}
