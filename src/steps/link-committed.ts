/** Addresses of the files beside a story, where the workbook is committed to the repository that its tickets are in. */
import path from 'node:path'
import { runGit } from '../experiments/benchmarks/run-git.js'
import type { Story } from '../stories/read-story.js'
import type { GitHubConfig } from '../workbook/tracker-config.js'
import type { Workbook } from '../workbook/workbook.js'
import type { RunOptions } from './run-program.js'

/** Null for a file that isn't committed, and for one whose address may not be shown. */
export type FindLink = (story: Story, file: string) => string | null

/** `passes`: whether a text may be shown as it is. No links without git, and where `origin` is another repository. */
export async function linkCommitted(
  workbook: Workbook,
  { api, repo }: GitHubConfig,
  passes: (text: string) => boolean,
  run: RunOptions,
): Promise<FindLink> {
  const git = async (...args: string[]) => {
    const { code, stdout } = await runGit({ folder: workbook.dir, ...run }, args)
    return code === 0 ? stdout : null
  }
  const origin = await git('remote', 'get-url', 'origin')
  const host = webHost(api)
  if (origin === null || !isRepository(origin.trim(), host, repo)) return () => null
  const prefix = (await git('rev-parse', '--show-prefix'))?.trim() ?? ''
  const listed = await git('ls-files', '-z', '--full-name', '--', 'stories')
  const known = new Set((listed ?? '').split('\0'))
  return (story, file) => {
    const folder = path.relative(workbook.dir, path.dirname(story.file))
    const inside = path.posix.join(prefix, folder.split(path.sep).join('/'), file)
    if (!known.has(inside)) return null
    const address = `https://${host}/${repo}/blob/HEAD/${inside.split('/').map(encodeURIComponent).join('/')}`
    return passes(inside) && passes(address) ? address : null
  }
}

/** Where people read what `api` serves: `https://api.github.com` is of `github.com`. */
export function webHost(api: string): string {
  const { host } = new URL(api)
  return host === 'api.github.com' ? 'github.com' : host.replace(/^api\.(?=[^.]+\.ghe\.com$)/, '')
}

/** `git@github.com:acme/shop.git`, `https://github.com/acme/shop`, `ssh://git@github.com:22/acme/shop.git`. */
function isRepository(origin: string, host: string, repo: string): boolean {
  const [, from, name] =
    /^(?:(?:https?|ssh|git):\/\/)?(?:[^@/]*@)?([^/:]+(?::\d+(?=\/))?)[:/]\/?(.+?)(?:\.git)?\/?$/.exec(
      origin,
    ) ?? []
  if (from === undefined || name === undefined) return false
  const isHost = [host, host.replace(/:\d+$/, '')].includes(from.toLowerCase().replace(/:22$/, ''))
  return isHost && name.toLowerCase() === repo.toLowerCase()
}
