/** An inspector behind a real TCP forwarder: nothing of the process is known here but its address. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { attachToProcesses, type Capture } from '../../../src/profilers/node/attach.js'
import { claimTarget } from '../../../src/profilers/node/in-target.js'
import { connectInspector, evaluate, probeInspector } from '../../../src/profilers/node/inspector.js'
import { startWorker } from '../../../src/profilers/node/worker-guard.js'
import {
  type App,
  compileProfilers,
  listExtraPorts,
  listThreads,
  PROFILER_THREAD,
  startApp,
  startCapture,
  waitUntil,
  whenCapturing,
} from '../apps.js'

async function startRemote(host = '127.0.0.1'): Promise<{ app: App; port: number }> {
  const app = await startApp('server.cjs', [`--inspect=${host}:0`])
  return { app, port: listExtraPorts(app)[0]! }
}

async function startForwarder(port: number): Promise<{ child: ChildProcess; port: number }> {
  const script = path.join(import.meta.dirname, '../apps/forward.cjs')
  const child = spawn(process.execPath, [script, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = await once(child.stdout!, 'data')
  return { child, port: Number(said) }
}

async function attachTo(url: string, seconds = 1, allowRemote = false): Promise<Capture> {
  const { captures, failures } = await attachToProcesses([{ url, allowRemote }], { seconds })
  if (failures[0]) throw failures[0].error
  return captures[0]!
}

const claims = async (app: App): Promise<string[]> =>
  JSON.parse(await app.get()).left.filter((name: string) => name.includes('whyslow'))

it('is profiled through it, by either address, and stays as it was found', async () => {
  const { app, port } = await startRemote()
  const forwarder = await startForwarder(port)
  const before = listThreads(app).length
  const capture = await attachTo(`http://127.0.0.1:${forwarder.port}`)
  expect(capture).toMatchObject({ pid: app.pid, left: 'as found', warnings: [], endedBy: 'deadline' })
  expect(capture.threads.map(({ thread }) => thread)).toEqual(['main'])
  expect(capture.threads[0].duration_ms).toBeLessThan(1500)
  expect(capture.cost.signalToFirstSample_ms).toBeNull()
  expect(listExtraPorts(app)).toEqual([port])
  expect(await claims(app)).toEqual([])
  // The guard in the process is gone, too.
  expect(await waitUntil(() => listThreads(app).length <= before, 3000)).toBe(true)
  const url = await probeInspector({ host: '127.0.0.1', port: forwarder.port })
  expect((await attachTo(url!, 0.2)).left).toBe('as found')
})

it('says so when the connection is lost', async () => {
  const { port } = await startRemote()
  const forwarder = await startForwarder(port)
  const cut = whenCapturing(300, () => forwarder.child.kill('SIGKILL'))
  const { failures } = await attachToProcesses(
    [{ url: `http://127.0.0.1:${forwarder.port}`, allowRemote: false }],
    { seconds: 20, onProgress: cut },
  )
  expect(failures[0]!.error).toMatchObject({
    exit: 4,
    message: expect.stringMatching(/connection to ws:\S+ was lost after \d/),
  })
})

it('is taken back when whyslow is killed', async () => {
  const compiled = await compileProfilers()
  onTestFinished(() => rm(compiled.folder, { recursive: true }))
  const { app, port } = await startRemote()
  const forwarder = await startForwarder(port)
  const { child, said } = startCapture(compiled.attach, `http://127.0.0.1:${forwarder.port}`, 20)
  expect(await waitUntil(() => said().includes('capturing'), 20_000)).toBe(true)
  expect(await claims(app)).toHaveLength(1)
  expect(listThreads(app)).toContain(PROFILER_THREAD)
  child.kill('SIGKILL')
  expect(await waitUntil(() => !listThreads(app).includes(PROFILER_THREAD), 10_000)).toBe(true)
  const end = performance.now() + 10_000
  while ((await claims(app)).length > 0 && performance.now() < end)
    await new Promise(resolve => setTimeout(resolve, 100))
  expect(await claims(app)).toEqual([])
  expect(listExtraPorts(app)).toEqual([port])
})

it('is taken back by the guard in it alone, after its time', async () => {
  const { app, port } = await startRemote()
  const session = await connectInspector((await probeInspector({ host: '127.0.0.1', port }))!)
  await evaluate(session, claimTarget({ pid: null, token: 't', seconds: 20, force: false }))
  await evaluate(session, startWorker({ token: 't', port: null, closeInspector: false, limit_ms: 500 }, null))
  await session.close()
  expect(await claims(app)).toHaveLength(1)
  await new Promise(resolve => setTimeout(resolve, 3000))
  expect(await claims(app)).toEqual([])
  expect(listExtraPorts(app)).toEqual([port])
})

it('is refused on another machine unless that is allowed, and where nothing answers', async () => {
  await expect(attachTo('http://192.0.2.1:9229')).rejects.toThrow('full control of its process')
  await expect(attachTo('ftp://127.0.0.1')).rejects.toThrow('Expected http://HOST:PORT')
  const forwarder = await startForwarder(1)
  await expect(attachTo(`http://127.0.0.1:${forwarder.port}`)).rejects.toThrow('No Node inspector answers')
  const own = Object.values(networkInterfaces())
    .flat()
    .find(one => one?.family === 'IPv4' && !one.internal)
  if (!own) return console.log('left out: this machine has no address but loopback')
  const { port } = await startRemote(own.address)
  await expect(attachTo(`http://${own.address}:${port}`)).rejects.toThrow('is not this machine')
  expect((await attachTo(`http://${own.address}:${port}`, 0.2, true)).left).toBe('as found')
})
