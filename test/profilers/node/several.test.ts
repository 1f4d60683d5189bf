/** Several processes at once, each opened on the one port that the signal opens. */
import { expect, it } from 'vitest'
import { attachToProcesses } from '../../../src/profilers/node/attach.js'
import { findProcesses } from '../../../src/profilers/node/find-processes.js'
import { listExtraPorts, startApp } from '../apps.js'

it('profiles them at the same time; one that fails leaves the others alone', async () => {
  const apps = await Promise.all([startApp('server.cjs'), startApp('server.cjs'), startApp('busy.cjs')])
  const gone = await startApp('server.cjs')
  await gone.kill()
  const { captures, failures } = await attachToProcesses(
    [...apps, gone].map(({ pid }) => ({ pid })),
    { seconds: 1 },
  )
  expect(captures.map(({ pid }) => pid).sort()).toEqual(apps.map(({ pid }) => pid).sort())
  expect(failures).toMatchObject([
    { at: { pid: gone.pid }, error: { message: expect.stringContaining('no process') } },
  ])
  const starts = captures.map(({ threads }) => Date.parse(threads[0].startedAt))
  expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(1000)
  for (const { left, threads } of captures) {
    expect(left).toBe('closed')
    expect(threads[0].duration_ms).toBeLessThan(1500)
  }
  for (const app of apps) expect(listExtraPorts(app)).toEqual([])
})

it('finds them by their command line, without itself and what started it', async () => {
  const apps = await Promise.all([startApp('server.cjs'), startApp('server.cjs')])
  const pids = apps.map(({ pid }) => pid).sort((a, b) => a - b)
  expect(findProcesses('test/profilers/apps/server.cjs')).toEqual(pids)
  expect(findProcesses('node')).not.toContain(process.pid)
  expect(findProcesses('node')).not.toContain(process.ppid)
})

it('lists what there is when none matches', async () => {
  const app = await startApp('server.cjs')
  const error = (() => {
    try {
      findProcesses('no-such-service')
    } catch (error) {
      return error
    }
  })()
  expect(error).toMatchObject({
    exit: 2,
    message: expect.stringContaining('“no-such-service”'),
    next: expect.arrayContaining([expect.stringContaining(`${app.pid}  `)]),
  })
})
