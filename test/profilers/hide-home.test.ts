import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hideHome } from '../../src/profilers/hide-home.js'
import { readProfiles } from '../../src/profilers/read-profiles.js'
import { listPaths, makeFrame, makeProfile, writeAs } from './profiles.js'

const HOME = '/home/jö doe'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'whyslow-home-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function hide(content: string | Uint8Array, home = HOME): Promise<{ file: string; bytes: Buffer }> {
  const file = path.join(folder, 'profile')
  await writeFile(file, content)
  await hideHome(file, home)
  return { file, bytes: await readFile(file) }
}
const profile = (home: string) =>
  makeProfile(
    ['app/a.js', 'app/b.js'].map(name => makeFrame('f', { file: `${home}/${name}`, line: 1 })),
    [
      { frame: 0, parent: -1, self: 1, samples: 1 },
      { frame: 1, parent: 0, self: 2, samples: 1 },
    ],
  )

describe.each(['pprof', 'collapsed', 'speedscope'])('%s', format => {
  it.each([
    ['plain', (content: string | Uint8Array) => Buffer.from(content), (bytes: Buffer) => bytes],
    ['in gzip', gzipSync, gunzipSync],
  ])('%s', async (_, pack, unpack) => {
    const { file, bytes } = await hide(pack(writeAs(format, profile(HOME))))
    expect(unpack(bytes).toString()).not.toContain('doe')
    const read = await readProfiles(file)
    expect(read.format).toBe(format)
    expect(listPaths(read.profiles[0]!)).toEqual(listPaths(profile('~')))
  })
})

it('as URLs and JSON write it, and no other folder that begins alike', async () => {
  const text = '["file:///home/j%C3%B6%20doe/a.js", "/home/jö doe", "/home/jö doe2/a.js", "/home/jö"];'
  const { bytes } = await hide(text)
  expect(bytes.toString()).toBe('["file://~/a.js", "~", "/home/jö doe2/a.js", "/home/jö"];')
})

it('wherever the pieces of a stream are cut', async () => {
  const piece = 1 << 16
  for (let shift = -HOME.length - 2; shift <= 2; shift += 1) {
    const lead = 'x'.repeat(piece + shift)
    const { bytes } = await hide(`${lead}${HOME}/a.js;ü 1\n`)
    expect(bytes.toString()).toBe(`${lead}~/a.js;ü 1\n`)
  }
})

it('a file without it stays as it was, to the byte and the time', async () => {
  const file = path.join(folder, 'other')
  await writeFile(file, gzipSync('a;b 1\n'))
  const before = await stat(file)
  await hideHome(file, HOME)
  await hideHome(file, '/')
  expect((await stat(file)).mtimeMs).toBe(before.mtimeMs)
})
