/** The labels by which an issue is found again. No other label is touched. */
import type { Warning } from '../../warnings.js'
import { isFailure, saidBy } from './github-errors.js'
import { type Issue, keyOf, labelsOf, placeOf } from './issue.js'
import type { Client } from './open-client.js'
import { LABEL, storyLabel } from './story-label.js'

/** Someone who may write issues need not be one who may label them: a warning. */
export async function addLabels(
  client: Client,
  issue: Issue,
  story: string,
): Promise<{ did: boolean; warnings: Warning[] }> {
  const has = labelsOf(issue).map(label => label.toLowerCase())
  const labels = [LABEL, storyLabel(story)].filter(label => !has.includes(label))
  if (labels.length === 0) return { did: false, warnings: [] }
  const place = placeOf(issue)
  try {
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels'
    await client.send({ route, params: { ...place, labels } }, { again: true })
    return { did: true, warnings: [] }
  } catch (error) {
    if (!isFailure(error) || ![403, 404].includes(error.status) || client.pause(error) !== null) throw error
    const said = `GitHub said ${error.status}: ${saidBy(error)}`
    const message = `${keyOf(place)}: the labels ${labels.join(' and ')} could not be set. ${said}`
    const next =
      'Without them the issue is found by the link in the story alone. Who labels needs the triage role.'
    return { did: false, warnings: [{ code: 'ticket-labels', message, next }] }
  }
}
