/** Which of the changes that are found were reported before, and what is decided about them. Pure. */
import { createHash } from 'node:crypto'
import { WhyslowError } from '../../errors.js'
import { isoSeconds } from '../../stories/timeboxes.js'
import type { ChangeState, FoundChange } from './history.js'
import type { RememberedChange } from './remembered-changes.js'

/** With more runs the place of a change is known better: up to so many runs apart it is the same one. */
const MOST_MOVED = 10

type Timed = readonly { run: string; at: string }[]

/**
 * For each change that is found, the one that was reported: of the same metric and direction, and at most ten runs apart, the closest
 * first. Only a drift that was reported stands for several, which lie within it. Never one that was fixed before this one began.
 */
export function recallChanges(
  found: readonly FoundChange[],
  remembered: readonly RememberedChange[],
  runs: Timed,
): (RememberedChange | null)[] {
  const pairs = found.flatMap((change, i) =>
    remembered.flatMap(known => {
      const isOther = known.metric !== change.metric || known.direction !== change.direction
      if (isOther || (known.state === 'fixed' && Date.parse(change.at) > Date.parse(known.decided!)))
        return []
      const apart = distanceOf(change, known, runs)
      return apart <= MOST_MOVED ? [{ i, known, apart }] : []
    }),
  )
  const recalled: (RememberedChange | null)[] = found.map(() => null)
  const taken = new Set<RememberedChange>()
  for (const { i, known, apart } of pairs.sort((one, other) => one.apart - other.apart)) {
    const isWithin = known.kind === 'drift' && apart === 0
    if (recalled[i] !== null || (taken.has(known) && !isWithin)) continue
    recalled[i] = known
    taken.add(known)
  }
  return recalled
}

/** In runs; infinite for what was before the first of them. */
function distanceOf(change: FoundChange, known: RememberedChange, runs: Timed): number {
  const placeOf = (at: string) => {
    const place = runs.findIndex(run => Date.parse(run.at) >= Date.parse(at))
    return place < 0 ? runs.length : place
  }
  const first = runs[0]
  const end = known.until ?? known.at
  if (first === undefined || Date.parse(end) < Date.parse(first.at)) return Number.POSITIVE_INFINITY
  const [from, to] = [placeOf(change.at), placeOf(change.until.at)]
  const [start, stop] = [placeOf(known.at), placeOf(end)]
  return Math.max(0, from - stop, start - to)
}

/** `cpu-up-3f2a91c`. */
export function makeChangeId({ metric, direction, run, at }: FoundChange): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([metric, direction, run, at]))
    .digest('hex')
  return `${metric}-${direction}-${hash.slice(0, 7)}`
}

export function rememberChange(change: FoundChange, id: string, now: Date): RememberedChange {
  const { metric, direction, kind, run, at, until, commits, from, to } = change
  return {
    id,
    metric,
    direction,
    kind,
    run,
    at: isoSeconds(new Date(at)),
    until: kind === 'drift' ? isoSeconds(new Date(until.at)) : null,
    after: commits.after,
    first: commits.until,
    from: round(from.value),
    to: round(to.value),
    found: isoSeconds(now),
    state: 'known',
    decided: null,
    reason: null,
    story: null,
  }
}

export interface Decision {
  id: string
  state: Exclude<ChangeState, 'new' | 'known'>
  reason: string | null
}

/** Throws on an id that nobody knows. */
export function decideChanges(
  remembered: readonly RememberedChange[],
  decisions: readonly Decision[],
  now: Date,
): RememberedChange[] {
  for (const { id } of decisions)
    if (!remembered.some(known => known.id === id)) throw unknownChange(id, remembered)
  return remembered.map(known => {
    const decision = decisions.findLast(({ id }) => id === known.id)
    if (decision === undefined) return known
    const { state, reason } = decision
    return { ...known, state, reason: reason ?? known.reason, decided: isoSeconds(now) }
  })
}

const MOST_NAMED = 10

function unknownChange(id: string, remembered: readonly RememberedChange[]): WhyslowError {
  const ids = remembered.map(known => known.id)
  const named = ids.slice(-MOST_NAMED).reverse()
  return new WhyslowError(
    `There is no change “${id}”${ids.length === 0 ? ': none was found yet' : ''}.`,
    ids.length === 0 ? {} : { next: [`One of: ${named.join(', ')}`] },
  )
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
