/** What a person calls a profile → files: a path, the name of a file beside some story, or a story, whose latest capture it then is. */
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import { groupCaptures } from '../stories/captures.js'
import { listStoryIds, readStory, storiesFolder } from '../stories/read-story.js'
import type { Workbook } from '../workbook/workbook.js'

export interface FoundProfile {
  /** Absolute. */
  file: string
  /** What the story knows of it and the file may not: null where there is no story. */
  pid: number | null
  startedAt: string | null
}

export async function findProfiles(
  workbook: Workbook | null,
  names: readonly string[],
  cwd: string,
): Promise<FoundProfile[]> {
  const found: FoundProfile[] = []
  for (const name of names) {
    for (const profile of await findOne(workbook, name, cwd)) {
      if (!found.some(one => one.file === profile.file)) found.push(profile)
    }
  }
  return found
}

async function findOne(workbook: Workbook | null, name: string, cwd: string): Promise<FoundProfile[]> {
  const file = path.resolve(cwd, name)
  if (await isFile(file)) return [await describeFile(workbook, file)]
  const ids = workbook ? await listStoryIds(workbook) : []
  if (workbook && ids.includes(name)) return latestOf(workbook, name)
  if (workbook && path.basename(name) === name) {
    const beside = ids.map(id => path.join(storiesFolder(workbook), id, name))
    const there = await Promise.all(beside.map(isFile))
    const files = beside.filter((_, index) => there[index])
    if (files.length > 1) {
      throw new WhyslowError(`${files.length} stories have a file ${name}.`, {
        next: files.map(one => `Say which: ${path.relative(cwd, one)}`),
      })
    }
    if (files[0]) return [await describeFile(workbook, files[0])]
  }
  throw new WhyslowError(
    `There is no profile “${name}”: no such file here${workbook ? ', no story and no file of a story' : ''}.`,
    {
      next: await suggest(workbook, ids),
    },
  )
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    info => info.isFile(),
    () => false,
  )
}

/** A file that lies beside a story may be in its list. */
async function describeFile(workbook: Workbook | null, file: string): Promise<FoundProfile> {
  const unknown = { file, pid: null, startedAt: null }
  if (!workbook || path.dirname(path.dirname(file)) !== storiesFolder(workbook)) return unknown
  const { frontMatter } = await readStory(workbook, path.basename(path.dirname(file)))
  const listed = frontMatter.profiles.find(one => one.file === path.basename(file))
  return listed ? { file, pid: listed.pid, startedAt: listed.at } : unknown
}

async function latestOf(workbook: Workbook, id: string): Promise<FoundProfile[]> {
  const { frontMatter, file } = await readStory(workbook, id)
  const latest = groupCaptures(frontMatter.profiles).at(-1) ?? []
  if (latest.length === 0) {
    throw new WhyslowError(`The story ${id} has no profile yet.`, {
      next: [`whyslow profile attach PID --story ${id}`],
    })
  }
  return latest.map(one => ({
    file: path.join(path.dirname(file), one.file),
    pid: one.pid,
    startedAt: one.at,
  }))
}

async function suggest(workbook: Workbook | null, ids: readonly string[]): Promise<string[]> {
  if (!workbook) return ['whyslow profile attach PID takes one, and says where it lies.']
  const withProfiles: string[] = []
  for (const id of ids) {
    const files = await readdir(path.join(storiesFolder(workbook), id))
    if (files.some(file => file.endsWith('profile'))) withProfiles.push(id)
  }
  return withProfiles.length === 0
    ? ['No story has a profile yet: whyslow profile attach PID --story ID']
    : [`Stories with profiles: ${withProfiles.join(', ')}`]
}
