/** A story's text in its parts: YAML between two lines of `---`, then Markdown that only people edit. */
import { WhyslowError } from '../errors.js'
import { parseYaml, yamlError } from '../workbook/yaml-file.js'
import { type StoryFrontMatter, storySchema } from './schema.js'

export interface StoryParts {
  /** The opening `---` with its line break, and a byte order mark before it. */
  head: string
  yaml: string
  /** From the closing `---` on. */
  tail: string
  /** What follows the closing line. */
  body: string
}

const EXAMPLE = [
  'a story begins like this:',
  '---',
  'id: get-orders-id',
  'title: Orders take seconds to open',
  '---',
]

/** Throws a located error when there is no front matter. `shown` is how it names the file. */
export function splitStory(text: string, shown: string): StoryParts {
  const head = /^\ufeff?---[ \t]*(?:\r?\n|$)/.exec(text)?.[0]
  if (head === undefined) {
    const line = text.replace(/^\ufeff/, '').split(/\r?\n/)[0] ?? ''
    const found =
      text.trim() === '' ? 'an empty file' : line === '' ? 'an empty line' : `“${line.slice(0, 60)}”`
    throw located(shown, `expected front matter: a first line of “---”, found ${found}`)
  }
  const rest = text.slice(head.length)
  const end = /^---[ \t]*(?:\r?\n|$)/m.exec(rest)
  if (!end)
    throw located(shown, 'the front matter that begins here has no end: expected another line of “---”')
  return {
    head,
    yaml: rest.slice(0, end.index),
    tail: rest.slice(end.index),
    body: rest.slice(end.index + end[0].length),
  }
}

function located(shown: string, message: string): WhyslowError {
  const error = yamlError({ file: shown }, [{ line: 1, column: 1, message }])
  return new WhyslowError(error.message, { place: { file: shown, line: 1, column: 1 }, next: EXAMPLE })
}

/** The values of a story's front matter. Throws with every mistake at once, at its line of the file. */
export function parseFrontMatter(parts: StoryParts, shown: string): StoryFrontMatter {
  return parseYaml(parts.yaml, storySchema, { file: shown, linesBefore: 1 })
}
