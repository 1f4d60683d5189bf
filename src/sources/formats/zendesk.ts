/**
 * Support tickets as Zendesk exports them: the CSV of its API's columns, and the JSON export (one ticket a line, or `{"tickets": […]}`).
 * https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
 *
 * The account is the organisation: its `external_id` where the export has it, else its id. Minutes of support are known
 * only where the Time Tracking app's total is in the export; they are not guessed from how long a ticket was open.
 */

import { readTime } from '../../store/read-time.js'
import type { MappedColumn } from '../../workbook/column-mapping.js'
import type { Format } from '../layout.js'
import {
  hasColumns,
  type KnownNames,
  mappingFor,
  type NameTable,
  readByName,
  scaleMapped,
  withMapping,
} from './by-name.js'
import { asRecord, asText, namedLayout, type Row, readNames } from './named.js'

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
  support_minutes: ['support_minutes'],
  seconds: ['total_time_spent_sec', 'total time spent (sec)'],
}

export const TICKET_NAMES: KnownNames = {
  format: 'zendesk',
  kind: 'tickets',
  names: NAMES,
  required: [['id'], ['created_at'], ['subject']],
}

export const zendesk: Format = {
  name: 'zendesk',
  title: 'Zendesk tickets, CSV or JSON export',
  layout(sample, options) {
    const names = readNames(sample)
    if (names === null) return null
    const mapping = mappingFor('tickets', names.columns, options.columns)
    const table = withMapping(NAMES, mapping)
    const has = (column: string) => hasColumns(names.columns, table, [column])
    // Other help desks' tickets may have one text only.
    const hasText = has('subject') || (mapping.size > 0 && has('description'))
    if (!has('id') || !has('created_at') || !hasText) return null
    return namedLayout({
      format: 'zendesk',
      kind: 'tickets',
      entries: names.entries,
      read: record => readTicket(record, table, mapping),
    })
  },
}

function readTicket(
  record: Record<string, unknown>,
  names: NameTable,
  mapping: ReadonlyMap<string, MappedColumn>,
): Row {
  const { text } = readByName(record, names)
  const id = text('id')
  if (id === null) return { reject: 'no id' }
  const createdAt = readTime(text('created_at'))
  if (createdAt === null)
    return { reject: `created_at is no time: ${text('created_at')?.slice(0, 40) ?? 'nothing'}` }
  const organization = asRecord(record.organization)
  const requester = asRecord(record.requester)
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
    support_minutes: readMinutes(text, mapping.get('support_minutes')),
  }
}

const MINUTE_MS = 60_000

/** What is mapped without a unit is minutes. */
function readMinutes(
  text: (column: string) => string | null,
  mapped: MappedColumn | undefined,
): string | null {
  const given = text('support_minutes')
  if (given !== null && mapped) {
    const scaled = scaleMapped(given, mapped)
    return mapped.unit && Number.isFinite(Number(scaled)) ? String(Number(scaled) / MINUTE_MS) : scaled
  }
  const seconds = Number(text('seconds') ?? Number.NaN)
  return given ?? (Number.isFinite(seconds) ? String(seconds / 60) : null)
}

function readComments(comments: unknown): string[] {
  if (!Array.isArray(comments)) return []
  return comments.map(comment => asText(asRecord(comment)?.body) ?? '').filter(body => body !== '')
}
