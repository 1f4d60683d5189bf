/** The commits between two, as the repository tells them. */
import type { CommitBetween, HistoryChange } from '../../experiments/benchmarks/history.js'
import { type Repository, runGit } from '../../experiments/benchmarks/run-git.js'

/** That are listed. */
const MOST = 20
const SHA = /^[0-9a-f]{7,64}$/

export type Between = Pick<HistoryChange['commits'], 'between' | 'more'>

/**
 * Those of the second and its ancestors that the first doesn't have, the newest first. Null where one of them isn't known: outside git, or
 * in a clone that was cut off.
 */
export async function listCommitsBetween(
  repository: Repository,
  { after, until }: { after: string | null; until: string | null },
): Promise<Between> {
  const unknown = { between: null, more: 0 }
  if (after === null || until === null || !SHA.test(after) || !SHA.test(until)) return unknown
  if (after === until) return { between: [], more: 0 }
  const git = async (...args: string[]) => {
    const { code, stdout } = await runGit(repository, ['-c', 'log.showSignature=false', ...args])
    return code === 0 ? stdout : null
  }
  const range = `${after}..${until}`
  const count = await git('rev-list', '--count', range, '--')
  const listed = await git(
    'log',
    '-z',
    '--no-color',
    `--max-count=${MOST}`,
    '--format=%H%x00%cI%x00%an%x00%s',
    range,
    '--',
  )
  if (count === null || listed === null) return unknown
  const fields = listed.split('\0')
  const between: CommitBetween[] = []
  for (let i = 0; i + 3 < fields.length; i += 4) {
    const [sha = '', at = '', author = '', subject = ''] = fields.slice(i, i + 4)
    between.push({ sha, at: new Date(at).toISOString(), author, subject })
  }
  return { between, more: Math.max(0, Number(count.trim()) - between.length) }
}
