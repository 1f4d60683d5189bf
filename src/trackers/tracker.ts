/**
 * What a tracker holds for whyslow: one ticket for each story, for ever. What comes in here is redacted already; nothing in this room
 * redacts, and nothing but this room writes to a tracker.
 */
import type { Warning } from '../warnings.js'

export type TrackerName = 'github' | 'jira'

/** A story as it goes out. All texts are redacted. */
export interface OutgoingTicket {
  /** The story's id, which the ticket carries so that it is found again. */
  story: string
  /** One line of plain text. */
  title: string
  /** The whole text, GitHub-flavoured Markdown, without the title. */
  markdown: string
  /** For a tracker that takes files; the same bytes have the same name. */
  files: readonly OutgoingFile[]
  /** For the fields that `whyslow.yaml` maps; null: not known, and not written. */
  numbers: Readonly<Record<TicketNumber, number | null>>
  /** The ticket of the story that this one was split off, if it has one in this tracker. */
  parent: string | null
}

/** Customers hit, their revenue, support tickets about it, and the share of good requests, 0 to 1. */
export type TicketNumber = 'customers' | 'revenue' | 'supportTickets' | 'goodShare'

export interface OutgoingFile {
  /** Without a folder; safe on every system. */
  name: string
  /** Of the content: `image/svg+xml`. */
  type: string
  bytes: Uint8Array<ArrayBuffer>
}

export interface UpsertOptions {
  /** The ticket that the story names; null: none, or it was lost. */
  key: string | null
  /** Puts whyslow's own part back where a person removed, damaged or rewrote it. */
  repair: boolean
  /** Called once a ticket exists and before anything else is written to it, so that a crash loses no link. */
  onFound: (ticket: TicketLink) => Promise<void>
}

export interface TicketLink {
  /** `owner/repo#12`, `ABC-12`. */
  key: string
  url: string
}

export interface Upserted extends TicketLink {
  did: 'created' | 'updated' | 'unchanged'
  warnings: Warning[]
}

/** What people did with a ticket. */
export interface PulledTicket extends TicketLink {
  /** In the tracker's words: `open`, `In Progress`. */
  status: string
  isClosed: boolean
  /** As the tracker shows it. */
  assignee: string | null
  /** ISO 8601; null while it is open. */
  closed: string | null
  /** Those that begin with `whyslow:`, without that; oldest first. */
  notes: { id: string; at: string; text: string }[]
}

/** Methods throw a `WhyslowError` that says what the tracker said and what to do. */
export interface Tracker {
  name: TrackerName
  /** Finds or creates the ticket, and brings whyslow's part of it up to date. */
  upsert: (ticket: OutgoingTicket, options: UpsertOptions) => Promise<Upserted>
  pull: (key: string) => Promise<PulledTicket>
}
