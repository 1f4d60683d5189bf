/** `Profile` → speedscope's JSON; see `speedscope.ts`. */
import { walkPaths } from '../children.js'
import type { Profile } from '../profile.js'
import { PiecesOfText } from './pieces.js'

const SCHEMA = 'https://www.speedscope.app/file-format-schema.json'
const UNITS = { ms: 'nanoseconds', bytes: 'bytes', samples: 'none' } as const

/** Whole nanoseconds, because differences between places on one axis would lose fractions. */
export function writeSpeedscope(profile: Profile): string {
  const { frames, stacks, unit } = profile
  const weightOf = (self: number): number => (unit === 'ms' ? Math.round(self * 1e6) : self)
  const total = stacks.reduce((sum, node) => sum + weightOf(node.self), 0)
  const shared = frames.map(({ function: name, file, line, column }) => ({
    name,
    ...(file === null ? {} : { file }),
    ...(line === null ? {} : { line }),
    ...(column === null ? {} : { col: column }),
  }))
  const { tool, toolVersion } = profile
  const head = {
    $schema: SCHEMA,
    exporter: toolVersion === null ? tool : `${tool}@${toolVersion}`,
    shared: { frames: shared },
  }
  const about = {
    type: 'evented',
    name: profile.name ?? '',
    unit: UNITS[unit],
    startValue: 0,
    endValue: total,
  }
  const pieces = new PiecesOfText('speedscope JSON')
  pieces.add(
    `${JSON.stringify(head).slice(0, -1)},"profiles":[${JSON.stringify(about).slice(0, -1)},"events":[`,
  )
  let now = 0
  let isFirst = true
  walkPaths(stacks, {
    enter: index => {
      const { frame, self } = stacks[index]!
      pieces.add(`${isFirst ? '' : ','}{"type":"O","frame":${frame},"at":${now}}`)
      isFirst = false
      now += weightOf(self)
    },
    leave: index => pieces.add(`,{"type":"C","frame":${stacks[index]!.frame},"at":${now}}`),
  })
  pieces.add(']}]}\n')
  return pieces.text()
}
