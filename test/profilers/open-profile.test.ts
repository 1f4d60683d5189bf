/** Files of any size: what is read line by line is never in memory as a whole. */
import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import { expect, it } from 'vitest'
import { openProfile } from '../../src/profilers/open-profile.js'
import { readText } from './profiles.js'

const MODULE = fileURLToPath(new URL('../../dist/profilers/read-profiles.js', import.meta.url))

/** A heap of 32 MB, for 60 MB of stacks. */
it('collapsed stacks and perf script are streamed, in gzip too', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'whyslow-large-'))
  const collapsed = 'main;parse (/srv/app/parse.js:12);read a file (/srv/app/read.js:7) 3\n'.repeat(15_000)
  const perf =
    'app 7 1.000000: 1000000 cpu-clock: \n\t7f1 inner+0x1 (/bin/app)\n\t7f2 outer+0x2 (/bin/app)\n\n'
  const read = `
    const { readProfiles } = await import(${JSON.stringify(MODULE)})
    const { profiles } = await readProfiles(process.argv[1])
    console.log(profiles[0].samples)
  `
  try {
    for (const [block, samples] of [
      [collapsed, 60 * 15_000 * 3],
      [perf.repeat(11_000), 60 * 11_000],
    ] as const) {
      const file = path.join(folder, 'profile')
      const blocks = function* () {
        for (let count = 0; count < 60; count += 1) yield block
      }
      await pipeline(blocks, createGzip({ level: 1 }), createWriteStream(file))
      const args = ['--max-old-space-size=32', '--input-type=module', '-e', read, file]
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect(stdout.trim(), stderr).toBe(String(samples))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('lines end at \\n and \\r\\n only, wherever the pieces of a file are cut', async () => {
  const name = `a\u2028b\rc${'é'.repeat(200_000)}`
  const { profiles } = await readText(`main;${name};x 1\r\nmain;${name};y 2`)
  expect(profiles[0]!.frames.map(frame => frame.function)).toEqual(['main', name, 'x', 'y'])
})

it('a file that is not there, and one that may not be read, are refused', async () => {
  await expect(openProfile('/nope')).rejects.toMatchObject({ name: 'WhyslowError', place: { file: '/nope' } })
  await expect(openProfile(os.tmpdir())).rejects.toThrow('it is a folder')
})
