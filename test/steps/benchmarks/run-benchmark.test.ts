/** What comes before the first repetition: the setup, and what is said of the time left. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scenarioFromObject } from '../../../src/experiments/benchmarks/scenario-object.js'
import { prepareSide } from '../../../src/steps/benchmarks/prepare-side.js'
import { type BenchmarkProgress, runBenchmark } from '../../../src/steps/benchmarks/run-benchmark.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-setup-'))
})
afterAll(() => rm(folder, { recursive: true }))

const env = { PATH: process.env.PATH }
const scenario = (setup: string) =>
  scenarioFromObject(
    {
      service: { command: 'true', ready: 'http://127.0.0.1:1/', setup },
      load: { url: 'http://127.0.0.1:1/', duration: '500ms', warmup: 'none' },
      under: '1s',
    },
    { name: 'orders', folder },
  )

test('what is aborted before the setup has begun does not wait for it, and leaves nothing of it', async () => {
  const ending = new AbortController()
  const begun = performance.now()
  const prepared = prepareSide(scenario('echo > begun; sleep 20'), { folder, env, signal: ending.signal })
  // The guard is being started.
  ending.abort(new Error('Ctrl-C'))
  await expect(prepared).rejects.toThrow('Ctrl-C')
  expect(performance.now() - begun).toBeLessThan(15_000)
  expect(await readdir(folder)).toEqual([])
})

test('the time of the setup is not in the time left', async () => {
  const ending = new AbortController()
  const told: BenchmarkProgress[] = []
  const run = runBenchmark(
    { scenario: scenario('sleep 0.5'), under_ms: 1000, mix: null, warnings: [] },
    {
      ...{ folder, env, repetitions: 1, results: null, run: 'r', version: '1', now: () => new Date() },
      signal: ending.signal,
      onProgress: progress => {
        told.push(progress)
        if (progress.phase === 'calibrating') ending.abort(new Error('enough'))
      },
    },
  )
  await expect(run).rejects.toThrow('enough')
  expect(told.map(({ phase }) => phase)).toEqual(['setting up', 'calibrating'])
  // 0.5 s of load, and the time around it.
  expect(told[1]!.left_ms).toBeGreaterThan(1900)
})
