/** `Profile` → speedscope's JSON; see `speedscope.ts`. */
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
  walkPaths(profile, {
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

/** Every path once down and once up, callees inside their callers; without recursion. */
function walkPaths(
  { stacks }: Profile,
  { enter, leave }: { enter: (index: number) => void; leave: (index: number) => void },
): void {
  const firstChild = new Int32Array(stacks.length + 1).fill(-1)
  const nextSibling = new Int32Array(stacks.length).fill(-1)
  for (let index = stacks.length - 1; index >= 0; index -= 1) {
    const { parent } = stacks[index]!
    nextSibling[index] = firstChild[parent + 1]!
    firstChild[parent + 1] = index
  }
  let index = firstChild[0]!
  while (index >= 0) {
    enter(index)
    if (firstChild[index + 1]! >= 0) {
      index = firstChild[index + 1]!
      continue
    }
    while (index >= 0) {
      leave(index)
      if (nextSibling[index]! >= 0) break
      index = stacks[index]!.parent
    }
    if (index >= 0) index = nextSibling[index]!
  }
}
