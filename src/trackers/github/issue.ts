/** An issue as GitHub answers it, and what it is called. */
import { z } from 'zod'
import { WhyslowError } from '../../errors.js'
import type { TicketLink } from '../tracker.js'

const issueSchema = z.object({
  /** Not the number: sub-issues are named by it. */
  id: z.number(),
  number: z.number(),
  html_url: z.string(),
  /** `…/repos/owner/repo`. */
  repository_url: z.string(),
  state: z.string(),
  state_reason: z.string().nullish(),
  body: z.string().nullish(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
  assignees: z.array(z.object({ login: z.string() })).nullish(),
  closed_at: z.string().nullish(),
  pull_request: z.unknown().optional(),
  parent_issue_url: z.string().nullish(),
})

export type Issue = z.infer<typeof issueSchema>

export const commentSchema = z.object({ id: z.number(), created_at: z.string(), body: z.string().nullish() })

/** Throws a `WhyslowError` when the answer is none of GitHub's. */
export function readAnswer<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
  const read = schema.safeParse(data)
  if (read.success) return read.data
  throw new WhyslowError(`Expected ${what} from GitHub, found something else.`, {
    next: [
      'Check api in whyslow.yaml: https://api.github.com, or https://HOST/api/v3 of a server of your own.',
    ],
    exit: 4,
  })
}

export const readIssue = (data: unknown): Issue => readAnswer(issueSchema, data, 'an issue')

/** Where an issue is. */
export interface IssuePlace {
  owner: string
  repo: string
  issue_number: number
}

const NAME = /^([\w.-]+)\/([\w.-]+)$/

/** `owner/name`. Throws a `WhyslowError`. */
export function readRepo(name: string): { owner: string; repo: string } {
  const [, owner, repo] = NAME.exec(name) ?? []
  if (owner && repo) return { owner, repo }
  throw new WhyslowError(`Expected a repository such as acme/web, found “${name}”.`, {
    next: ['Set trackers.github.repo in whyslow.yaml.'],
  })
}

/** `owner/repo#12`. Throws a `WhyslowError`. */
export function readKey(key: string): IssuePlace {
  const [, name, number] = /^(.*)#([1-9]\d{0,9})$/.exec(key) ?? []
  if (name && NAME.test(name)) return { ...readRepo(name), issue_number: Number(number) }
  throw new WhyslowError(`Expected the key of an issue such as acme/web#12, found “${key}”.`, {
    next: ['Correct it in the links of the story.'],
  })
}

/** Also where it was moved to. */
export function placeOf(issue: Issue): IssuePlace {
  const [owner = '', repo = ''] = issue.repository_url.split('/').slice(-2)
  return { owner, repo, issue_number: issue.number }
}

export function keyOf({ owner, repo, issue_number }: IssuePlace): string {
  return `${owner}/${repo}#${issue_number}`
}

export function linkOf(issue: Issue): TicketLink {
  return { key: keyOf(placeOf(issue)), url: issue.html_url }
}

export function labelsOf({ labels }: Issue): string[] {
  return labels.map(label => (typeof label === 'string' ? label : (label.name ?? '')))
}
