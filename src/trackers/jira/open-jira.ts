/** Jira Cloud and Jira Data Center as a tracker. */
import { WhyslowError } from '../../errors.js'
import type { OutgoingTicket, Tracker, Upserted, UpsertOptions } from '../tracker.js'
import { checkAddress, type Fetch } from '../transport.js'
import type { AdfNode } from './adf.js'
import { type IssueMark, type JiraApi, openApi } from './api.js'
import { type Credentials, openClient } from './client.js'
import { upsertComment } from './comment.js'
import type { Flavour } from './failure.js'
import { changedFields, type FieldsConfig, mappedFields, newFields } from './fields.js'
import { attachedName, attachFiles } from './files.js'
import { type FoundIssue, findByLabel, missingTicket, READ_FIELDS, readByKey } from './find-issue.js'
import { markdownToAdf } from './markdown-to-adf.js'
import { linkParent } from './parent-link.js'
import { pullIssue } from './pull-issue.js'
import { writeOnce } from './write-once.js'

export interface JiraOptions extends FieldsConfig {
  /** Of the workbook: `https://acme.atlassian.net`, `https://tracker.example/jira`. */
  site: string
  flavour: Flavour
  credentials: Credentials
  /** Of link to the ticket of the story that one was split off: `Relates`. */
  linkType: string
  fetch: Fetch
  /** Waits so many milliseconds, and rejects on Ctrl-C. In a dry run it need not wait. */
  pause: (ms: number) => Promise<void>
  now: () => Date
}

/** Jira's search shows a new issue some time after it was made. Milliseconds. */
const BEFORE_CREATE = 2_000
const AFTER_CREATE = [1_000, 2_000, 4_000, 8_000]

/** Throws a `WhyslowError` for a site that tokens must not go to. Asks nothing of Jira yet. */
export function openJira(options: JiraOptions): Tracker {
  const site = checkAddress(options.site, 'trackers.jira.site')
  if (site.username !== '' || site.password !== '')
    throw new WhyslowError('Expected trackers.jira.site without a name and a password in it.', {
      next: ['Tokens come from the environment or from token_command, never from the workbook.'],
    })
  const api = openApi(openClient({ ...options, site }))
  return {
    name: 'jira',
    upsert: (ticket, how) => upsert(api, options, ticket, how),
    pull: key => pullIssue(api, key),
  }
}

async function upsert(
  api: JiraApi,
  options: JiraOptions,
  ticket: OutgoingTicket,
  { key, repair, onFound }: UpsertOptions,
): Promise<Upserted> {
  const { found, created, warnings } = await findOrCreate(api, options, ticket, key, repair)
  const issueKey = created ?? found!.issue.key
  const link = api.linkOf(issueKey)
  await onFound(link)

  let hasWritten = created !== null
  const issue = found?.issue ?? null
  const change = issue && changedFields(options, ticket, issue)
  if (change) {
    await api.editIssue(issueKey, change)
    hasWritten = true
  }
  if ((await attachFiles(api, issueKey, issue, ticket.files)) > 0) hasWritten = true

  const mark: IssueMark = found?.mark ?? { story: ticket.story, comment: null }
  const comment = await upsertComment(api, {
    key: issueKey,
    story: ticket.story,
    blocks: [...markdownToAdf(ticket.markdown).content, ...listFiles(ticket)],
    pointer: pointTo(ticket),
    issueMark: mark,
    isNew: created !== null,
    repair,
  })
  if (comment.hasWritten) hasWritten = true
  const isMarked = found?.mark !== null && mark.comment === (comment.id ?? mark.comment)
  if (!isMarked) await api.writeMark(issueKey, { ...mark, comment: comment.id ?? mark.comment })
  warnings.push(...comment.warnings)

  if (ticket.parent !== null) {
    const linked = await linkParent(api, {
      key: issueKey,
      issue,
      parent: ticket.parent,
      type: options.linkType,
    })
    if (linked.hasWritten) hasWritten = true
    warnings.push(...linked.warnings)
  }
  const did = created !== null ? 'created' : hasWritten ? 'updated' : 'unchanged'
  return { ...link, did, warnings }
}

type Located = { warnings: Upserted['warnings'] } & (
  | { found: FoundIssue; created: null }
  /** The key of the new issue. */
  | { found: null; created: string }
)

async function findOrCreate(
  api: JiraApi,
  options: JiraOptions,
  ticket: OutgoingTicket,
  key: string | null,
  repair: boolean,
): Promise<Located> {
  const { story } = ticket
  const fields = [...READ_FIELDS, ...mappedFields(options)]
  if (key !== null) {
    const found = await readByKey(api, key, story, fields)
    if (found) return { found, created: null, warnings: [] }
  }
  const search = () => findByLabel(api, options.project, story, fields)
  const first = await search()
  if (first.found) return { ...first, found: first.found, created: null }
  if (key !== null && !repair) throw missingTicket(key, story, api.client.site)
  // An export that was killed may have made one a moment ago.
  await api.client.pause(BEFORE_CREATE)
  const second = await search()
  if (second.found) return { ...second, found: second.found, created: null }

  const mark = { story, comment: null }
  return writeOnce<Located>(api.client, {
    write: async () => {
      const made = await api.createIssue(newFields(options, ticket), describe(ticket), mark)
      return { found: null, created: made, warnings: [] }
    },
    // What is found is as if it had been there before: some of what follows may have happened.
    look: async () => {
      const { found, warnings } = await search()
      return found && { found, created: null, warnings }
    },
    waits: AFTER_CREATE,
  })
}

/** Written once, and people's from then on. */
function describe({ story }: OutgoingTicket): AdfNode[] {
  return markdownToAdf(
    [
      'A performance issue that whyslow measured. What was found stands in whyslow’s comment below, which is kept up to date.',
      'This description is yours: it is not written again. A comment that begins with `whyslow:` becomes a note of the story.',
      `Story: \`${story}\``,
    ].join('\n\n'),
  ).content
}

function listFiles({ files }: OutgoingTicket): AdfNode[] {
  if (files.length === 0) return []
  const names = files.map(file => `\`${attachedName(file)}\``)
  return markdownToAdf(`Attached: ${names.join(', ')}`).content
}

function pointTo({ story, files }: OutgoingTicket): AdfNode[] {
  const report = files.find(({ name }) => /\.(?:html|md)$/.test(name))
  const also = report ? `, and in the attached \`${attachedName(report)}\`` : ''
  return markdownToAdf(
    `Cut here, since Jira takes no longer comment. The whole is in \`whyslow story show ${story}\`${also}.`,
  ).content
}
