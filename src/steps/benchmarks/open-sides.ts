/** What `bench compare BASE HEAD` names: two commits or folders that are measured in turns, or two files of results. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import type { Side } from '../../experiments/benchmarks/comparison.js'
import { type Commit, readCommit } from '../../experiments/benchmarks/environment.js'
import type { Repository } from '../../experiments/benchmarks/run-git.js'
import type { Scenario } from '../../experiments/benchmarks/scenario.js'
import { quoteIfNeeded } from '../../stories/describe-evidence.js'
import type { Warning } from '../../warnings.js'
import { readTextFile } from '../../workbook/read-text.js'
import {
  addWorktree,
  explainUnreadable,
  findPlace,
  removeStale,
  resolveCommit,
  type Worktree,
} from './git-worktrees.js'

export interface NamedSide {
  name: string
  kind: Side['kind']
  /** A hash, or an absolute path. */
  target: string
  warnings: Warning[]
}

export interface OpenSide extends NamedSide {
  /** Where the service is. */
  folder: string
  commit: Commit
}

/** What a name stands for: a folder that is named as a path, else a commit, else a folder of that name. Throws a `WhyslowError` for none. */
export async function nameSide(name: string, repository: Repository): Promise<NamedSide> {
  const target = path.resolve(repository.folder, name)
  const found = await kindOfPath(target)
  const side = (kind: Side['kind'], to: string, warnings: Warning[] = []) => ({
    name,
    kind,
    target: to,
    warnings,
  })
  if (name.endsWith('.ndjson') && found === 'file') return side('results', target)
  const isPath = name.startsWith('.') || name.includes('/') || name.includes(path.sep)
  if (found === 'folder' && isPath) {
    const isCommitToo = !name.startsWith('.') && (await resolveCommit(repository, name)) !== null
    return side('folder', target, isCommitToo ? [taken(name, 'folder', `refs/heads/${name}`)] : [])
  }
  const sha = await resolveCommit(repository, name)
  if (sha !== null) return side('commit', sha, found === 'folder' ? [taken(name, 'commit', `./${name}`)] : [])
  if (found === 'folder') return side('folder', target)
  const unreadable = await explainUnreadable(repository)
  if (unreadable !== null)
    throw new WhyslowError(`git can’t read the repository, so “${name}” is unknown:\n  ${unreadable}`, {
      exit: 4,
    })
  throw new WhyslowError(
    `“${name}” is ${found === 'file' ? 'a file that is no .ndjson of results' : 'no commit, branch or folder here'}, and no side to compare.`,
    {
      next: [
        'Two commits: whyslow bench compare main HEAD',
        'A commit and the working copy: whyslow bench compare main .',
        ...(found === null ? ['In CI, fetch the whole history: a shallow clone has no other commits'] : []),
      ],
    },
  )
}

function taken(name: string, kind: 'folder' | 'commit', other: string): Warning {
  const also = kind === 'folder' ? 'commit' : 'folder'
  return {
    code: 'side-ambiguous',
    message: `“${name}” is a ${kind} as well as a ${also}: the ${kind} was taken.`,
    next: `For the ${also}: ${other}`,
  }
}

async function kindOfPath(target: string): Promise<'file' | 'folder' | null> {
  if (target.includes('\0')) return null
  const found = await stat(target).catch(() => null)
  if (found === null) return null
  return found.isDirectory() ? 'folder' : 'file'
}

export interface OpenSides {
  base: OpenSide
  head: OpenSide
  warnings: Warning[]
}

/** Opens both, does the work, and removes what was checked out for it, whatever happens. What can't be removed is one more warning. */
export async function withSides<T extends { warnings: Warning[] }>(
  named: { base: NamedSide; head: NamedSide },
  { repository, scenario, signal }: { repository: Repository; scenario: Scenario; signal: AbortSignal },
  work: (sides: OpenSides) => Promise<T>,
): Promise<T> {
  const worktrees: Worktree[] = []
  const open = async (side: NamedSide): Promise<OpenSide> => {
    signal.throwIfAborted()
    if (side.kind === 'folder') {
      const except = [path.join(path.dirname(scenario.file), 'results')]
      return {
        ...side,
        folder: side.target,
        commit: await readCommit({ ...repository, folder: side.target }, except),
      }
    }
    const worktree = await addWorktree(repository, side.target)
    worktrees.push(worktree)
    const place = await findPlace(repository)
    const folder = path.join(worktree.folder, place?.below ?? '')
    if ((await kindOfPath(folder)) !== 'folder')
      throw new WhyslowError(`${side.name} has no folder ${place?.below ?? ''}, where the service is now.`, {
        next: ['Start from a folder that both sides have, and name the service’s with service: {cwd: …}.'],
      })
    return { ...side, folder, commit: { sha: side.target, isDirty: false } }
  }
  try {
    if ([named.base, named.head].some(({ kind }) => kind === 'commit')) await removeStale(repository)
    const base = await open(named.base)
    const head = await open(named.head)
    signal.throwIfAborted()
    const warnings = [
      ...(await warnOfScenario(scenario, [base, head], repository)),
      ...(await warnOfSetup(scenario, [base, head], repository)),
    ]
    const result = await work({ base, head, warnings })
    const left = await removeAll(worktrees.splice(0))
    return { ...result, warnings: [...result.warnings, ...left] }
  } finally {
    await removeAll(worktrees)
  }
}

async function removeAll(worktrees: readonly Worktree[]): Promise<Warning[]> {
  const warnings: Warning[] = []
  for (const { parent, remove } of worktrees) {
    try {
      await remove()
    } catch (error) {
      warnings.push({
        code: 'checkout-left',
        message: `What was checked out into ${parent} could not be removed: ${error instanceof Error ? error.message : String(error)}`,
        next: `As somebody who may: rm -rf ${quoteIfNeeded(parent)} && git worktree prune`,
      })
    }
  }
  return warnings
}

/** Both sides are measured by the scenario of the working copy, whatever theirs says. */
async function warnOfScenario(
  scenario: Scenario,
  sides: readonly OpenSide[],
  { folder }: Repository,
): Promise<Warning[]> {
  const below = path.relative(folder, scenario.file)
  if (path.isAbsolute(below)) return []
  const read = (file: string) => readTextFile(file).catch(() => null)
  const ours = await read(scenario.file)
  const theirs = await Promise.all(sides.map(side => read(path.join(side.folder, below))))
  const others = sides.filter((_, i) => theirs[i] !== null && theirs[i] !== ours).map(({ name }) => name)
  if (others.length === 0) return []
  return [
    {
      code: 'scenario-differs',
      message: `${scenario.shown} is another one in ${[...new Set(others)].join(' and in ')}. Both sides were measured by the one that is here.`,
    },
  ]
}

/** git keeps no installed packages. */
async function warnOfSetup(
  { service, shown }: Scenario,
  sides: readonly OpenSide[],
  { folder }: Repository,
): Promise<Warning[]> {
  if (service.setup !== null || (await kindOfPath(path.join(folder, service.cwd, 'node_modules'))) === null)
    return []
  const missing = await Promise.all(
    sides.map(async side => (await kindOfPath(path.join(side.folder, service.cwd, 'node_modules'))) === null),
  )
  const without = sides.filter((_, i) => missing[i]).map(({ name }) => name)
  if (without.length === 0) return []
  return [
    {
      code: 'setup-missing',
      message: `${[...new Set(without)].join(' and ')} ${without.length === 1 ? 'has' : 'have'} no node_modules, as git keeps none, and the scenario says nothing of how to install them.`,
      next: `Add to ${shown}: service: {setup: npm ci}`,
    },
  ]
}
