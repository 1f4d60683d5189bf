/** What a real process allocates, and what of it stays. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { hottestFunctions } from '../../../src/profilers/hottest.js'
import { attachToProcess } from '../../../src/profilers/node/attach.js'
import { readProfiles } from '../../../src/profilers/read-profiles.js'
import { type App, listExtraPorts, startApp } from '../apps.js'

async function sampleHeap(app: App, live: boolean): Promise<{ bytes: Map<string, number>; all: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-heap-'))
  const { threads, left, cost } = await attachToProcess({
    pid: app.pid,
    seconds: 2,
    sampling: { kind: 'heap', interval_bytes: 8192, live },
    nameFile: (pid, extension) => path.join(folder, `${pid}${extension}`),
  })
  expect(left).toBe('closed')
  expect(cost.startPause_ms).toBeGreaterThan(0)
  expect(threads[0]).toMatchObject({ thread: 'main', interval_us: null, dropped: 0 })
  expect(threads[0].file).toBe(path.join(folder, `${app.pid}.heapprofile`))
  const [profile] = (await readProfiles(threads[0].file!)).profiles
  await rm(folder, { recursive: true })
  expect(profile!.unit).toBe('bytes')
  const { hottest, active: all } = hottestFunctions(profile!)
  return { bytes: new Map(hottest.map(one => [one.function, one.total])), all }
}

it('counts all that was allocated, or only what is still held', async () => {
  // V8 counts what an inlined function allocates to its caller.
  const app = await startApp('allocate.cjs', ['--no-turbo-inlining', '--no-maglev-inlining'])
  const allocated = await sampleHeap(app, false)
  expect(allocated.bytes.get('dropAll')!).toBeGreaterThan(allocated.all / 2)
  expect(listExtraPorts(app)).toEqual([])
  const live = await sampleHeap(app, true)
  // A hundredth is kept; what was dropped since the last collection is there, too.
  expect(live.all).toBeLessThan(allocated.all / 2)
  expect(live.bytes.get('keepSome')!).toBeGreaterThan(0)
})
