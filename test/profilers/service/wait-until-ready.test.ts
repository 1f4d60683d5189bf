import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { waitUntilReady } from '../../../src/profilers/service/wait-until-ready.js'

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`
}

const stopped = new AbortController().signal

test('a service is ready with its first answer under 400, and said to be late with its last one', async () => {
  let asked = 0
  const slow = await serve(({ url }, response) => {
    asked += 1
    // A redirect will do, and its body needn't end.
    response.writeHead(asked < 3 ? 503 : 302, { location: `${url}/elsewhere` }).write('…')
  })
  expect(await waitUntilReady(slow, { limit_ms: 60_000, stopped })).toEqual({ kind: 'ready' })
  expect(asked).toBe(3)

  const failing = await serve((_, response) => void response.writeHead(404).end())
  expect(await waitUntilReady(failing, { limit_ms: 1000, stopped })).toEqual({
    kind: 'late',
    last: 'it answered with status 404',
  })
  const silent = await serve(() => {})
  expect(await waitUntilReady(silent, { limit_ms: 300, stopped })).toEqual({
    kind: 'late',
    last: 'it gave no answer',
  })
  const cut = { limit_ms: 60_000, stopped: AbortSignal.timeout(200) }
  expect(await waitUntilReady(silent, cut)).toEqual({ kind: 'stopped' })
})
