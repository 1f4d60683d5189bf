/** The parts of a request's time that logs know. */
import { WhyslowError } from '../../errors.js'
import type { Store } from '../../store/open-store.js'
import type { Part } from './change.js'

export const PARTS = ['queue', 'upstream', 'send'] as const

export const PART_NAMES: Record<Part, string> = {
  queue: 'the queue',
  upstream: 'the upstream',
  send: 'sending',
}

export interface PartTime {
  part: Part
  /** Of the time of the answers whose log knows the part, 0 to 1. */
  share: number
  /** The share of the answers whose log knows it. */
  known: number
}

/** Those that the log of any answer knows, the longest first. `where` is checked SQL. */
export async function readParts(store: Store, where: string): Promise<PartTime[]> {
  const sums = PARTS.map(part => {
    const known = `FILTER (${part}_ms IS NOT NULL)`
    return `sum(weight * ${part}_ms) ${known} / nullif(sum(weight * duration_ms) ${known}, 0) AS ${part},
      coalesce(sum(weight) ${known}, 0) / sum(weight) AS ${part}_known`
  })
  const [row] = await store.all<Record<string, number | null>>(
    `SELECT ${sums.join(', ')} FROM requests WHERE ${where} AND outcome = 'ok' AND duration_ms IS NOT NULL`,
  )
  return PARTS.flatMap(part => {
    const share = row?.[part] ?? null
    return share === null ? [] : [{ part, share: Math.min(1, share), known: row![`${part}_known`]! }]
  }).sort((one, other) => other.share - one.share)
}

/** Throws a `WhyslowError` with the parts that there are. */
export async function requirePart(store: Store, where: string, part: Part): Promise<void> {
  const parts = await readParts(store, where)
  if (parts.some(found => found.part === part)) return
  const found = parts.length === 0 ? 'no part of its time' : `only: ${parts.map(one => one.part).join(', ')}`
  throw new WhyslowError(
    `The log of these requests doesn’t say how long ${PART_NAMES[part]} took (${part}_ms). It has ${found}.`,
    {
      next:
        parts.length === 0
          ? [
              'Log them: nginx has $upstream_response_time and $upstream_header_time',
              'Without parts: --cap 400ms',
            ]
          : parts.map(one => `--part ${one.part}`),
    },
  )
}
