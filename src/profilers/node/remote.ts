/** An inspector at an address: of another machine, forwarded here, or reached directly where that is allowed. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { WhyslowError } from '../../errors.js'
import { probeInspector } from './inspector.js'

const USUAL_PORT = 9229
const ANSWER_LIMIT_MS = 3000

/**
 * The WebSocket's address of the inspector at `http://host:port` or `ws://host:port/id`. An inspector gives full
 * control of its process to whoever reaches it, and its traffic is not encrypted; so only loopback is taken unless
 * `allowRemote`. Names are resolved first, since Node answers only requests that are addressed by number.
 */
export async function findRemoteInspector(text: string, allowRemote: boolean): Promise<string> {
  const url = readUrl(text)
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const host = isIP(name) ? name : await resolve(name)
  if (!allowRemote && !isLoopback(host)) {
    throw new WhyslowError(
      `${url.host} is not this machine. Whoever reaches an inspector has full control of its process, and nothing of it is encrypted.`,
      {
        next: [
          `Forward it: ssh -L ${USUAL_PORT}:127.0.0.1:${url.port || USUAL_PORT} ${name}, then whyslow profile attach http://127.0.0.1:${USUAL_PORT}`,
          'Where nobody else is on the network between, allow it: --allow-remote',
        ],
      },
    )
  }
  const port = Number(url.port || USUAL_PORT)
  if (url.protocol === 'ws:' && url.pathname.length > 1) return webSocketUrl(host, port, url.pathname)
  const found = await probeInspector({ host, port }, ANSWER_LIMIT_MS)
  if (found !== null) return found
  throw new WhyslowError(`No Node inspector answers at ${text}.`, {
    exit: 4,
    next: [
      'See whether the forwarder runs and the process listens: curl http://HOST:PORT/json/list',
      'On its machine: node --inspect, or kill -USR1 PID, opens it.',
    ],
  })
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && (url.protocol === 'http:' || url.protocol === 'ws:') && url.hostname !== '') return url
  throw new WhyslowError(`Expected http://HOST:PORT or ws://HOST:PORT/ID, found “${text}”.`, {
    next: ['whyslow profile attach http://127.0.0.1:9229'],
  })
}

async function resolve(name: string): Promise<string> {
  try {
    return (await lookup(name)).address
  } catch (error) {
    throw new WhyslowError(`There is no machine ${name}.`, {
      exit: 4,
      cause: error,
      next: [`getent hosts ${name}`],
    })
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
}

function webSocketUrl(host: string, port: number, path: string): string {
  return `ws://${host.includes(':') ? `[${host}]` : host}:${port}${path}`
}
