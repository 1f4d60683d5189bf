/** Small profiles by hand, for what a real one can't be made to show. */
import type { Frame, Profile } from '../../src/profilers/profile.js'

export function makeFrame(name: string, more: Partial<Frame> = {}): Frame {
  return { function: name, file: '/app/a.js', line: 1, column: 1, kind: 'code', ...more }
}

/** Paths as `main;walk;visit`, with what they took themselves. Frames of the same name are the same. */
export function makeProfile(
  paths: Record<string, number>,
  more: Partial<Profile> = {},
  frameOf: (name: string) => Frame = makeFrame,
): Profile {
  const frames: Frame[] = []
  const stacks: Profile['stacks'] = []
  const known = new Map<string, number>()
  const frameIndex = new Map<string, number>()
  for (const [path, self] of Object.entries(paths)) {
    let parent = -1
    let prefix = ''
    for (const name of path.split(';')) {
      prefix += `;${name}`
      if (!known.has(prefix)) {
        if (!frameIndex.has(name)) frameIndex.set(name, frames.push(frameOf(name)) - 1)
        known.set(prefix, stacks.push({ frame: frameIndex.get(name)!, parent, self: 0, samples: 0 }) - 1)
      }
      parent = known.get(prefix)!
    }
    stacks[parent]!.self += self
    stacks[parent]!.samples += Math.round(self)
  }
  return {
    name: null,
    tool: 'test',
    toolVersion: null,
    pid: null,
    startedAt: null,
    unit: 'ms',
    duration_ms: 1000,
    samples: stacks.reduce((sum, node) => sum + node.samples, 0),
    interval_us: 1000,
    frames,
    stacks,
    ...more,
  }
}

/** One function that calls itself so many times. */
export function makeDeep(levels: number): Profile {
  const stacks = Array.from({ length: levels }, (_, level) => ({
    frame: 0,
    parent: level - 1,
    self: level === levels - 1 ? 900 : 0,
    samples: level === levels - 1 ? 900 : 0,
  }))
  return { ...makeProfile({}), samples: 900, frames: [makeFrame('recurse')], stacks }
}
