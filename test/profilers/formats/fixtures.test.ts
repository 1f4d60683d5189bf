/** Each recording: told by its content alone, read as it was before, and kept whole by every format that is written. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../../../src/profilers/formats/index.js'
import { hottestFunctions } from '../../../src/profilers/hottest.js'
import { openProfile } from '../../../src/profilers/open-profile.js'
import { type ReadProfiles, readProfiles } from '../../../src/profilers/read-profiles.js'
import { listPaths, readText, writeAs } from '../profiles.js'

const folder = fileURLToPath(new URL('../../../fixtures/profiles/', import.meta.url))

const FORMAT_OF: Record<string, string> = {
  'node/orders.cpuprofile': 'cpuprofile',
  'node/orders.heapprofile': 'heapprofile',
  'perf/orders.perf': 'perf script',
  'perf/orders-ids.perf': 'perf script',
  'py-spy/orders.raw': 'collapsed',
  'py-spy/orders.speedscope': 'speedscope',
  'datadog-pprof/wall.pb.gz': 'pprof',
  'datadog-pprof/heap.pb.gz': 'pprof',
}

/** What a person can check against the file. */
function summarise({ format, profiles, warnings }: ReadProfiles): string {
  const rows = profiles.map(profile => {
    const { frames, stacks, order: _, ...about } = profile
    const top = hottestFunctions(profile, { limit: 8 }).hottest.map(
      ({ function: name, file, line, self, total }) =>
        `${name} (${file}:${line}) ${self.toFixed(3)} of ${total.toFixed(3)}`,
    )
    const self = stacks.reduce((sum, node) => sum + node.self, 0)
    return { ...about, frames: frames.length, stacks: stacks.length, self: Number(self.toFixed(3)), top }
  })
  const said = warnings.map(({ code, message }) => `${code}: ${message.replaceAll(folder, '')}`)
  return `${JSON.stringify({ format, profiles: rows, warnings: said }, null, 1)}\n`
}

it('every recording is here', async () => {
  const files = await readdir(folder, { recursive: true })
  const recordings = files.filter(
    file => file.includes(path.sep) && !/^apps|^shop|\.expected\.json$/.test(file),
  )
  expect(recordings.filter(file => path.extname(file) !== '').sort()).toEqual(Object.keys(FORMAT_OF).sort())
})

describe.each(Object.entries(FORMAT_OF))('%s', (name, expected) => {
  const file = path.join(folder, name)

  it('is told by its content, and by one format only', async () => {
    const input = await openProfile(file)
    expect(FORMATS.filter(format => format.detect(input)).map(format => format.name)).toEqual([expected])
  })

  it('has the same content under another name, compressed or not', async () => {
    const bytes = await readFile(file)
    const plain = name.endsWith('.gz') ? gunzipSync(bytes) : bytes
    const [from, ...others] = [
      await readProfiles(file),
      await readText(plain, 'x'),
      await readText(gzipSync(plain), 'y.json'),
    ]
    for (const other of others) expect(other.profiles).toEqual(from!.profiles)
  })

  it('is read as it was', async () => {
    await expect(summarise(await readProfiles(file))).toMatchFileSnapshot(`${file}.expected.json`)
  })

  it('has parents before children, weights that are none below 0, and no frame twice', async () => {
    for (const { frames, stacks, samples } of (await readProfiles(file)).profiles) {
      expect(stacks.every((node, index) => node.parent < index && node.self >= 0)).toBe(true)
      expect(new Set(frames.map(frame => JSON.stringify(frame))).size).toBe(frames.length)
      expect(stacks.reduce((sum, node) => sum + node.samples, 0)).toBe(samples)
    }
  })

  it.each(['pprof', 'collapsed', 'speedscope'])('is kept whole by %s', async format => {
    for (const profile of (await readProfiles(file)).profiles) {
      const read = await readText(writeAs(format, profile))
      expect(read).toMatchObject({ format, warnings: [] })
      expect(read.profiles[0]!.unit).toBe(profile.unit)
      expect(listPaths(read.profiles[0]!)).toEqual(listPaths(profile))
    }
  })

  it('is refused with its place where it is cut off, or read with a warning, and never a bug', async () => {
    const bytes = await readFile(file)
    for (const share of [0.2, 0.5, 0.8, 0.99]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share))
      const read = await readText(cut, name.replaceAll('/', '-')).catch((error: Error) => error)
      if (!(read instanceof Error)) continue
      expect(read).toMatchObject({ name: 'WhyslowError', place: { file: expect.any(String) } })
    }
  })
})
