/** The fields of an issue that are whyslow's: labels and components are added and never taken away, the priority is set once, numbers follow. */
import type { OutgoingTicket, TicketNumber } from '../tracker.js'
import type { Issue } from './api.js'
import { storyLabel } from './find-issue.js'

export interface FieldsConfig {
  project: string
  /** By name: `Bug`. */
  issueType: string
  /** The id of the number field for each number that has one: `customfield_10010`. */
  fields: Partial<Record<TicketNumber, string>>
  priority: string | null
  labels: readonly string[]
  components: readonly string[]
}

/** Jira's limit for a summary. */
const MAX_SUMMARY = 255

/** Of a new issue, without its description. */
export function newFields(config: FieldsConfig, ticket: OutgoingTicket): Record<string, unknown> {
  const { project, issueType, priority, components } = config
  return {
    project: { key: project },
    issuetype: { name: issueType },
    summary: shorten(ticket.title),
    labels: labelsOf(config, ticket),
    ...(priority === null ? {} : { priority: { name: priority } }),
    ...(components.length === 0 ? {} : { components: components.map(name => ({ name })) }),
    ...Object.fromEntries(numbersOf(config, ticket)),
  }
}

export interface FieldsChange {
  fields?: Record<string, unknown>
  update?: Record<string, unknown>
}

/** What is missing or has changed; null: nothing. */
export function changedFields(
  config: FieldsConfig,
  ticket: OutgoingTicket,
  { fields: now }: Issue,
): FieldsChange | null {
  const labels = labelsOf(config, ticket).filter(label => !now.labels?.includes(label))
  const has = new Set(now.components?.map(({ name }) => name))
  const components = config.components.filter(name => !has.has(name))
  const numbers = numbersOf(config, ticket).filter(([field, value]) => !isSame(now[field], value))
  const update = {
    ...(labels.length === 0 ? {} : { labels: labels.map(add => ({ add })) }),
    ...(components.length === 0 ? {} : { components: components.map(name => ({ add: { name } })) }),
  }
  const change = {
    ...(numbers.length === 0 ? {} : { fields: Object.fromEntries(numbers) }),
    ...(Object.keys(update).length === 0 ? {} : { update }),
  }
  return Object.keys(change).length === 0 ? null : change
}

/** The ids of the fields to read for `changedFields`. */
export function mappedFields({ fields }: FieldsConfig): string[] {
  return Object.values(fields)
}

function numbersOf({ fields }: FieldsConfig, { numbers }: OutgoingTicket): [string, number][] {
  return (Object.entries(fields) as [TicketNumber, string][]).flatMap(([name, field]) => {
    const value = numbers[name]
    return value === null || !Number.isFinite(value) ? [] : [[field, value] as [string, number]]
  })
}

/** Jira keeps doubles, and may have rounded the last digits. */
function isSame(now: unknown, value: number): boolean {
  return typeof now === 'number' && Math.abs(now - value) <= 1e-9 * Math.max(1, Math.abs(value))
}

/** A label has no spaces. */
function labelsOf({ labels }: FieldsConfig, { story }: OutgoingTicket): string[] {
  const all = ['whyslow', storyLabel(story), ...labels]
  return [...new Set(all.map(label => label.trim().replace(/\s+/g, '-')))].filter(label => label !== '')
}

function shorten(title: string): string {
  const line = title.replace(/\s+/g, ' ').trim().toWellFormed()
  if (line.length <= MAX_SUMMARY) return line
  return `${line
    .slice(0, MAX_SUMMARY - 1)
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .trimEnd()}…`
}
