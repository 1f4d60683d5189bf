/** Worker threads of a real process: those that are there, that come, that go, and that don't answer. */
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { readCpuProfile } from '../../../src/profilers/formats/cpuprofile.js'
import { hottestFunctions } from '../../../src/profilers/hottest.js'
import { attachToProcess, type CapturedThread } from '../../../src/profilers/node/attach.js'
import { listExtraPorts, listThreads, PROFILER_THREAD, startApp, waitUntil, whenCapturing } from '../apps.js'

const hottest = ({ text }: CapturedThread) =>
  hottestFunctions(readCpuProfile(text, { file: 'capture' })).hottest.map(one => one.function)

describe('worker threads', () => {
  it('are profiled beside the main thread, also in a loop and those of workers, but not the guard', async () => {
    const app = await startApp('workers.cjs')
    const start = performance.now()
    let stopped = 0
    const capture = await attachToProcess({
      pid: app.pid,
      seconds: 1,
      onProgress: ({ phase }) => {
        if (phase === 'collecting') stopped = performance.now() - start
      },
    })
    expect(capture.warnings).toEqual([])
    expect(capture.threads.map(({ thread }) => thread.replace(/\d+/, 'N')).sort()).toEqual([
      'main',
      'worker N: busy',
      'worker N: child',
      'worker N: parent',
      'worker N: waiting',
    ])
    expect(capture.threads[0].thread).toBe('main')
    const busy = capture.threads.find(({ thread }) => thread.endsWith('busy'))!
    expect(hottest(busy).slice(0, 2)).toContain('loopInWorker')
    expect(busy.samples).toBeGreaterThan(10)
    for (const { duration_ms } of capture.threads) expect(duration_ms).toBeLessThan(1500)
    // The busy one doesn't delay the end: what follows it is the delay after, and giving back.
    expect(performance.now() - start - stopped).toBeLessThan(1500)
    expect(listExtraPorts(app)).toEqual([])
    expect(await waitUntil(() => !listThreads(app).some(isWhyslows), 3000)).toBe(true)
    expect(JSON.parse(await app.get()).left.filter((name: string) => name.includes('whyslow'))).toEqual([])
  })

  it('that start are included from then on, and those that exit are named', async () => {
    const app = await startApp('workers.cjs')
    const steps = [
      whenCapturing(100, () => void app.get('/start')),
      whenCapturing(1000, () => void app.get('/terminate')),
    ]
    const capture = await attachToProcess({
      pid: app.pid,
      seconds: 2,
      onProgress: progress => {
        for (const step of steps) step(progress)
      },
    })
    const late = capture.threads.find(({ thread }) => thread.endsWith(': late'))!
    expect(hottest(late)).toContain('spinInWorker')
    expect(late.duration_ms).toBeLessThan(capture.threads[0].duration_ms)
    expect(capture.warnings).toMatchObject([
      { code: 'threads-missing', message: expect.stringMatching(/worker \d+: waiting/) },
    ])
    expect(JSON.parse(await app.get()).left.filter((name: string) => name.includes('whyslow'))).toEqual([])
  })

  it('that are in native code at the end are not waited for, but named', async () => {
    const app = await startApp('workers.cjs')
    const block = whenCapturing(300, () => void app.get('/block'))
    let end = 0
    const capture = await attachToProcess({
      pid: app.pid,
      seconds: 1.5,
      onProgress: progress => {
        block(progress)
        if (progress.phase === 'collecting') end = performance.now()
      },
    })
    expect(performance.now() - end).toBeLessThan(2500)
    expect(capture.threads.map(({ thread }) => thread)).toHaveLength(4)
    expect(capture.warnings).toMatchObject([
      { code: 'threads-missing', message: expect.stringMatching(/worker \d+: waiting/) },
    ])
    expect(capture.left).toBe('closed')
  })

  it('do not hold up a process that exits', async () => {
    const app = await startApp('workers.cjs')
    const exited = once(app.child, 'exit')
    const exit = whenCapturing(300, () => void app.get('/exit').catch(() => {}))
    const capture = await attachToProcess({ pid: app.pid, seconds: 20, onProgress: exit })
    expect(capture).toMatchObject({ endedBy: 'process', left: 'closed' })
    expect(capture.threads.length).toBeGreaterThan(1)
    expect(await exited).toEqual([0, null])
  })
})

function isWhyslows(name: string): boolean {
  return name === PROFILER_THREAD || name === 'InspectorIo'
}
