/** Connections to one host: some that are kept and used in turn, and more of them while all are busy. */
import type { Socket } from 'node:net'
import type { buildConnector, Client } from 'undici'

export interface Connections {
  /** One that is free, opened if need be; null when there are as many as there may be. */
  take: () => Client | null
  giveBack: (client: Client) => void
  /** Closes it, with what is under way on it. */
  drop: (client: Client) => void
  /** Received so far, heads included. */
  bytes: () => number
  /** Open at once. */
  most: () => number
  close: () => Promise<void>
}

/** Opens `kept` of them before it resolves. That nobody is there shows when they are used. */
export async function openConnections(
  url: URL,
  { kept, most: limit }: { kept: number; most: number },
): Promise<Connections> {
  const { buildConnector: prepare, Client: OneConnection } = await import('undici')
  const connect = prepare({ rejectUnauthorized: false, timeout: 10_000 })
  const sockets: Socket[] = []
  const clients = new Set<Client>()
  const idle: Client[] = []
  // Those that only a burst needed: the last one first, so that the others fall asleep.
  const spare: Client[] = []
  let most = 0

  const open = (socket: Socket | null): Client => {
    let opened = socket
    const client = new OneConnection(url.origin, {
      pipelining: 1,
      // The load has a limit of its own, to the millisecond.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (options, callback) => {
        const ready = opened
        opened = null
        // In a turn of its own: the client can't go on within its call.
        if (ready && !ready.destroyed) return queueMicrotask(() => callback(null, ready))
        connect(options, (...result) => {
          if (result[1]) sockets.push(result[1])
          callback(...result)
        })
      },
    })
    clients.add(client)
    most = Math.max(most, clients.size)
    return client
  }

  const early = await Promise.all(Array.from({ length: kept }, () => openSocket(connect, url)))
  for (const socket of early) {
    if (socket) sockets.push(socket)
    idle.push(open(socket))
  }
  return {
    take: () => idle.shift() ?? spare.pop() ?? (clients.size < limit ? open(null) : null),
    giveBack: client => {
      if (clients.has(client)) (idle.length < kept ? idle : spare).push(client)
    },
    drop: client => {
      clients.delete(client)
      void client.destroy()
    },
    bytes: () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0),
    most: () => most,
    close: async () => {
      await Promise.all([...clients].map(client => client.destroy()))
      for (const socket of early) socket?.destroy()
    },
  }
}

function openSocket(connect: buildConnector.connector, url: URL): Promise<Socket | null> {
  const { hostname, host, protocol, port } = url
  return new Promise(resolve => {
    connect({ hostname: hostname.replace(/^\[|\]$/g, ''), host, protocol, port }, (error, socket) => {
      // It may be closed before it is used.
      socket?.on('error', () => {})
      resolve(error ? null : socket)
    })
  })
}
