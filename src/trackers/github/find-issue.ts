/** A story whose link was lost finds its issue again. */
import { WhyslowError } from '../../errors.js'
import type { Warning } from '../../warnings.js'
import { type Issue, keyOf, placeOf, readIssue } from './issue.js'
import type { Client } from './open-client.js'
import { holdsStory } from './section.js'
import { storyLabel } from './story-label.js'

export interface Found {
  issue: Issue | null
  warnings: Warning[]
}

interface Search {
  owner: string
  repo: string
  story: string
  /** Takes an issue that has the label and lost its marks. */
  repair: boolean
}

/**
 * By its label, and by the marks in its body. Then among the newest issues, since GitHub drops the labels of those who may not set any
 * without a word. Throws a `WhyslowError` where only a person can tell.
 */
export async function findIssue(client: Client, { owner, repo, story, repair }: Search): Promise<Found> {
  const list = async (params: Record<string, unknown>, most?: number) => {
    const call = {
      route: 'GET /repos/{owner}/{repo}/issues',
      params: { owner, repo, state: 'all', sort: 'created', per_page: 100, ...params },
    }
    const issues = (await client.list(call, most)).map(readIssue)
    return issues.filter(issue => !issue.pull_request)
  }
  const isOurs = (issue: Issue) => holdsStory(issue.body ?? '', story)
  const labelled = await list({ labels: storyLabel(story), direction: 'asc' })
  const ours = labelled.filter(isOurs)
  if (ours.length === 0 && labelled.length > 0 && !repair) throw withoutMarks(labelled, story)
  const named = ours.length > 0 ? ours : labelled
  return choose(named.length > 0 ? named : (await list({ direction: 'desc' }, 1)).filter(isOurs), story)
}

function choose(issues: readonly Issue[], story: string): Found {
  const byAge = issues.toSorted((a, b) => a.number - b.number)
  const issue = byAge.find(({ state }) => state === 'open') ?? byAge[0] ?? null
  const others = byAge.filter(one => one !== issue)
  if (issue === null || others.length === 0) return { issue, warnings: [] }
  const names = others.map(other => keyOf(placeOf(other))).join(', ')
  const message = `Several issues are of ${story}: ${keyOf(placeOf(issue))} is kept up to date, the oldest that is open.`
  return {
    issue,
    warnings: [
      { code: 'ticket-several', message, next: `Close ${names}, and remove the label ${storyLabel(story)}.` },
    ],
  }
}

function withoutMarks(issues: readonly Issue[], story: string): WhyslowError {
  const names = issues.map(issue => keyOf(placeOf(issue))).join(', ')
  return new WhyslowError(
    `${names} has the label ${storyLabel(story)}, but not the part that whyslow writes.`,
    {
      next: [
        `If it is the issue of the story: whyslow export github ${story} --repair puts that part back.`,
        'If it is not: remove the label, and export again.',
      ],
    },
  )
}
