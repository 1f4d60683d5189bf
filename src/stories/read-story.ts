import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { readTextFile } from '../workbook/read-text.js'
import { type Workbook, workbookPaths } from '../workbook/workbook.js'
import { yamlProblem } from '../workbook/yaml-file.js'
import { findClosest } from '../workbook/yaml-problems.js'
import { parseFrontMatter, splitStory } from './front-matter.js'
import { STORY_ID, type StoryFrontMatter } from './schema.js'

export interface Story {
  id: string
  /** Absolute path of its `story.md`. */
  file: string
  /** How messages name that file. */
  shown: string
  frontMatter: StoryFrontMatter
  /** The Markdown behind the front matter. */
  body: string
  /** The whole file. */
  text: string
}

/** Where stories are: a workbook, or the path of its folder. */
export type StoryPlace = Pick<Workbook, 'paths' | 'show'> | string

export function storiesFolder(place: StoryPlace): string {
  return typeof place === 'string' ? workbookPaths(place).stories : place.paths.stories
}

/** Path of a story's `story.md`, whether it is there or not. */
export function storyFile(place: StoryPlace, id: string): string {
  return join(storiesFolder(place), id, 'story.md')
}

/** One story. Throws when its id is unknown (naming the closest ones), or with every mistake in its front matter. */
export async function readStory(place: StoryPlace, id: string): Promise<Story> {
  const ids = await listStoryIds(place)
  if (!ids.includes(id)) throw unknownStory(id, ids)
  return readListedStory(place, id)
}

/** One of `listStoryIds`: reading them all so costs no look at the folder for each. */
export function readListedStory(place: StoryPlace, id: string): Promise<Story> {
  const file = storyFile(place, id)
  return readStoryFile(file, typeof place === 'string' ? file : place.show(file))
}

export async function readStoryFile(file: string, shown = file): Promise<Story> {
  const text = await readTextFile(file, shown)
  const parts = splitStory(text, shown)
  const frontMatter = parseFrontMatter(parts, shown)
  const folder = basename(dirname(file))
  if (frontMatter.id !== folder) {
    const message = `expected the name of the story's folder, “${folder}”, found “${frontMatter.id}”`
    throw yamlProblem(parts.yaml, ['id'], message, { file: shown, linesBefore: 1 })
  }
  return { id: frontMatter.id, file, shown, frontMatter, body: parts.body, text }
}

/** All stories by id. One that can't be read doesn't hide the others: it is a problem beside them. */
export async function listStories(
  place: StoryPlace,
): Promise<{ stories: Story[]; problems: WhyslowError[] }> {
  const stories: Story[] = []
  const problems: WhyslowError[] = []
  for (const id of await listStoryIds(place)) {
    try {
      stories.push(await readListedStory(place, id))
    } catch (error) {
      if (!(error instanceof WhyslowError)) throw error
      problems.push(error)
    }
  }
  return { stories, problems }
}

/** Names of the folders with a `story.md`, sorted. */
export async function listStoryIds(place: StoryPlace): Promise<string[]> {
  const folder = storiesFolder(place)
  const entries = await readdir(folder, { withFileTypes: true }).catch(error => {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  })
  const ids: string[] = []
  for (const entry of entries) {
    if (entry.name.startsWith('.') || !(entry.isDirectory() || entry.isSymbolicLink())) continue
    const files = await readdir(join(folder, entry.name)).catch((): string[] => [])
    if (files.includes('story.md')) ids.push(entry.name)
  }
  return ids.sort()
}

const SUGGESTED = 3

function unknownStory(id: string, ids: string[]): WhyslowError {
  const wanted = id.toLowerCase()
  const closest = findClosest(wanted, ids)
  const close = ids.filter(one => one !== closest && STORY_ID.test(wanted) && one.includes(wanted))
  const suggested = [...(closest === undefined ? [] : [closest]), ...close].slice(0, SUGGESTED)
  const didYouMean = suggested.length > 0 ? ` Did you mean ${suggested.join(' or ')}?` : ''
  const none = ids.length === 0
  return new WhyslowError(`There is no story “${id}”${none ? ': there are none yet' : ''}.${didYouMean}`, {
    next: none ? ['whyslow triage', 'whyslow story new'] : ['whyslow story list'],
  })
}
