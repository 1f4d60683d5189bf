import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { WhyslowError } from '../../../src/errors.js'
import { takesConnection } from '../../../src/load/wait-for-port.js'
import {
  type Service,
  type ServiceOptions,
  startService,
} from '../../../src/profilers/service/start-service.js'
import { listProcesses } from '../tools/run.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const APP = path.join(ROOT, 'test/profilers/apps/measured.cjs')

/** Nobody listens there; whoever asks for a port next gets another one. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

interface Started {
  service: Service
  url: string
  folder: string
}

/** Files are left in `folder`, which is also where the service's temporary files go. */
async function plan(
  command: readonly string[],
  options: Partial<ServiceOptions> = {},
): Promise<ServiceOptions & { folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-service-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const port = await freePort()
  return {
    command,
    cwd: folder,
    ready: `http://127.0.0.1:${port}/`,
    readyWithin_ms: 60_000,
    probe: true,
    ...options,
    folder,
    env: {
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
      TMPDIR: folder,
      PORT: String(port),
      WHYSLOW_TEST: folder,
      ...options.env,
    },
  }
}

async function start(command: readonly string[], options: Partial<ServiceOptions> = {}): Promise<Started> {
  const planned = await plan(command, options)
  const service = await startService(planned)
  onTestFinished(() => service.stop())
  return { service, url: planned.ready, folder: planned.folder }
}

async function failToStart(
  command: readonly string[],
  options: Partial<ServiceOptions> = {},
): Promise<{ error: WhyslowError; folder: string }> {
  const planned = await plan(command, options)
  const error = await startService(planned).then(
    () => new Error('it started'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(WhyslowError)
  expect((error as WhyslowError).exit).toBe(4)
  expect(listProcesses(planned.folder)).toEqual([])
  expect(readdirSync(planned.folder)).toEqual([])
  return { error: error as WhyslowError, folder: planned.folder }
}

const ask = async (url: string, what: string): Promise<string> => (await fetch(`${url}${what}`)).text()

test('what it used is measured: CPU time, memory, the event loop, garbage collection', async () => {
  const { service, url } = await start(['node', APP])
  const idle = await service.measure()
  const rested = await idle()
  // A few milliseconds; a busy machine may spread them.
  expect(rested.cpu_ms).toBeGreaterThan(0)
  expect(rested.cpu_ms).toBeLessThan(150)
  expect(rested.node).toBe(process.version)

  const end = await service.measure()
  const burnt_ms = Number(await ask(url, 'burn?ms=300'))
  const allocated = Number(await ask(url, 'allocate?mb=100'))
  const use = await end()
  expect(burnt_ms).toBeGreaterThanOrEqual(300)
  // All that it says itself of these requests, and what they cost besides.
  expect(use.cpu_ms).toBeGreaterThanOrEqual(burnt_ms + allocated)
  expect(use.cpu_ms).toBeLessThan(burnt_ms + allocated + 400)
  expect(use.peakMemory_mb).toBeGreaterThan(130)
  expect(use.peakMemory_mb).toBeLessThan(1000)
  expect(use.eventLoopDelay!.longest_ms).toBeGreaterThan(280)
  expect(use.eventLoopDelay!.p50_ms).toBeLessThan(use.eventLoopDelay!.longest_ms)
  expect(use.gc!.count).toBeGreaterThan(0)
  expect(use.gc!.longest_ms).toBeGreaterThan(0)
  expect(use.gc!.total_ms).toBeGreaterThanOrEqual(use.gc!.longest_ms)
  expect(use.gc!.total_ms).toBeLessThan(use.cpu_ms! + 1000)
  expect(service.nodeProcesses()).toEqual([service.pid])
})

test('all processes count: a shell, npm, an ES module, its cluster’s workers, and those that ended meanwhile', async () => {
  const { service, url, folder } = await start(['/bin/sh', '-c', 'npm start; true'], {
    env: { WORKERS: '2', npm_config_update_notifier: 'false' },
    cwd: path.join(ROOT, 'test/profilers/apps/measured-package'),
  })
  // npm, the primary, two workers.
  expect(service.nodeProcesses()).toHaveLength(4)
  expect(service.nodeProcesses()).not.toContain(service.pid)
  const end = await service.measure()
  const worked_ms = Number(await ask(url, 'burn?ms=200'))
  // A child without Node, and one with: both are gone when the measurement ends.
  const shelled_ms = Number(await ask(url, 'shell'))
  const use = await end()
  expect(use.cpu_ms).toBeGreaterThanOrEqual(worked_ms + shelled_ms - 30)
  expect(use.cpu_ms).toBeLessThan(worked_ms + shelled_ms + 800)
  expect(use.eventLoopDelay!.longest_ms).toBeGreaterThan(180)
  expect(use.node).toBe(process.version)

  await service.stop()
  expect(listProcesses(folder)).toEqual([])
  expect(await takesConnection(url, 500)).toBe(false)
  // As it ends without whyslow.
  await service.ended
  expect(readdirSync(folder).filter(name => name.startsWith('whyslow-'))).toEqual([])
})

test('what can’t be measured is null: no probe, or a loop that doesn’t turn', async () => {
  const [plain, stuck] = await Promise.all([start(['node', APP], { probe: false }), start(['node', APP])])
  const end = await plain.service.measure()
  await ask(plain.url, 'burn?ms=200')
  const use = await end()
  expect(use).toMatchObject({ eventLoopDelay: null, gc: null, node: null })
  // In ticks of 10 ms.
  expect(use.cpu_ms).toBeGreaterThanOrEqual(180)
  expect(use.cpu_ms).toBeLessThan(600)
  expect(use.peakMemory_mb).toBeGreaterThan(20)
  expect(existsSync(path.join(plain.folder, 'probe.cjs'))).toBe(false)

  const endStuck = await stuck.service.measure()
  void ask(stuck.url, 'burn?ms=60000').catch(() => {})
  await new Promise(resolve => setTimeout(resolve, 500))
  const begun = performance.now()
  const late = await endStuck()
  expect(performance.now() - begun).toBeGreaterThan(1900)
  expect(late).toMatchObject({ eventLoopDelay: null, gc: null })
  expect(late.cpu_ms).toBeGreaterThan(50)
  expect(late.peakMemory_mb).toBeGreaterThan(20)
})

test('the probe changes nothing: a script ends when it is done, with its own code and output', async () => {
  const { error } = await failToStart(['node', '-e', 'console.log("done"); process.exitCode = 7'])
  expect(error.message).toBe('The service ended before it was ready (exit code 7). Its last lines:\n  done')
  expect(error.next).toEqual([
    'See whether it runs by itself: node -e console.log("done"); process.exitCode = 7',
  ])
})

test('a port that is taken, a program that isn’t there, a service that is never ready', async () => {
  const other = createServer((_, response) => {
    response.statusCode = 503
    response.end()
  })
  onTestFinished(() => void other.close())
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const taken = `http://127.0.0.1:${(other.address() as AddressInfo).port}/health`
  const { error } = await failToStart(['node', APP], { ready: taken })
  expect(error.message).toContain(`Something answers at ${taken} already`)
  // What the load would ask, while another port tells that the service is there.
  const elsewhere = await failToStart(['node', APP], { load: taken })
  expect(elsewhere.error.message).toContain(`Something answers at ${taken} already`)

  const [nowhere, missing, silent] = await Promise.all([
    failToStart(['node', APP], { cwd: '/no/such/folder' }),
    failToStart(['no-such-program']),
    failToStart(['node', '-e', 'setInterval(() => {}, 1e3)'], { readyWithin_ms: 500 }),
  ])
  expect(nowhere.error.message).toBe(
    "The service can't be started in /no/such/folder: there is no such folder.",
  )
  expect(missing.error.message).toContain('Could not start “no-such-program”: there is no such program.')
  expect(missing.error.next.join()).not.toContain('profile')
  expect(silent.error.message).toContain('was not ready in 0.5 s: when ')
  expect(silent.error.message).toContain(' was asked last, ')
  expect(silent.error.message).toContain('the connection was refused. It wrote nothing.')
})

test('a start is cut short: nothing is left, and why it ended is thrown on', async () => {
  const planned = await plan(['node', '-e', 'setInterval(() => {}, 1e3)'], {
    signal: AbortSignal.timeout(700),
  })
  await expect(startService(planned)).rejects.toThrow(/timeout/)
  expect(listProcesses(planned.folder)).toEqual([])
  expect(readdirSync(planned.folder)).toEqual([])
})

test('Windows is refused, before anything is started', async () => {
  const { platform } = process
  onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }))
  const planned = await plan(['node', APP])
  Object.defineProperty(process, 'platform', { value: 'win32' })
  await expect(startService(planned)).rejects.toMatchObject({
    exit: 4,
    message: expect.stringContaining('this is Windows'),
  })
})

test('whyslow is killed: the service goes, and the probe’s folder', async () => {
  const planned = await plan(['/bin/sh', '-c', `node ${APP}; true`])
  const starter = path.join(planned.folder, 'start.mjs')
  await writeFile(
    starter,
    `import { startService } from ${JSON.stringify(path.join(ROOT, 'src/profilers/service/start-service.ts'))}
     await startService(${JSON.stringify({ ...planned, command: planned.command })})
     console.log('started')
     setInterval(() => {}, 1e3)`,
  )
  const whyslow = spawn(
    process.execPath,
    ['--no-warnings', '--import', path.join(ROOT, 'test/workbook/typescript-hook.js'), starter],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await new Promise(resolve => whyslow.stdout.once('data', resolve))
  // The shell and its node.
  expect(listProcesses(planned.folder).length).toBeGreaterThanOrEqual(2)
  whyslow.kill('SIGKILL')
  const limit = performance.now() + 30_000
  const isThere = (): boolean =>
    listProcesses(planned.folder).length > 0 || readdirSync(planned.folder).some(name => name !== 'start.mjs')
  while (isThere() && performance.now() < limit) await new Promise(resolve => setTimeout(resolve, 50))
  expect(listProcesses(planned.folder)).toEqual([])
  expect(readdirSync(planned.folder)).toEqual(['start.mjs'])
})
