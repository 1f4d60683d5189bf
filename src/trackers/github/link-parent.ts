/** A fix is a sub-issue of the issue of its story. Source: https://docs.github.com/rest/issues/sub-issues */
import type { Warning } from '../../warnings.js'
import { isFailure, isUnclear, saidBy } from './github-errors.js'
import { type Issue, type IssuePlace, keyOf, placeOf, readIssue, readKey } from './issue.js'
import type { Client } from './open-client.js'

const MOST_TRIES = 3

export interface Linked {
  isNew: boolean
  warnings: Warning[]
}

const AS_IT_IS: Linked = { isNew: false, warnings: [] }

/** One that has a parent keeps it, also when a person gave it another. What GitHub can't link is a warning. */
export async function linkParent(client: Client, issue: Issue, parentKey: string): Promise<Linked> {
  const place = placeOf(issue)
  const parent = readKey(parentKey)
  const isSame = nameOf(place) === nameOf(parent)
  if (!isSame) return refused(place, parent, 'it is in another repository')
  if (issue.parent_issue_url || parent.issue_number === issue.number) return AS_IT_IS
  const params = { ...parent }
  const route = '/repos/{owner}/{repo}/issues/{issue_number}/sub_issues'
  const isLinked = async () => {
    const children = await client.list({ route: `GET ${route}`, params: { ...params, per_page: 100 } })
    return children.map(readIssue).some(({ id }) => id === issue.id)
  }
  try {
    if (await isLinked()) return AS_IT_IS
    for (let tries = 1; ; tries += 1) {
      try {
        const call = { route: `POST ${route}`, params: { ...params, sub_issue_id: issue.id } }
        await client.send(call, { again: false })
        return { isNew: true, warnings: [] }
      } catch (error) {
        if (!isUnclear(error) || tries === MOST_TRIES) throw error
        await client.wait(tries ** 2)
        if (await isLinked()) return { isNew: true, warnings: [] }
      }
    }
  } catch (error) {
    if (
      !isFailure(error) ||
      ![403, 404, 405, 410, 422].includes(error.status) ||
      client.pause(error) !== null
    )
      throw error
    const why = [404, 405, 410].includes(error.status)
      ? `${keyOf(parent)} is gone, or this server has no sub-issues: it said ${error.status}`
      : `GitHub said ${error.status}: ${saidBy(error)}`
    return refused(place, parent, why)
  }
}

const nameOf = ({ owner, repo }: IssuePlace) => `${owner}/${repo}`.toLowerCase()

function refused(place: IssuePlace, parent: IssuePlace, why: string): Linked {
  const message = `${keyOf(place)} could not be made a sub-issue of ${keyOf(parent)}: ${why}.`
  return {
    isNew: false,
    warnings: [{ code: 'ticket-parent', message, next: 'Name the one in the other by hand.' }],
  }
}
