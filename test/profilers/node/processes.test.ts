import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  countClients,
  hasClients,
  listListeners,
  readProcess,
  readProcessByPs,
} from '../../../src/profilers/node/processes.js'
import { type App, startApp } from '../apps.js'

let app: App | null = null
afterEach(async () => app?.kill())

describe('processes', () => {
  it('knows a Node process, its state and its ports', async () => {
    app = await startApp('server.cjs')
    expect(readProcess(app.pid)).toMatchObject({
      executable: 'node',
      isNode: true,
      state: 'running',
      innerPid: app.pid,
      catchesSignal: true,
    })
    expect(listListeners(app.pid)).toEqual([{ host: '127.0.0.1', port: app.port, isLoopback: true }])
    process.kill(app.pid, 'SIGSTOP')
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(readProcess(app.pid)!.state).toBe('stopped')
    await app.kill()
    expect(readProcess(app.pid)).toBeNull()
  })

  it('reads the same from ps, where there is no /proc', async () => {
    app = await startApp('server.cjs')
    expect(readProcessByPs(app.pid)).toMatchObject({ isNode: true, state: 'running', catchesSignal: null })
    await app.kill()
    expect(readProcessByPs(app.pid)).toBeNull()
  })

  it('counts the clients of a port, and waits for one that is about to go', async () => {
    app = await startApp('server.cjs')
    const client = connect(app.port, '127.0.0.1')
    await once(client, 'connect')
    await app.get()
    expect(countClients(app.pid, app.port)).toBeGreaterThanOrEqual(1)
    expect(await hasClients(app.pid, app.port, 0)).toBe(true)
    expect(await hasClients(app.pid, app.port, 10)).toBe(false)
    client.destroy()
  })

  it('takes no other connection from the same port number for a client', async () => {
    app = await startApp('server.cjs')
    const other = await startApp('server.cjs')
    const client = connect({
      port: other.port,
      host: '127.0.0.1',
      localAddress: '127.0.0.2',
      localPort: app.port,
    })
    await once(client, 'connect')
    expect(countClients(app.pid, app.port)).toBe(0)
    client.destroy()
    await other.kill()
  })
})
