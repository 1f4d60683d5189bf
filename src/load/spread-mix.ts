/** A mix of requests as the order in which each connection sends them. Pure. */
import { createRandom } from '../stats/random.js'

export interface MixedRequest {
  method: string
  /** With its query; printable ASCII without spaces. */
  path: string
  /** Of the mix: any positive number, in proportion to the others. */
  share: number
  headers?: Readonly<Record<string, string>> | undefined
  body?: string | undefined
}

/** As it is sent. */
export type PlannedRequest = Omit<MixedRequest, 'share'>

/** Requests in an order; fewer where there are many connections: autocannon builds each of all orders before it starts. */
const LENGTH = 1000
const LEAST_LENGTH = 100
const MOST_IN_ALL = 4000

/**
 * One order a connection, each with the shares of the mix to one in a thousand, the rarest at least once, in another
 * shuffle: connections that ask for the same at the same time would meet in locks and caches as no traffic does.
 */
export function spreadMix(
  mix: readonly MixedRequest[],
  connections: number,
  seed: number,
): PlannedRequest[][] {
  const whole = mix.reduce((sum, request) => sum + request.share, 0)
  const length = Math.max(LEAST_LENGTH, Math.min(LENGTH, Math.floor(MOST_IN_ALL / connections)))
  const one = mix.flatMap(({ share, ...request }) =>
    Array.from({ length: Math.max(1, Math.round((share / whole) * length)) }, () => request),
  )
  const random = createRandom(seed)
  return Array.from({ length: connections }, () => {
    const order = one.map(request => ({ ...request }))
    for (let at = order.length - 1; at > 0; at -= 1) {
      const other = random.nextInteger(at + 1)
      const kept = order[at]!
      order[at] = order[other]!
      order[other] = kept
    }
    return order
  })
}
