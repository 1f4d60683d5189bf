/** A story's issue: by its key, else by its label, which the property must bear out. People copy labels when they clone an issue. */
import { WhyslowError } from '../../errors.js'
import type { Warning } from '../../warnings.js'
import { compareAges, type Issue, type IssueMark, type JiraApi } from './api.js'
import { JiraFailure } from './failure.js'

export interface FoundIssue {
  issue: Issue
  /** Null: it doesn't say whose it is. */
  mark: IssueMark | null
}

/** What an export looks at. */
export const READ_FIELDS = ['created', 'labels', 'components', 'attachment', 'issuelinks']

export function storyLabel(story: string): string {
  return `whyslow-${story}`
}

/** The key of an issue as Jira writes them. Throws for anything else: it becomes a part of addresses. */
export function checkKey(key: string): string {
  if (/^[A-Z][A-Z0-9_]*-\d+$/.test(key)) return key
  throw new WhyslowError(`Expected the key of a Jira issue such as ABC-12, found “${key}”.`, {
    next: ['Correct it under links in the story.'],
  })
}

/** Null: it is gone, or hidden from this account. Throws when it is another story's. */
export async function readByKey(
  api: JiraApi,
  key: string,
  story: string,
  fields: string[] = READ_FIELDS,
): Promise<FoundIssue | null> {
  const issue = await api.readIssue(checkKey(key), fields)
  if (issue === null) return null
  const mark = await api.readMark(issue.key)
  if (mark !== null && mark.story !== story)
    throw new WhyslowError(`${issue.key} is the ticket of the story ${mark.story}, not of ${story}.`, {
      next: [`Remove it from the links of ${story}, and export again.`],
    })
  return { issue, mark }
}

/** The oldest of those that are this story's, and a warning about the others. */
export async function findByLabel(
  api: JiraApi,
  project: string,
  story: string,
  fields: string[],
): Promise<{ found: FoundIssue | null; warnings: Warning[] }> {
  const jql = `project = ${quote(project)} AND labels = ${quote(storyLabel(story))} ORDER BY created ASC`
  const listed = await api.search(jql, ['created'])
  const candidates: FoundIssue[] = []
  for (const { key } of listed.sort(compareAges)) {
    const issue = await api.readIssue(checkKey(key), fields)
    if (issue !== null) candidates.push({ issue, mark: await api.readMark(key) })
  }
  const marked = candidates.filter(({ mark }) => mark?.story === story)
  // Data Center before 7.2 takes no property with a new issue: a crash may have left one without.
  const unmarked = api.client.flavour === 'cloud' ? [] : candidates.filter(({ mark }) => mark === null)
  const [found = null, ...others] = marked.length > 0 ? marked : unmarked
  return { found, warnings: found && others.length > 0 ? [warnOfOthers(story, found, others)] : [] }
}

function warnOfOthers(story: string, { issue }: FoundIssue, others: FoundIssue[]): Warning {
  const keys = others.map(other => other.issue.key).join(', ')
  return {
    code: 'ticket-several',
    message: `${story} has several tickets: ${issue.key}, which is the oldest and is kept up to date, and ${keys}.`,
    next: `Move what people wrote in ${keys} to ${issue.key}, and close ${others.length === 1 ? 'it' : 'them'}.`,
  }
}

/** A text in JQL. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Of a story that names a ticket which isn't there. */
export function missingTicket(key: string, story: string, site: string): JiraFailure {
  return new JiraFailure(
    `${key}, the ticket of ${story}, isn’t on ${site}, or is hidden from this account.`,
    {
      status: 404,
      mayHaveWorked: false,
      next: [
        'If the account may not see it: ask for the permission Browse projects.',
        'If it was deleted: export with --repair, and a new one is created.',
      ],
      exit: 2,
    },
  )
}
