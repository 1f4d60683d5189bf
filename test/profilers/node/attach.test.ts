import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WhyslowError } from '../../../src/errors.js'
import { readCpuProfile } from '../../../src/profilers/formats/cpuprofile.js'
import { hottestFunctions } from '../../../src/profilers/hottest.js'
import { attachToProcess, type CaptureProgress } from '../../../src/profilers/node/attach.js'
import { connectInspector, probeInspector } from '../../../src/profilers/node/inspector.js'
import {
  type App,
  compileProfilers,
  listExtraPorts,
  startApp,
  startCapture,
  waitUntil,
  whenCapturing,
} from '../apps.js'

const apps: App[] = []
const others: ChildProcess[] = []

async function start(name: string, nodeFlags: string[] = []): Promise<App> {
  const app = await startApp(name, nodeFlags)
  apps.push(app)
  return app
}

/** What the capture says no with. */
async function refusal(
  pid: number,
  seconds = 0.3,
  onProgress?: (progress: CaptureProgress) => void,
): Promise<WhyslowError> {
  const error = await attachToProcess({ pid, seconds, onProgress }).then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  )
  if (!(error instanceof WhyslowError)) throw error
  return error
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.kill()
  for (const child of others.splice(0)) child.kill('SIGKILL')
})

describe('attachToProcess', () => {
  it('profiles a server under load, names its hot function, and leaves nothing behind', async () => {
    const app = await start('server.cjs')
    let isOver = false
    const load = (async () => {
      while (!isOver) await app.get('/spin')
    })()
    const phases: string[] = []
    const capture = await attachToProcess({
      pid: app.pid,
      seconds: 1,
      onProgress: ({ phase }) => phases.at(-1) !== phase && phases.push(phase),
    })
    isOver = true
    await load

    expect(phases).toEqual(['opening', 'measuring', 'capturing', 'collecting', 'closing'])
    expect(capture.warnings).toEqual([])
    expect(capture).toMatchObject({ pid: app.pid, left: 'closed', endedBy: 'deadline' })
    expect(capture.threads[0].duration_ms).toBeGreaterThan(900)
    expect(capture.threads[0].duration_ms).toBeLessThan(1500)
    const profile = readCpuProfile(capture.threads[0].text, { file: 'capture' })
    expect(profile.samples).toBe(capture.threads[0].samples)
    const { hottest, active } = hottestFunctions(profile)
    expect(hottest[0]!.self).toBeGreaterThan(active / 4)
    expect(hottest.find(one => one.function === 'spinForAWhile')).toMatchObject({
      file: expect.stringMatching(/^\/.*server\.cjs$/),
      line: 5,
      group: 'own code',
    })
    // Blocks of 40 ms: the loop is late during the capture. Before it a glance is taken, in which a client that waits for its turn sends nothing.
    expect(capture.cost.eventLoopDelayBefore_ms).toBeGreaterThanOrEqual(0)
    expect(capture.cost.eventLoopDelayDuring_ms).toBeGreaterThan(1)
    expect(capture.cost.startPause_ms).toBeGreaterThan(0)

    expect(listExtraPorts(app)).toEqual([])
    expect(JSON.parse(await app.get()).left.filter((name: string) => name.includes('whyslow'))).toEqual([])
  })

  it('ends on time in an endless loop that began before it, and names it', async () => {
    const app = await start('busy.cjs')
    const capture = await attachToProcess({ pid: app.pid, seconds: 1 })
    expect(capture.threads[0].duration_ms).toBeLessThan(1500)
    const { hottest } = hottestFunctions(readCpuProfile(capture.threads[0].text, { file: 'capture' }))
    expect(hottest[0]).toMatchObject({ function: 'loopForEver', group: 'own code' })
    expect(hottest[0]!.self).toBeGreaterThan(800)
    expect(capture.cost).toMatchObject({ eventLoopDelayBefore_ms: null, eventLoopDelayDuring_ms: null })
    expect(capture.warnings.map(warning => warning.code)).toEqual(['cost-not-measured'])
    expect(listExtraPorts(app)).toEqual([])
  })

  it('keeps the inspector closed when a computation outlasts the capture', async () => {
    const app = await start('server.cjs')
    const request = app.get('/compute')
    await new Promise(resolve => setTimeout(resolve, 100))
    const capture = await attachToProcess({ pid: app.pid, seconds: 0.3 })
    expect(capture.left).toBe('closed')
    await request
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(listExtraPorts(app)).toEqual([])
  })

  it('leaves an inspector that was open as it was found', async () => {
    const app = await start('server.cjs', ['--inspect=127.0.0.1:0'])
    const before = listExtraPorts(app)
    const capture = await attachToProcess({ pid: app.pid, seconds: 0.3 })
    expect(capture.left).toBe('as found')
    expect(capture.threads[0].duration_ms).toBeLessThan(800)
    expect(listExtraPorts(app)).toEqual(before)
    expect(JSON.parse(await app.get()).left.filter((name: string) => name.includes('whyslow'))).toEqual([])
  })

  it('keeps what it has when it is ended early, in the file too', async () => {
    const app = await start('server.cjs')
    const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-attach-'))
    const outFile = path.join(folder, 'a.cpuprofile')
    const ending = new AbortController()
    const capture = await attachToProcess({
      pid: app.pid,
      seconds: 30,
      nameFile: () => outFile,
      signal: ending.signal,
      onProgress: ({ elapsed_ms }) => elapsed_ms > 200 && ending.abort(),
    })
    expect(capture.endedBy).toBe('signal')
    expect(capture.threads[0].duration_ms).toBeLessThan(5000)
    expect(await readFile(outFile, 'utf8')).toBe(capture.threads[0].text)
    expect(listExtraPorts(app)).toEqual([])
    await expect(attachToProcess({ pid: app.pid, seconds: 1, nameFile: () => outFile })).rejects.toThrow(
      'there already',
    )
    await rm(folder, { recursive: true })
  })

  it('keeps what it has when the process exits by itself, and does not hold it up', async () => {
    const app = await start('server.cjs')
    const exited = once(app.child, 'exit')
    const exit = whenCapturing(500, () => void app.get('/exit').catch(() => {}))
    const capture = await attachToProcess({ pid: app.pid, seconds: 10, onProgress: exit })
    expect(capture).toMatchObject({ endedBy: 'process', left: 'closed' })
    expect(capture.warnings.map(warning => warning.code)).toContain('process-ended')
    expect(capture.threads[0].samples).toBeGreaterThan(10)
    expect(await exited).toEqual([0, null])
  })

  it('says how much was lost when the process is killed', async () => {
    const app = await start('server.cjs')
    const kill = whenCapturing(500, () => app.child.kill('SIGKILL'))
    const error = await refusal(app.pid, 10, kill)
    expect(error.message).toMatch(/ended after \d\.\d of 10\.0 s/)
    expect(error.exit).toBe(4)
  })
})

describe('what attachToProcess refuses', () => {
  it('a process that is not there, and itself', async () => {
    const app = await start('server.cjs')
    await app.kill()
    expect((await refusal(app.pid)).message).toBe(`There is no process ${app.pid}.`)
    expect((await refusal(process.pid)).message).toContain('itself')
    expect((await refusal(0)).message).toContain('number of a process')
  })

  it('a process that is not Node, which it does not signal; it names the Node process below', async () => {
    const child = spawn('sh', ['-c', `${process.execPath} -e 'setTimeout(() => {}, 20000)' & sleep 20; wait`])
    others.push(child)
    await new Promise(resolve => setTimeout(resolve, 300))
    const error = await refusal(child.pid!)
    expect(error.message).toContain('is not Node')
    expect(error.exit).toBe(2)
    const [, below] = /whyslow profile attach (\d+)/.exec(error.next[0]!) ?? []
    others.push({ kill: () => process.kill(Number(below), 'SIGKILL') } as unknown as ChildProcess)
    expect(child.exitCode ?? child.signalCode).toBeNull()
  })

  it.each(['--disable-sigusr1', '--permission'])('a process started with %s', async flag => {
    const app = await start('server.cjs', [flag, ...(flag === '--permission' ? ['--allow-fs-read=*'] : [])])
    const error = await refusal(app.pid)
    expect(error.message).toContain(`started with ${flag}`)
    expect(error.exit).toBe(4)
    expect(await app.get()).toContain('left')
  })

  it.skipIf(process.getuid?.() !== 0)("another user's process", async () => {
    const compiled = await compileProfilers()
    await chmod(compiled.folder, 0o755)
    const app = await start('server.cjs')
    const { child, said } = startCapture(compiled.attach, app.pid, 0.3, { uid: 65_534, gid: 65_534 })
    await once(child, 'close')
    await rm(compiled.folder, { recursive: true })
    expect(JSON.parse(said().trim().split('\n').at(-1)!).message).toContain('belongs to another user')
    expect(listExtraPorts(app)).toEqual([])
  })

  it('a stopped process', async () => {
    const app = await start('server.cjs')
    process.kill(app.pid, 'SIGSTOP')
    await new Promise(resolve => setTimeout(resolve, 50))
    expect((await refusal(app.pid)).next[0]).toContain(`kill -CONT ${app.pid}`)
  })

  it('a process with a debugger attached, which goes on undisturbed', async () => {
    const app = await start('server.cjs', ['--inspect=127.0.0.1:0'])
    const url = await probeInspector({ host: '127.0.0.1', port: listExtraPorts(app)[0]! })
    const debuggerSession = await connectInspector(url!)
    expect((await refusal(app.pid)).message).toContain('debugger')
    expect(debuggerSession.isClosed()).toBe(false)
    await debuggerSession.close()
    expect((await attachToProcess({ pid: app.pid, seconds: 0.1 })).left).toBe('as found')
  })

  it('a second capture of the same process, while the first goes on', async () => {
    const app = await start('server.cjs')
    const first = attachToProcess({ pid: app.pid, seconds: 1.5 })
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect((await refusal(app.pid)).exit).toBe(4)
    expect(await first).toMatchObject({ endedBy: 'deadline', left: 'closed' })
    expect(listExtraPorts(app)).toEqual([])
  })

  it('a process whose port is taken, and says by whom', async () => {
    const app = await start('server.cjs', ['--inspect-port=29229'])
    const taker: Server = createServer().listen(29229, '127.0.0.1')
    await once(taker, 'listening')
    const error = await refusal(app.pid)
    taker.close()
    expect(error.message).toContain(`port 29229, which it would use, is taken by process ${process.pid}`)
  })

  it('a process that does not answer, and closes its inspector if it opens late', async () => {
    const app = await start('server.cjs')
    await app.get('/block')
    await new Promise(resolve => setTimeout(resolve, 100))
    expect((await refusal(app.pid)).message).toContain('did not open in 2 s')
    let wasOpen = false
    await waitUntil(() => {
      wasOpen ||= listExtraPorts(app).length > 0
      return wasOpen
    }, 5000)
    expect(wasOpen).toBe(true)
    expect(await waitUntil(() => listExtraPorts(app).length === 0, 5000)).toBe(true)
    expect(await app.get()).toContain('left')
  })
})
