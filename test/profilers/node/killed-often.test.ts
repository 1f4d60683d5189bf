/**
 * whyslow is killed (SIGKILL) and suspended (SIGTSTP, as Ctrl-Z does) at random moments, 20 times each over four kinds
 * of processes. Afterwards each serves, its inspector is as it was, and no profiler runs in it.
 *
 * The kinds take their turns side by side: each has an inspector port of its own.
 */
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readProcess } from '../../../src/profilers/node/processes.js'
import {
  type App,
  compileProfilers,
  listExtraPorts,
  listThreads,
  PROFILER_THREAD,
  startApp,
  startCapture,
  waitUntil,
} from '../apps.js'

const TIMES = 5
const KINDS: [name: string, flag: string][] = [
  ['server.cjs', '--inspect-port=0'],
  ['busy.cjs', '--inspect-port=0'],
  ['workers.cjs', '--inspect-port=0'],
  ['server.cjs', '--inspect=127.0.0.1:0'],
]

let compiled: { folder: string; attach: string }
beforeAll(async () => {
  compiled = await compileProfilers()
})
afterAll(async () => {
  await rm(compiled.folder, { recursive: true })
})

it('a process is as it was, whenever whyslow is killed or suspended', async () => {
  await Promise.all(KINDS.map(([name, flag]) => endOften(name, flag)))
})

async function endOften(name: string, flag: string): Promise<void> {
  const app = await startApp(name, [flag])
  const ports = listExtraPorts(app)
  const moments: string[] = []
  for (let time = 0; time < TIMES; time += 1) {
    for (const signal of ['SIGKILL', 'SIGTSTP'] as const) {
      const delay_ms = Math.round(Math.random() * 2500)
      moments.push(`${signal} after ${delay_ms} ms while ${await endCapture(app, signal, delay_ms)}`)
      expect(await staysAsItWas(app, ports), `${name} ${flag}: ${moments.at(-1)}`).toBe(true)
    }
  }
  console.log(`${name} ${flag}: ${moments.join(', ')}`)
  expect(app.child.exitCode ?? app.child.signalCode).toBeNull()
  // The next capture has nothing in its way.
  const { child, said } = startCapture(compiled.attach, app.pid, 0.3)
  await once(child, 'close')
  expect(said()).toContain(ports.length === 0 ? '"left":"closed"' : '"left":"as found"')
  if (name !== 'workers.cjs') return
  // Sessions with its workers that nobody closed must not keep it from exiting.
  void app.get('/exit').catch(() => {})
  await waitUntil(() => app.child.exitCode !== null, 30_000)
  expect(app.child.exitCode, `its threads: ${app.child.exitCode ?? listThreads(app)}`).toBe(0)
}

/** In which phase it was ended. Counted from when it begins to touch the process; the start alone takes a busy machine seconds. */
async function endCapture(app: App, signal: 'SIGKILL' | 'SIGTSTP', delay_ms: number): Promise<string> {
  const { child, said } = startCapture(compiled.attach, app.pid, 2)
  const closed = once(child, 'close')
  await waitUntil(() => said().includes('opening') || child.exitCode !== null, 60_000)
  await new Promise(resolve => setTimeout(resolve, delay_ms))
  const phase = said().trim().split('\n').at(-1) || 'starting'
  child.kill(signal)
  // Before it listens to signals, a suspended one stands still, and has touched nothing yet.
  await Promise.race([closed, waitUntil(() => readProcess(child.pid!)?.state === 'stopped', 60_000)])
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  await closed
  return phase.startsWith('{') ? 'over' : phase
}

/** For a second: what a signal that is still on its way opens late is closed again. */
async function staysAsItWas(app: App, ports: number[]): Promise<boolean> {
  let since = performance.now()
  const holds = await waitUntil(() => {
    const isSame = String(listExtraPorts(app)) === String(ports)
    if (!isSame || listThreads(app).includes(PROFILER_THREAD)) since = performance.now()
    return performance.now() - since > 1000
  }, 20_000)
  if (!holds || app.port === 0) return holds
  // Where the inspector was open before, its port says nothing of the guard, which may only be starting on a busy machine.
  const isClaimed = async () =>
    JSON.parse(await app.get()).left.some((symbol: string) => symbol.includes('whyslow'))
  const end = performance.now() + 20_000
  while (await isClaimed()) {
    if (performance.now() > end) return false
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return true
}
