/**
 * Stories as issues of a GitHub repository, GitHub Enterprise Server included.
 * Source: https://docs.github.com/rest/issues (2022-11-28)
 */
import { WhyslowError } from '../../errors.js'
import type { OutgoingTicket, PulledTicket, Tracker, Upserted, UpsertOptions } from '../tracker.js'
import { addLabels } from './add-labels.js'
import { createIssue } from './create-issue.js'
import { findIssue } from './find-issue.js'
import {
  commentSchema,
  type Issue,
  type IssuePlace,
  keyOf,
  linkOf,
  placeOf,
  readAnswer,
  readIssue,
  readKey,
  readRepo,
} from './issue.js'
import { linkParent } from './link-parent.js'
import { type ClientOptions, openClient } from './open-client.js'
import { planBody } from './plan-body.js'
import { LABEL, storyLabel } from './story-label.js'
import { updateBody } from './update-body.js'

export interface GitHubOptions extends ClientOptions {
  /** `owner/name`: where new issues go. */
  repo: string
}

const ISSUE = '/repos/{owner}/{repo}/issues/{issue_number}'

/**
 * Requests wait for each other as GitHub asks for: an issue that is made takes three seconds. Throws a `WhyslowError` for a repository, an
 * address or a token that can't be one; exit 4 for all that GitHub says.
 */
export function openGitHub(options: GitHubOptions): Tracker {
  const { owner, repo } = readRepo(options.repo)
  const client = openClient(options)
  const isDry = options.dryRun !== null
  const webHost = new URL(options.api).host.replace(/^api\./, '')

  const read = async (place: IssuePlace): Promise<Issue> => {
    const issue = readIssue(
      await client.send({ route: `GET ${ISSUE}`, params: { ...place } }, { again: true }),
    )
    if (!issue.pull_request) return issue
    throw new WhyslowError(`${keyOf(place)} is a pull request, found where the story names its issue.`, {
      next: ['Correct the links of the story.'],
    })
  }

  const plan = ({ story, markdown }: OutgoingTicket, repair: boolean, issue: Issue | null) => {
    const key = issue === null ? `${owner}/${repo}` : keyOf(placeOf(issue))
    return planBody({
      body: issue === null ? null : (issue.body ?? ''),
      story,
      key,
      markdown,
      webHost,
      repair,
    })
  }

  const findOrCreate = async (ticket: OutgoingTicket, { key, repair }: UpsertOptions) => {
    const { story } = ticket
    if (key !== null) {
      const place = readKey(key)
      const purpose = { doing: `read the issue ${key} of ${story}`, what: key }
      const issue = await client.explain(purpose, () => read(place))
      return { issue, isNew: false, warnings: [] }
    }
    const what = `${owner}/${repo}`
    const find = () => findIssue(client, { owner, repo, story, repair })
    const found = await client.explain({ doing: `look for the issue of ${story}`, what }, find)
    if (found.issue !== null) return { issue: found.issue, isNew: false, warnings: found.warnings }
    const { body, warnings } = plan(ticket, repair, null)
    const fresh = {
      owner,
      repo,
      title: ticket.title.trim() || story,
      body: body ?? '',
      labels: [LABEL, storyLabel(story)],
    }
    const create = () => createIssue(client, fresh, async () => (await find()).issue)
    const issue = await client.explain({ doing: `create the issue of ${story}`, what }, create)
    return { issue, isNew: true, warnings }
  }

  const upsert = async (ticket: OutgoingTicket, how: UpsertOptions): Promise<Upserted> => {
    const { issue, isNew, warnings } = await findOrCreate(ticket, how)
    const link = linkOf(issue)
    if (!isNew || !isDry) await how.onFound(link)
    const purpose = { doing: `update ${link.key}, the issue of ${ticket.story}`, what: link.key }
    return client.explain(purpose, async () => {
      const body = isNew
        ? { did: false, warnings: [] }
        : await updateBody(client, issue, read, one => plan(ticket, how.repair, one))
      const labels = await addLabels(client, issue, ticket.story)
      const parent =
        ticket.parent === null
          ? { isNew: false, warnings: [] }
          : await linkParent(client, issue, ticket.parent)
      const isUpdated = body.did || labels.did || parent.isNew
      return {
        ...link,
        did: isNew ? 'created' : isUpdated ? 'updated' : 'unchanged',
        warnings: [...warnings, ...body.warnings, ...labels.warnings, ...parent.warnings],
      }
    })
  }

  const pull = async (key: string): Promise<PulledTicket> => {
    const place = readKey(key)
    return client.explain({ doing: `read the issue ${key}`, what: key }, async () => {
      const issue = await read(place)
      const params = { ...placeOf(issue), per_page: 100 }
      const comments = await client.list({ route: `GET ${ISSUE}/comments`, params })
      const isClosed = issue.state === 'closed'
      return {
        ...linkOf(issue),
        status: describeState(issue),
        isClosed,
        assignee: issue.assignees?.map(({ login }) => login).join(', ') || null,
        closed: isClosed ? (issue.closed_at ?? null) : null,
        notes: comments.flatMap(readNote),
      }
    })
  }

  return { name: 'github', upsert, pull }
}

/** As GitHub's pages say it: `closed as not planned`. */
function describeState({ state, state_reason }: Issue): string {
  if (state !== 'closed' || !state_reason) return state
  return `closed as ${state_reason.replaceAll('_', ' ')}`
}

function readNote(data: unknown): PulledTicket['notes'] {
  const { id, created_at, body } = readAnswer(commentSchema, data, 'a comment')
  const text = /^\s*whyslow:(.*)$/is.exec(body ?? '')?.[1]
  return text === undefined
    ? []
    : [{ id: String(id), at: created_at, text: text.replace(/\r\n?/g, '\n').trim() }]
}
