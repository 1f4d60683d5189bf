/** What GitHub would answer, for a dry run. */
import type { DryRun, WrittenRequest } from '../transport.js'

/** The issue that would be made has the number 0, and its address is that of the list. */
export const answerDryGitHub: DryRun['answer'] = ({ method, url, body }: WrittenRequest) => {
  const issues = /^(.*\/repos\/([^/]+\/[^/]+))\/issues$/.exec(url)
  if (method !== 'POST' || issues === null) return { status: 200, body: [] }
  const [, repository_url = '', name = ''] = issues
  const api = new URL(url)
  const labels = (body as { labels?: string[] } | null)?.labels ?? []
  return {
    status: 201,
    body: {
      id: 0,
      number: 0,
      html_url: `${api.protocol}//${api.host.replace(/^api\./, '')}/${name}/issues`,
      repository_url,
      state: 'open',
      body: (body as { body?: string } | null)?.body ?? '',
      labels,
    },
  }
}
