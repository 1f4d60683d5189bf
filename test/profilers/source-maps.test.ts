/** Real bundles, made and run here: functions are found where people wrote them. */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { groupOfFrame } from '../../src/profilers/groups.js'
import { readLocalFiles } from '../../src/profilers/local-files.js'
import { locateProfile } from '../../src/profilers/locate-profile.js'
import type { Profile } from '../../src/profilers/profile.js'
import { readProfiles } from '../../src/profilers/read-profiles.js'
import { applySourceMaps } from '../../src/profilers/source-maps.js'
import { listPaths, makeFrame, makeProfile } from './profiles.js'

const LIBRARY = `/** Its lines are counted below. */
export function slowHash(text: string): number {
  let hash = 17
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) | 0
  return hash
}

export const hashMany = (count: number): number => {
  let sum = 0
  for (let index = 0; index < count; index += 1) sum += slowHash(\`order \${index}\`.repeat(20))
  return sum
}
`
const MAIN = `import { hashMany } from './library.ts'

class Report {
  writeTotals(count: number): number {
    return hashMany(count)
  }
}
const end = Date.now() + 250
while (Date.now() < end) new Report().writeTotals(300)
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'whyslow-maps-'))
  await writeFile(path.join(folder, 'library.ts'), LIBRARY)
  await writeFile(path.join(folder, 'main.ts'), MAIN)
})
afterAll(() => rm(folder, { recursive: true }))

async function bundle(dir: string, sourcemap: boolean | 'inline' | 'hidden'): Promise<string> {
  const build = await rolldown({ input: path.join(folder, 'main.ts'), platform: 'node' })
  await build.write({ dir: path.join(folder, dir), sourcemap, minify: true })
  await build.close()
  return path.join(folder, dir, 'main.js')
}

function capture(program: string): string {
  const name = 'main.cpuprofile'
  const dir = path.dirname(program)
  const options = ['--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-dir', dir, '--cpu-prof-name', name]
  const { status, stderr } = spawnSync(process.execPath, [...options, program], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return path.join(dir, name)
}

const own = ({ frames }: Profile) =>
  frames
    .filter(({ file, function: name }) => file?.startsWith(folder) && name !== '(anonymous)')
    .map(({ function: name, file, line }) => `${name} ${path.relative(folder, file!)}:${line}`)
    .sort()
const SOURCE = ['hashMany library.ts:8', 'slowHash library.ts:2', 'writeTotals main.ts:4']

describe.each([
  ['a map beside it that it names', true],
  ['a map in it', 'inline'],
  ['a map beside it that it does not name', 'hidden'],
] as const)('a minified bundle with %s', (_, kind) => {
  it('is read in the words of its source', async () => {
    const program = await bundle(`out-${kind}`, kind)
    expect((await readFile(program, 'utf8')).split('\n').length).toBeLessThan(4)
    const file = capture(program)
    const plain = await readProfiles(file)
    expect(own(plain.profiles[0]!).join()).not.toContain('slowHash')
    const { profiles, warnings } = await readProfiles(file, { readFile: readLocalFiles(null) })
    // The class itself, its constructor, is seen by chance.
    expect(own(profiles[0]!).filter(one => one !== 'Report main.ts:3')).toEqual(SOURCE)
    expect(warnings).toEqual([])
    const sum = ({ stacks }: Profile) => stacks.reduce((all, node) => all + node.self, 0)
    expect(sum(profiles[0]!)).toBeCloseTo(sum(plain.profiles[0]!), 6)
    expect(profiles[0]!.stacks.every((node, index) => node.parent < index)).toBe(true)
  })
})

it('compiled by tsc, in another folder, with a sourceRoot', async () => {
  const { status, stdout } = spawnSync(
    path.resolve('node_modules/.bin/tsc'),
    [
      ...['library.ts', '--outDir', 'js', '--sourceMap', '--sourceRoot', folder, '--target', 'es2022'],
      ...['--module', 'nodenext', '--ignoreConfig'],
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  expect(status, stdout).toBe(0)
  const program = path.join(folder, 'js', 'library.js')
  const lines = (await readFile(program, 'utf8')).split('\n')
  const line = lines.findIndex(text => text.includes('function slowHash'))
  const column = lines[line]!.indexOf('(')
  const frame = makeFrame('slowHash', { file: program, line: line + 1, column: column + 1 })
  const profile = makeProfile([frame], [{ frame: 0, parent: -1, self: 1, samples: 1 }])
  const mapped = await applySourceMaps(profile, { readFile: readLocalFiles(null) })
  expect(own(mapped.profile)).toEqual(['slowHash library.ts:2'])
})

it('a bundled dependency is known by its version, and what has no end is not read', async () => {
  const dependency = path.join(folder, 'node_modules/tiny')
  await mkdir(dependency, { recursive: true })
  await writeFile(path.join(dependency, 'package.json'), '{"version": "1.2.3"}')
  const payload = { version: 3, sources: ['node_modules/tiny/a.js'], names: [], mappings: 'AAAA' }
  const program = path.join(folder, 'bundle.js')
  await writeFile(program, 'function a(){}\n')
  await writeFile(`${program}.map`, JSON.stringify(payload))
  const places = [program, '/dev/zero']
  const frames = places.map(file => makeFrame('a', { file, line: 1, column: 10 }))
  const profile = makeProfile(frames, [{ frame: 0, parent: -1, self: 1, samples: 1 }])
  const { profile: located } = await locateProfile(profile, readLocalFiles(null))
  expect(located.frames.map(groupOfFrame)).toEqual(['tiny@1.2.3', 'own code'])
})

describe('what can not be mapped stays as it is', () => {
  const frame = makeFrame('a', { file: '/app/dist/a.js', line: 1, column: 10 })
  const profile = makeProfile([frame], [{ frame: 0, parent: -1, self: 1, samples: 1 }])
  const apply = (files: Record<string, string>, of = profile) =>
    applySourceMaps(of, { readFile: async file => files[file] ?? null })
  const named = 'function a(){}\n//# sourceMappingURL=a.js.map\n'

  it('without the program, or without a map: no word of it', async () => {
    expect(await apply({})).toEqual({ profile, warnings: [] })
    expect(await apply({ '/app/dist/a.js': 'function a(){}' })).toEqual({ profile, warnings: [] })
  })

  it.each([
    ['missing', undefined, 'its map is missing'],
    ['cut off', '{"version": 3, "sources": [', 'its map is broken'],
    ['of another version', '{"version": 4}', 'its map is not of version 3'],
    ['no map', '[]', 'its map is not of version 3'],
    ['null', 'null', 'its map is broken'],
    ['without mappings', '{"version": 3, "sources": ["a.ts"]}', ''],
    ['with mappings of nonsense', '{"version": 3, "sources": ["a.ts"], "mappings": "!!;;@"}', ''],
  ])('a map that is %s: a warning, or nothing', async (_, map, why) => {
    const files = { '/app/dist/a.js': named, ...(map === undefined ? {} : { '/app/dist/a.js.map': map }) }
    const found = await apply(files)
    if (why === '') return expect(listPaths(found.profile)).toHaveLength(1)
    expect(found).toMatchObject({ profile, warnings: [{ code: 'source-map-unusable' }] })
    expect(found.warnings[0]!.message).toContain(`/app/dist/a.js: ${why}`)
  })

  it('the missing map of a dependency is not said', async () => {
    const file = '/app/node_modules/x/a.js'
    const dependency = makeProfile([{ ...frame, file }], profile.stacks)
    expect(await apply({ [file]: named }, dependency)).toEqual({ profile: dependency, warnings: [] })
  })

  it('functions that become the same one are one frame, and one call path', async () => {
    const payload = { version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA' }
    const frames = [frame, { ...frame, column: 20 }]
    const stacks = frames.map((_, index) => ({ frame: index, parent: -1, self: 1, samples: 1 }))
    const files = { '/app/dist/a.js': named, '/app/dist/a.js.map': JSON.stringify(payload) }
    const found = await apply(files, makeProfile(frames, stacks))
    expect(found.profile.frames).toMatchObject([{ file: '/app/dist/a.ts', line: 1, column: 1 }])
    expect(found.profile.stacks).toEqual([{ frame: 0, parent: -1, self: 2, samples: 2 }])
  })
})
