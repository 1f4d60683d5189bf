/** What people did with an issue. */
import type { PulledTicket } from '../tracker.js'
import type { Comment, JiraApi } from './api.js'
import { isOwnComment } from './comment.js'
import { checkKey, missingTicket } from './find-issue.js'

const FIELDS = ['status', 'assignee', 'resolutiondate', 'statuscategorychangedate']
const NOTE = /^\s*whyslow:\s*/i

export async function pullIssue(api: JiraApi, key: string): Promise<PulledTicket> {
  const issue = await api.readIssue(checkKey(key), FIELDS)
  if (issue === null) throw missingTicket(key, 'this story', api.client.site)
  const { status, assignee, resolutiondate, statuscategorychangedate } = issue.fields
  const isClosed = status?.statusCategory?.key === 'done'
  const closed = resolutiondate ?? statuscategorychangedate
  const own = (await api.readMark(issue.key))?.comment
  const comments = (await api.listComments(issue.key)).filter(comment => comment.id !== own)
  return {
    ...api.linkOf(issue.key),
    status: status?.name ?? '',
    isClosed,
    assignee: assignee?.displayName ?? null,
    closed: isClosed && closed ? toIso(closed) : null,
    notes: comments.filter(comment => NOTE.test(comment.text) && !isOwnComment(comment)).map(toNote),
  }
}

function toNote({ id, created, text }: Comment): PulledTicket['notes'][number] {
  return { id, at: toIso(created), text: text.replace(NOTE, '').trim() }
}

/** Jira writes `2026-03-02T09:15:00.000+0100`. */
function toIso(time: string): string {
  const date = new Date(time.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return Number.isNaN(date.getTime()) ? time : date.toISOString()
}
