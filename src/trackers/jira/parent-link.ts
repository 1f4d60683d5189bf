/** The link to the issue of the story that this one was split off. */
import type { Warning } from '../../warnings.js'
import type { Issue, JiraApi } from './api.js'
import { JiraFailure } from './failure.js'
import { checkKey } from './find-issue.js'
import { writeOnce } from './write-once.js'

const LOOKS = [500, 2_000]

/** Whether it wrote. `issue`: null when it was created just now. A link of any kind between the two is enough. */
export async function linkParent(
  api: JiraApi,
  { key, issue, parent, type }: { key: string; issue: Issue | null; parent: string; type: string },
): Promise<{ hasWritten: boolean; warnings: Warning[] }> {
  checkKey(parent)
  if (isLinked(issue, parent)) return { hasWritten: false, warnings: [] }
  try {
    await writeOnce(api.client, {
      write: async () => {
        await api.link(type, parent, key)
        return true
      },
      look: async () => (isLinked(await api.readIssue(key, ['issuelinks']), parent) ? true : null),
      waits: LOOKS,
    })
    return { hasWritten: true, warnings: [] }
  } catch (error) {
    // The ticket itself is whole without.
    if (!(error instanceof JiraFailure) || (error.status !== 404 && error.status !== 400)) throw error
    return {
      hasWritten: false,
      warnings: [
        {
          code: 'ticket-parent',
          message: `${key} couldn’t be linked to ${parent}: ${error.message}`,
          next: `Is ${parent} still there, and “${type}” a kind of link in this Jira (trackers.jira.linkType)?`,
        },
      ],
    }
  }
}

function isLinked(issue: Issue | null, parent: string): boolean {
  const links = issue?.fields.issuelinks ?? []
  return links.some(({ inwardIssue, outwardIssue }) => [inwardIssue?.key, outwardIssue?.key].includes(parent))
}
