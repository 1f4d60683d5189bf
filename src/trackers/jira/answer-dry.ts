/** What Jira would answer to a write, as far as an export needs it. */
import type { DryRun } from '../transport.js'

/** In a dry run a new issue is called `ABC-NEW`: nothing is asked about it. */
export function answerDryJira(project: string): DryRun['answer'] {
  return ({ method, url, body }) => {
    const { pathname } = new URL(url)
    if (method !== 'POST') return { status: 204, body: undefined }
    if (pathname.endsWith('/issue')) {
      const key = `${project}-NEW`
      return { status: 201, body: { id: '0', key, self: `${url}/0` } }
    }
    if (pathname.endsWith('/comment')) return { status: 201, body: { id: '0', body } }
    if (pathname.endsWith('/attachments')) return { status: 200, body: [] }
    return { status: 201, body: undefined }
  }
}
