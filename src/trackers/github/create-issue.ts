/** An issue is created once, whatever the network does. */
import { WhyslowError } from '../../errors.js'
import { isUnclear } from './github-errors.js'
import { type Issue, readIssue } from './issue.js'
import type { Client } from './open-client.js'

/** GitHub takes no longer ones. */
const MAX_TITLE = 256

export interface NewIssue {
  owner: string
  repo: string
  title: string
  body: string
  labels: string[]
}

/** How often it is sent, and how often it is looked for each time that nobody knows whether it was made; seconds before each look. */
const MOST_TRIES = 3
const LOOKS_S = [1, 3, 6]

/** `find`: whether it is there after all. */
export async function createIssue(
  client: Client,
  issue: NewIssue,
  find: () => Promise<Issue | null>,
): Promise<Issue> {
  const call = {
    route: 'POST /repos/{owner}/{repo}/issues',
    params: { ...issue, title: fitTitle(issue.title) },
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return readIssue(await client.send(call, { again: false }))
    } catch (error) {
      if (!isUnclear(error) && !(error instanceof WhyslowError)) throw error
      for (const pause_s of LOOKS_S) {
        await client.wait(pause_s)
        const found = await find()
        if (found !== null) return found
      }
      if (tries === MOST_TRIES) throw error
    }
  }
}

/** Counted in UTF-16 units, which are no fewer than the characters that GitHub counts. */
function fitTitle(title: string): string {
  const line = title.toWellFormed().replace(/\s+/g, ' ').trim()
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
