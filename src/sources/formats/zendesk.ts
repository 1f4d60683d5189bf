/**
 * Support tickets as Zendesk exports them: the CSV of its API's columns, and the JSON export (one ticket a line, or `{"tickets": […]}`).
 * https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
 *
 * The account is the organisation: its `external_id` where the export has it, else its id. Minutes of support are known
 * only where the Time Tracking app's total is in the export; they are not guessed from how long a ticket was open.
 */

import { readTime } from '../../store/read-time.js'
import type { Format } from '../layout.js'
import { hasColumns, type NameTable, readByName } from './by-name.js'
import { namedLayout, readNames } from './named.js'

const NAMES: NameTable = {
  id: ['id', 'ticket id', 'ticket_id'],
  created_at: ['created_at', 'created at', 'created', 'requested'],
  updated_at: ['updated_at', 'updated at', 'updated'],
  status: ['status', 'ticket_status'],
  subject: ['subject', 'raw_subject'],
  description: ['description', 'body'],
  requester: ['requester_id', 'requester id', 'requester'],
  account: [
    'organization_external_id',
    'organization external id',
    'organization_id',
    'organization',
    'account',
  ],
  tags: ['tags'],
  minutes: ['support_minutes'],
  seconds: ['total_time_spent_sec', 'total time spent (sec)'],
}

export const zendesk: Format = {
  name: 'zendesk',
  title: 'Zendesk tickets, CSV or JSON export',
  layout(sample) {
    const names = readNames(sample)
    if (names === null || !hasColumns(names.columns, NAMES, ['id', 'created_at', 'subject'])) return null
    return namedLayout({
      format: 'zendesk',
      kind: 'tickets',
      entries: names.entries,
      read: readTicket,
    })
  },
}

function readTicket(record: Record<string, unknown>): Record<string, string | null> | { reject: string } {
  const { text } = readByName(record, NAMES)
  const id = text('id')
  if (id === null) return { reject: 'no id' }
  const createdAt = readTime(text('created_at'))
  if (createdAt === null)
    return { reject: `created_at is no time: ${text('created_at')?.slice(0, 40) ?? 'nothing'}` }
  const organization = asRecord(record.organization)
  const requester = asRecord(record.requester)
  const seconds = Number(text('seconds') ?? Number.NaN)
  return {
    id,
    created_at: createdAt,
    updated_at: readTime(text('updated_at')),
    status: text('status'),
    subject: text('subject'),
    description: [text('description'), ...readComments(record.comments)].filter(Boolean).join('\n\n') || null,
    requester: requester ? asText(requester.id ?? requester.email) : text('requester'),
    account: organization ? asText(organization.external_id ?? organization.id) : text('account'),
    tags: Array.isArray(record.tags) ? record.tags.join(' ') : text('tags'),
    support_minutes: text('minutes') ?? (Number.isFinite(seconds) ? String(seconds / 60) : null),
  }
}

function readComments(comments: unknown): string[] {
  if (!Array.isArray(comments)) return []
  return comments.map(comment => asText(asRecord(comment)?.body) ?? '').filter(body => body !== '')
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

function asText(value: unknown): string | null {
  return value === null || value === undefined || value === '' ? null : String(value)
}
