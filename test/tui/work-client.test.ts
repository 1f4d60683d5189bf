import { homedir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WhyslowError } from '../../src/errors.js'
import type { Work } from '../../src/tui/work.js'
import { startWork } from '../../src/tui/work-client.js'
import { makeFolder, ROOT } from '../commands/run-cli.js'

/** A busy machine may start a process late. */
const PATIENCE = { timeout: 30_000 }
const works: Work[] = []

async function start(module: string): Promise<Work> {
  const dir = await makeFolder()
  const place = { cwd: dir, workbook: dir, home: homedir() }
  const work = startWork({ place, module: pathToFileURL(path.join(ROOT, module)) })
  works.push(work)
  return work
}

afterEach(async () => {
  for (const work of works.splice(0)) await work.close()
})

const calm = { signal: new AbortController().signal }

describe('the worker of the build', () => {
  test('an error that a user can mend stays one, with its way out', async () => {
    const work = await start('dist/tui/worker.js')
    const error = await work.run('look', { story: 'nope' }, calm).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WhyslowError)
    expect(error).toMatchObject({ exit: 2, next: ['whyslow import access.log'] })
  })

  test('what is cancelled before it runs is never asked', async () => {
    const work = await start('dist/tui/worker.js')
    const reason = new Error('not wanted')
    await expect(work.run('look', { story: 'nope' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
  })
})

describe('a worker that doesn’t listen', () => {
  const pidOf = async (work: Work) => (await work.run('look', { story: 'pid' }, calm)) as unknown as number

  const seeGone = (pid: number) =>
    vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), PATIENCE)

  test('is ended with its task, and another takes over', async () => {
    const work = await start('test/tui/apps/deaf-worker.mjs')
    const first = await pidOf(work)
    expect(await pidOf(work)).toBe(first)
    const aborter = new AbortController()
    const seen: unknown[] = []
    const running = work.run(
      'look',
      { story: 'forever' },
      {
        signal: aborter.signal,
        onProgress(progress) {
          seen.push(progress)
          aborter.abort(new Error('enough'))
        },
      },
    )
    await expect(running).rejects.toThrow('enough')
    expect(seen).toEqual([{ phase: 'busy', done: 0.5 }])
    await seeGone(first)
    expect(await pidOf(work)).not.toBe(first)
  })

  test('says how it ended, and another takes over', async () => {
    const work = await start('test/tui/apps/deaf-worker.mjs')
    const error = await work.run('look', { story: 'end' }, calm).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WhyslowError)
    expect(error).toMatchObject({ exit: 4, cause: 'last words\n' })
    expect(String(error)).toMatch(/ended with code 3, and said: last words\.$/)
    expect(await pidOf(work)).toBeGreaterThan(0)
  })

  test('that is killed while it works is no bug of the board, and another takes over', async () => {
    const work = await start('test/tui/apps/deaf-worker.mjs')
    const pid = await pidOf(work)
    const running = work.run('look', { story: 'forever' }, calm)
    process.kill(pid, 'SIGKILL')
    await expect(running).rejects.toMatchObject({
      name: 'WhyslowError',
      exit: 4,
      message: expect.stringContaining('SIGKILL'),
      next: [expect.stringContaining('Press the key again')],
    })
    expect(await pidOf(work)).not.toBe(pid)
  })

  test('that is killed while it waits is followed by another, and doesn’t keep the board from ending', async () => {
    const work = await start('test/tui/apps/deaf-worker.mjs')
    const first = await pidOf(work)
    process.kill(first, 'SIGKILL')
    await seeGone(first)
    const next = await vi.waitFor(() => pidOf(work), PATIENCE)
    expect(next).not.toBe(first)
    process.kill(next, 'SIGKILL')
    await seeGone(next)
    await work.close()
  })

  test('that leaves its stderr to another process is missed all the same', async () => {
    const work = await start('test/tui/apps/deaf-worker.mjs')
    await expect(work.run('look', { story: 'leave-heir' }, calm)).rejects.toThrow('ended with code 3')
    const pid = await pidOf(work)
    const lost = expect(work.run('look', { story: 'leave-heir' }, calm)).rejects.toThrow()
    await seeGone(pid)
    await work.close()
    await lost
  })

  test('is gone when the work is closed', async () => {
    const work = await start('test/tui/apps/deaf-worker.mjs')
    const pid = await pidOf(work)
    await work.close()
    await seeGone(pid)
  })
})
