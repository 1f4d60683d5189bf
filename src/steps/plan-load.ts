/** A load as a person wishes it → one that can be run. */
import { WhyslowError } from '../errors.js'
import type { RequestMix } from '../evidence/request-mix.js'
import { checkLoad, type LoadOptions } from '../load/run-load.js'
import type { Warning } from '../warnings.js'

export type PlannedLoad = Omit<LoadOptions, 'seconds' | 'signal'>

export interface LoadWish {
  url: string
  connections: number
  method: string | undefined
  /** `Name: value`. */
  headers: readonly string[]
  body: string | undefined
  /** Requests a second: refused, and explained. */
  rate: string | undefined
}

/** `sampleMix` is null where one URL is asked for. */
export async function planLoad(
  wish: LoadWish,
  sampleMix: (() => Promise<RequestMix>) | null,
): Promise<{ load: PlannedLoad; warnings: Warning[] }> {
  const { url, connections, method, headers, body, rate } = wish
  if (rate !== undefined) throw refuseRate(rate)
  const mixed = await sampleMix?.()
  const load: PlannedLoad = {
    url,
    connections,
    headers: readHeaders(headers),
    body,
    mix: mixed?.mix,
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
  }
  checkLoad(load)
  return { load, warnings: mixed?.warnings ?? [] }
}

function readHeaders(headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    headers.map(header => {
      const colon = header.indexOf(':')
      if (colon > 0) return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()]
      throw new WhyslowError(`Expected a header such as “Accept: text/html”, found “${header}”.`)
    }),
  )
}

function refuseRate(rate: string): WhyslowError {
  return new WhyslowError(
    `A load of ${rate} requests a second can't be kept here: each connection waits for its answer before it asks again, so the service sets the rate.`,
    {
      next: [
        'Give the connections instead: --connections 10. About rate × answer time of them are under way at a time.',
      ],
    },
  )
}
