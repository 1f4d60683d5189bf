/** Profiles made up for tests, written to files, and compared by what is in them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { FORMATS } from '../../src/profilers/formats/index.js'
import type { Frame, Profile, ProfileUnit, StackNode } from '../../src/profilers/profile.js'
import { type ReadProfiles, readProfiles } from '../../src/profilers/read-profiles.js'

export function makeFrame(name: string, place: Partial<Frame> = {}): Frame {
  return { function: name, file: null, line: null, column: null, kind: 'code', ...place }
}

export function makeProfile(frames: Frame[], stacks: StackNode[], unit: ProfileUnit = 'ms'): Profile {
  return {
    name: null,
    tool: 'test',
    toolVersion: null,
    pid: null,
    startedAt: null,
    unit,
    duration_ms: 0,
    samples: stacks.reduce((sum, node) => sum + node.samples, 0),
    interval_us: null,
    frames,
    stacks,
  }
}

/** `main` calls f1 calls f2 … with all of the time in the innermost. */
export function makeDeep(depth: number): Profile {
  const frames = Array.from({ length: depth }, (_, index) =>
    makeFrame(`f${index}`, { file: '/app/deep.js', line: index + 1 }),
  )
  const stacks = frames.map((_, index) => ({
    frame: index,
    parent: index - 1,
    self: index === depth - 1 ? 12 : 0,
    samples: index === depth - 1 ? 3 : 0,
  }))
  return makeProfile(frames, stacks)
}

/** Each call path that has a weight, outermost call first, with its weight; sorted. */
export function listPaths({ frames, stacks }: Profile, { counts = false } = {}): string[] {
  const nameOf = (index: number): string => {
    const names: unknown[] = []
    for (let at = stacks[index]; at; at = stacks[at.parent]) {
      const { function: name, file, line, column, kind } = frames[at.frame]!
      names.push([name, file, line, column, kind])
    }
    return JSON.stringify(names.reverse())
  }
  const sums = new Map<string, { self: number; samples: number }>()
  for (const [index, node] of stacks.entries()) {
    if (node.self === 0) continue
    const name = nameOf(index)
    const sum = sums.get(name) ?? { self: 0, samples: 0 }
    sums.set(name, { self: sum.self + node.self, samples: sum.samples + node.samples })
  }
  const rows = [...sums].map(([name, { self, samples }]) =>
    [name, self.toPrecision(9), ...(counts ? [samples] : [])].join(' '),
  )
  return rows.sort()
}

export async function readText(content: string | Uint8Array, name = 'profile'): Promise<ReadProfiles> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'whyslow-profile-'))
  try {
    const file = path.join(folder, name)
    await writeFile(file, content)
    return await readProfiles(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

export function writeAs(format: string, profile: Profile): string | Uint8Array {
  return FORMATS.find(({ name }) => name === format)!.write!(profile)
}

/** Letters that some format takes for more than letters. */
const names = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'ab;: ()%253BA0#/.\n\r7'), minLength: 1, maxLength: 14 }),
  fc.constantFrom('(idle)', '(program)', '(garbage collector)', '(anonymous)', 'f (a.js:1)', '# x', 'a (:0)'),
)

const frames = fc
  .record({
    function: names,
    file: fc.option(names.filter(name => !name.startsWith('file:'))),
    line: fc.option(fc.integer({ min: 1, max: 1e6 })),
    column: fc.option(fc.integer({ min: 1, max: 1e6 })),
  })
  .map(({ function: name, file, line, column }): Frame => {
    const isOwn = file === null && /^\((?:idle|program|garbage collector)\)$/.test(name)
    const kinds = { '(idle)': 'idle', '(program)': 'program', '(garbage collector)': 'gc' } as const
    return {
      function: name,
      file,
      line: file === null ? null : line,
      column: file === null || line === null ? null : column,
      kind: isOwn ? kinds[name as keyof typeof kinds] : 'code',
    }
  })

/** Weights as V8 has them: whole microseconds, and nanoseconds. Each path once, as every reader makes them. */
export const profiles = fc
  .record({
    frames: fc.uniqueArray(frames, { minLength: 1, maxLength: 8, selector: frame => JSON.stringify(frame) }),
    unit: fc.constantFrom<ProfileUnit>('ms', 'bytes', 'samples'),
    nodes: fc.array(
      fc.record({ frame: fc.nat(1000), parent: fc.nat(1000), self: fc.nat(1e9), samples: fc.nat(100) }),
      { minLength: 1, maxLength: 30 },
    ),
  })
  .map(({ frames, unit, nodes }) => {
    const seen = new Set<string>()
    const stacks: StackNode[] = []
    for (const { frame, parent, self, samples } of nodes) {
      const node = { frame: frame % frames.length, parent: (parent % (stacks.length + 1)) - 1 }
      if (seen.has(`${node.frame} ${node.parent}`)) continue
      seen.add(`${node.frame} ${node.parent}`)
      stacks.push({ ...node, self: unit === 'ms' ? self / 1e6 : self, samples })
    }
    stacks.at(-1)!.self ||= 1
    return makeProfile(frames, stacks, unit)
  })
