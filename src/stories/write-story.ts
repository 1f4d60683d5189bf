import { mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { withLock } from '../workbook/lock.js'
import { readTextFile } from '../workbook/read-text.js'
import { spliceYaml } from '../workbook/splice.js'
import { explainWriteError, writeFileAtomic } from '../workbook/write-file.js'
import { diffValues, isMapping, type YamlEdit } from '../workbook/yaml-edits.js'
import { describeIssues } from '../workbook/yaml-problems.js'
import { parseFrontMatter, splitStory } from './front-matter.js'
import {
  listStoryIds,
  readStoryFile,
  type Story,
  type StoryPlace,
  storiesFolder,
  storyFile,
} from './read-story.js'
import { type StoryFrontMatter, type StoryInput, storySchema } from './schema.js'
import { makeStoryId } from './story-id.js'

const TEMPLATE = fileURLToPath(new URL('../../templates/story.md', import.meta.url))
const MOST_TRIES = 20

/** What a change makes of the front matter: all of it, with the parts that it leaves as they are. */
export type StoryChange = (frontMatter: StoryFrontMatter) => StoryInput

/**
 * Changes the front matter of a story. Only values that differ are written: comments, order, quoting, and the Markdown stay.
 * Two commands take turns; when a person saves the file meanwhile, `change` runs again on what they saved, so it must be pure.
 */
export async function updateStory(
  story: Pick<Story, 'file' | 'shown'> | string,
  change: StoryChange,
): Promise<Story> {
  const { file, shown } = typeof story === 'string' ? { file: story, shown: story } : story
  return withLock(lockOf(file), async () => {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const before = await readTextFile(file, shown)
      const after = changeText(before, shown, change)
      if ((await readTextFile(file, shown)) !== before) continue
      if (after !== before) await writeFileAtomic(file, after)
      return readStoryFile(file, shown)
    }
    throw new WhyslowError(`${shown} keeps changing while it is written. Nothing was written.`, {
      place: { file: shown },
    })
  })
}

/** Beside the data, never in a story's folder: that one is committed. */
function lockOf(file: string): string {
  const folder = dirname(file)
  return join(dirname(dirname(folder)), '.whyslow', `story-${basename(folder)}.lock`)
}

/** The text of a story after a change. Throws when the new front matter doesn't fit the schema; nothing is lost then. */
function changeText(text: string, shown: string, change: StoryChange): string {
  const parts = splitStory(text, shown)
  const before = parseFrontMatter(parts, shown)
  const after = checkFrontMatter(change(structuredClone(before)), shown)
  const edits = diffValues(before, after).map(leaveOutEmpty)
  if (edits.length === 0) return text
  const spliced = spliceYaml(parts.yaml, edits, { file: shown })
  const eol = parts.head.endsWith('\r\n') ? '\r\n' : '\n'
  const yaml = spliced === '' || spliced.endsWith('\n') ? spliced : spliced + eol
  const written = parts.head + yaml + parts.tail
  if (!isDeepStrictEqual(parseFrontMatter(splitStory(written, shown), shown), after)) {
    throw new WhyslowError(
      `Could not change ${shown} without changing something else. Nothing was written.`,
      {
        place: { file: shown },
      },
    )
  }
  return written
}

function checkFrontMatter(value: StoryInput, shown: string): StoryFrontMatter {
  const result = storySchema.safeParse(value)
  if (result.success) return result.data
  const problems = describeIssues(result.error.issues, storySchema, value).map(
    ({ path, key, message }) => `  ${[...path, ...(key === undefined ? [] : [key])].join('.')}: ${message}`,
  )
  throw new WhyslowError(`This would not be a valid story, so nothing was written:\n${problems.join('\n')}`, {
    place: { file: shown },
  })
}

/** New mappings are written without the keys that have nothing to say: they read the same. */
function leaveOutEmpty(edit: YamlEdit): YamlEdit {
  if ('value' in edit) return { path: edit.path, value: withoutEmpty(edit.value) }
  return 'insert' in edit ? { ...edit, insert: edit.insert.map(withoutEmpty) } : edit
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (!isMapping(value)) return value
  const isEmpty = (inner: unknown) => inner === null || (Array.isArray(inner) && inner.length === 0)
  const kept = Object.entries(value).filter(([, inner]) => !isEmpty(inner))
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutEmpty(inner)]))
}

/** A new story: its id comes from `id`, else from the route, else from the title. */
export type NewStory = Omit<StoryInput, 'id'> & { id?: string }

/** Makes a folder of its own with a commented `story.md`. Never touches one that is there: its id gets a number then. */
export async function createStory(place: StoryPlace, values: NewStory): Promise<Story> {
  const template = await readTextFile(TEMPLATE)
  const taken = new Set(await listStoryIds(place))
  const shown = (file: string) => (typeof place === 'string' ? file : place.show(file))
  await mkdir(storiesFolder(place), { recursive: true }).catch(error => {
    throw explainWriteError(storiesFolder(place), error)
  })
  for (;;) {
    const id = makeStoryId(values.id ?? values.route ?? values.title, taken)
    const file = storyFile(place, id)
    if (!(await makeFolder(dirname(file)))) {
      taken.add(id)
      continue
    }
    try {
      const text = changeText(template, shown(file), start => ({ ...start, ...toGiven(values), id }))
      await writeFileAtomic(file, text)
      return await readStoryFile(file, shown(file))
    } catch (error) {
      await rm(dirname(file), { recursive: true, force: true })
      throw error
    }
  }
}

function toGiven(values: NewStory): Partial<StoryInput> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw explainWriteError(folder, error)
  }
}
