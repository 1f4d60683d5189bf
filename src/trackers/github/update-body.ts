/** whyslow's part of an issue's body, brought up to date. */
import type { Warning } from '../../warnings.js'
import { isUnclear } from './github-errors.js'
import { type Issue, type IssuePlace, placeOf } from './issue.js'
import type { Client } from './open-client.js'
import type { BodyPlan } from './plan-body.js'

const MOST_TRIES = 4

/**
 * GitHub has no condition on a write, and takes the body as a whole: so it is read again before each write that had to wait, for what a
 * person wrote meanwhile.
 */
export async function updateBody(
  client: Client,
  first: Issue,
  read: (place: IssuePlace) => Promise<Issue>,
  plan: (issue: Issue) => BodyPlan,
): Promise<{ did: boolean; warnings: Warning[] }> {
  const place = placeOf(first)
  let planned = plan(first)
  let isSent = false
  for (let tries = 1; planned.body !== null; tries += 1) {
    try {
      if (await client.takeTurn()) {
        planned = plan(await read(place))
        if (planned.body === null) break
      }
      isSent = true
      const params = { ...place, body: planned.body }
      await client.send(
        { route: 'PATCH /repos/{owner}/{repo}/issues/{issue_number}', params },
        { again: false },
      )
      break
    } catch (error) {
      const pause_s = client.pause(error) ?? (isUnclear(error) ? tries ** 2 : null)
      if (pause_s === null || tries === MOST_TRIES) throw error
      await client.wait(pause_s)
      planned = plan(await read(place))
    }
  }
  return { did: isSent, warnings: planned.warnings }
}
