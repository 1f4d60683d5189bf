import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, compileProfilers, listExtraPorts, startApp, startCapture, waitUntil } from '../apps.js'

let compiled: { folder: string; attach: string }
beforeAll(async () => {
  compiled = await compileProfilers()
})
afterAll(async () => {
  await rm(compiled.folder, { recursive: true })
})

/** Those guards that were started from this test's compiled files. */
function listGuards(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(
          `${compiled.folder}/out/profilers/node/guard.js`,
        )
      } catch {
        return false
      }
    })
}

/** Closed for a while. On a busy machine the signal of a capture that is gone may open the inspector late, and its guard follows. */
async function staysClosed(app: App): Promise<boolean> {
  let since = performance.now()
  return waitUntil(() => {
    if (listExtraPorts(app).length > 0) since = performance.now()
    return performance.now() - since > 1000
  }, 15_000)
}

describe.each(['server.cjs', 'busy.cjs'])('a capture of %s that is killed', name => {
  it('leaves the inspector closed and the process running, whenever it dies', async () => {
    const app = await startApp(name)
    const phases: string[] = []
    // From when it begins to touch the process: starting takes a busy machine as long as it likes.
    for (const delay_ms of [0, 100, 200, 300, 450, 750]) {
      const { child, said } = startCapture(compiled.attach, app.pid, 5)
      const closed = once(child, 'close')
      await waitUntil(() => said().includes('opening'), 60_000)
      await new Promise(resolve => setTimeout(resolve, delay_ms))
      child.kill('SIGKILL')
      await closed
      phases.push(said().trim().split('\n').at(-1)!)
      expect(await staysClosed(app), `killed after ${delay_ms} ms while ${phases.at(-1)}`).toBe(true)
    }
    expect(phases).toContain('opening')
    expect(app.child.exitCode ?? app.child.signalCode).toBeNull()
    if (app.port)
      expect(JSON.parse(await app.get()).left.filter((text: string) => text.includes('whyslow'))).toEqual([])
    const { child, said } = startCapture(compiled.attach, app.pid, 0.2)
    await once(child, 'close')
    expect(said()).toContain('"left":"closed"')
    await app.kill()
  }, 120_000)

  it.each([
    ['with its guard: the worker in the process closes', true],
    ['without its guard: either closes', false],
  ])(
    'while capturing, %s',
    async (_, withGuard) => {
      const app = await startApp(name)
      const before = listGuards()
      const { child, said } = startCapture(compiled.attach, app.pid, 5)
      expect(await waitUntil(() => said().includes('capturing'), 10_000)).toBe(true)
      expect(listExtraPorts(app)).toHaveLength(1)
      expect(listExtraPorts(app)).not.toContain(9229)
      const guards = listGuards().filter(pid => !before.includes(pid))
      expect(guards).toHaveLength(1)
      if (withGuard) process.kill(guards[0]!, 'SIGKILL')
      child.kill('SIGKILL')
      expect(await staysClosed(app)).toBe(true)
      await app.kill()
    },
    60_000,
  )
})

describe('a capture that is told to stop', () => {
  it.each(['SIGINT', 'SIGTSTP', 'SIGTERM'] as const)('by %s keeps what it has and closes', async signal => {
    const app = await startApp('server.cjs')
    const { child, said } = startCapture(compiled.attach, app.pid, 20)
    const closed = once(child, 'close')
    expect(await waitUntil(() => said().includes('capturing'), 10_000)).toBe(true)
    child.kill(signal)
    await closed
    expect(JSON.parse(said().trim().split('\n').at(-1)!)).toMatchObject({ left: 'closed', endedBy: 'signal' })
    expect(listExtraPorts(app)).toEqual([])
    await app.kill()
  })
})
