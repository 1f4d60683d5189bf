/** A tracker that keeps its tickets in memory: what the steps need of one, without a network. */
import { isDeepStrictEqual } from 'node:util'
import { WhyslowError } from '../../src/errors.js'
import type { OutgoingTicket, PulledTicket, Tracker, TrackerName } from '../../src/trackers/tracker.js'

export interface MemoryTracker extends Tracker {
  tickets: Map<string, OutgoingTicket>
  /** Keys that a story named, in the order of the exports. */
  asked: (string | null)[]
  people: Map<string, Partial<PulledTicket>>
  /** Fails for this story: before its ticket is made, or once it is. */
  failing: { story: string; when: 'before' | 'after'; error?: Error } | null
}

export function openMemoryTracker(name: TrackerName): MemoryTracker {
  const keyOf = (number: number) => (name === 'github' ? `acme/shop#${number}` : `PERF-${number}`)
  const urlOf = (key: string) => `https://tracker.example/${encodeURIComponent(key)}`
  const tracker: MemoryTracker = {
    name,
    tickets: new Map(),
    asked: [],
    people: new Map(),
    failing: null,
    upsert: async (ticket, { key, onFound }) => {
      tracker.asked.push(key)
      const fail = (when: 'before' | 'after') => {
        if (tracker.failing?.story === ticket.story && tracker.failing.when === when)
          throw tracker.failing.error ?? new WhyslowError('The tracker is away.', { exit: 4 })
      }
      fail('before')
      const known = [...tracker.tickets].find(([, one]) => one.story === ticket.story)
      const own = known?.[0] ?? keyOf(tracker.tickets.size + 1)
      if (!known) tracker.tickets.set(own, ticket)
      await onFound({ key: own, url: urlOf(own) })
      fail('after')
      const isSame = isDeepStrictEqual(known?.[1], ticket)
      tracker.tickets.set(own, ticket)
      const did = known ? (isSame ? 'unchanged' : 'updated') : 'created'
      return { key: own, url: urlOf(own), did, warnings: [] }
    },
    pull: async key => {
      const done = tracker.people.get(key)
      if (!done) throw new WhyslowError(`There is no ticket ${key}.`, { exit: 4 })
      const open = { status: 'open', isClosed: false, assignee: null, closed: null, notes: [] }
      return { key, url: urlOf(key), ...open, ...done }
    },
  }
  return tracker
}
