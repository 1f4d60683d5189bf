/** Real captures of a real server, compared: of the same code at two intervals, and with one function doing its work twice. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type DiffCapture, diffProfiles, hasChanged } from '../../../src/profilers/diff-profiles.js'
import { readCpuProfile } from '../../../src/profilers/formats/cpuprofile.js'
import { attachToProcess } from '../../../src/profilers/node/attach.js'
import { startApp } from '../apps.js'

interface Stats {
  requests: number
  rankRows_ms: number
}

interface Taken {
  capture: DiffCapture
  /** Milliseconds a request, by the server's own clock. */
  ranked_ms: number
}

async function take(interval_us: number, isDoubled = false): Promise<Taken> {
  const app = await startApp('knob-server.cjs')
  const ask = async (url: string) => JSON.parse(await app.get(url)) as Stats
  if (isDoubled) await ask('/double')
  const load = { isOn: true }
  const loading = (async () => {
    while (load.isOn) {
      await Promise.all([app.get(), app.get()]).catch(() => undefined)
      await sleep(10)
    }
  })()
  await sleep(500)
  let start: Promise<Stats> | undefined
  const {
    threads: [{ text }],
  } = await attachToProcess({
    pid: app.pid,
    seconds: 3,
    sampling: { kind: 'cpu', interval_us },
    onProgress: ({ phase }) => {
      if (phase === 'capturing') start ??= ask('/stats')
    },
  })
  const end = await ask('/stats')
  load.isOn = false
  await loading
  await app.kill()
  const began = (await start)!
  const requests = end.requests - began.requests
  return {
    capture: { file: 'x', profiles: [readCpuProfile(text, { file: 'x' })], requests },
    ranked_ms: (end.rankRows_ms - began.rankRows_ms) / requests,
  }
}

// One of 20 comparisons of the same code may show something; two in a row hardly do.
test('the same code shows nothing, doubled work shows its size', { timeout: 60_000, retry: 1 }, async () => {
  const [once, often, twice] = [await take(1000), await take(100), await take(1000, true)]
  const same = diffProfiles([once.capture], [often.capture]).diff
  expect(same.frames.length).toBeGreaterThan(5)
  expect(same.frames.filter(hasChanged)).toEqual([])

  const { frames } = diffProfiles([once.capture], [twice.capture]).diff
  const ranked = frames.find(one => one.function === 'rankRows')!
  expect(ranked).toMatchObject({ only: null, file: expect.stringContaining('knob-server.cjs') })
  // How busy the machine is moves both clocks, so the limits are wide.
  expect(ranked.interval_ms![0]).toBeLessThan(twice.ranked_ms)
  expect(ranked.interval_ms![1]).toBeGreaterThan(once.ranked_ms / 4)
})
