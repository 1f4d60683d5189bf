/**
 * Intercom conversations: as the API gives them (`{"conversations": […]}`, or one a line, as exports to a bucket write them), and as CSV
 * with one row a conversation or a message.
 * https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations
 *
 * Read: `id`, `created_at`, `updated_at` (seconds since 1970), `state`, `title`, `source.subject` and `source.body` (HTML, kept as text), what
 * was written in `conversation_parts`, the contact's e-mail address (else its id), `tags.tags[].name`. The account is the company's own id (`company.company_id`,
 * else `companies`, else `company.id`), else the contact's `external_id`: the id that your application gave. Minutes of support are not known:
 * `statistics` (`time_to_admin_reply` …) hold how long people waited, not how long somebody worked.
 * In a CSV of messages a conversation's first message is the ticket; its replies are skipped.
 */
import { readTime } from '../../store/read-time.js'
import type { Format } from '../layout.js'
import { hasColumns, type NameTable, readByName } from './by-name.js'
import { asRecord, asText, namedLayout, type Row, readNames } from './named.js'

const NAMES: NameTable = {
  id: ['conversation_id', 'conversation id'],
  created_at: ['conversation_created_at', 'conversation started at', 'conversation created at', 'created_at'],
  updated_at: ['conversation_updated_at', 'conversation updated at', 'conversation_closed_at', 'updated_at'],
  status: ['conversation_state', 'conversation state', 'state'],
  subject: ['subject', 'title', 'conversation_title', 'conversation title'],
  description: ['message_body', 'body', 'first_message', 'first message'],
  requester: [
    'message_author_email',
    'contact_email',
    'user_email',
    'user email',
    'email',
    'message_author_id',
  ],
  account: [
    'company_id',
    'company id',
    'message_author_companies',
    'company',
    'message_author_user_id',
    'user_id',
    'user id',
  ],
  tags: ['conversation_tags', 'conversation tags', 'tags'],
  message: ['message_type', 'message type'],
}

export const intercom: Format = {
  name: 'intercom',
  title: 'Intercom conversations, CSV, NDJSON or JSON',
  layout(sample) {
    const names = readNames(sample)
    if (names === null) return null
    const has = (...columns: string[]) => columns.every(column => names.columns.includes(column))
    const isApi =
      names.entries !== 'csv' && has('id', 'created_at', 'source') && (has('contacts') || has('state'))
    if (!isApi && !hasColumns(names.columns, NAMES, ['id', 'created_at'])) return null
    return namedLayout({
      format: 'intercom',
      kind: 'tickets',
      entries: names.entries,
      read: isApi ? readConversation : readRow,
    })
  },
}

function readConversation(record: Record<string, unknown>): Row {
  const id = asText(record.id)
  if (id === null) return { reject: 'no id' }
  const created = asText(record.created_at)
  const createdAt = readTime(created)
  if (createdAt === null) return { reject: `created_at is no time: ${created?.slice(0, 40) ?? 'nothing'}` }
  const source = asRecord(record.source)
  const contact = asRecord(listOf(record.contacts, 'contacts')[0])
  const author = asRecord(source?.author)
  const parts = listOf(record.conversation_parts, 'conversation_parts')
  const bodies = [source?.body, ...parts.map(part => asRecord(part)?.body)].map(body => asPlainText(body))
  return {
    id,
    created_at: createdAt,
    updated_at: readTime(asText(record.updated_at)),
    status: asText(record.state),
    subject: asPlainText(source?.subject) ?? asText(record.title),
    description: bodies.filter(body => body !== null).join('\n\n') || null,
    requester: asText(contact?.email) ?? asText(author?.email) ?? asText(contact?.id ?? author?.id),
    account: readAccount(record, contact),
    tags:
      listOf(record.tags, 'tags')
        .map(tag => asText(asRecord(tag)?.name ?? tag))
        .filter(tag => tag !== null)
        .join(' ') || null,
    support_minutes: null,
  }
}

function readAccount(
  record: Record<string, unknown>,
  contact: Record<string, unknown> | null,
): string | null {
  const companies = [
    record.company,
    ...listOf(record.companies, 'companies'),
    ...listOf(contact?.companies, 'companies'),
  ].map(asRecord)
  const company = companies.find(one => one !== null)
  return asText(company?.company_id ?? company?.id) ?? asText(contact?.external_id)
}

/** Intercom wraps its lists: `{"type": "tag.list", "tags": […]}`. */
function listOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value
  const list = asRecord(value)?.[name] ?? asRecord(value)?.data
  return Array.isArray(list) ? list : []
}

function readRow(record: Record<string, unknown>): Row {
  const { text } = readByName(record, NAMES)
  const message = text('message')
  if (message !== null && !/^conversation|^(?:user_|lead_|contact_)?initiated$/.test(message))
    return { skip: 'reply' }
  const id = text('id')
  if (id === null) return { reject: 'no id' }
  const createdAt = readTime(text('created_at'))
  if (createdAt === null)
    return { reject: `created_at is no time: ${text('created_at')?.slice(0, 40) ?? 'nothing'}` }
  return {
    id,
    created_at: createdAt,
    updated_at: readTime(text('updated_at')),
    status: text('status'),
    subject: asPlainText(text('subject')),
    description: asPlainText(text('description')),
    requester: text('requester'),
    account: text('account'),
    tags: text('tags'),
    support_minutes: null,
  }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** What a person would see of HTML: blocks and breaks are line ends, a link to somewhere else than its text keeps its address. */
export function asPlainText(html: unknown): string | null {
  const text = asText(html)
  if (text === null) return null
  const bare = text
    .replaceAll(/<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, '')
    .replaceAll(
      /<a\b[^>]*\bhref\s*=\s*"([^"]*)"[^>]*>([\s\S]*?)<\/a\s*>/gi,
      (_, href: string, shown: string) => (shown.includes(href) ? shown : `${shown} ${href}`),
    )
    .replaceAll(/<br\s*\/?>|<\/(?:p|div|li|h[1-6]|tr|blockquote|pre)\s*>/gi, '\n')
    .replaceAll(/<\/?[a-z][^>]*>/gi, '')
    .replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, readEntity)
  return (
    bare
      .replaceAll(/[ \t]+\n/g, '\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim() || null
  )
}

function readEntity(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole
  const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole
}
