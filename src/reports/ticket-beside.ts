/** The files beside a story in its ticket: named, and linked where they can be read. Items of lists, in Markdown. */
import type { StoryFrontMatter } from '../stories/schema.js'
import { formatCount, formatDuration } from '../units.js'
import { escapeMarkdown, markdownCode, markdownLink } from './markdown.js'
import { sentence } from './ticket-words.js'
import { formatTime } from './times.js'

/** The address of a file beside the story; null where there is none. */
export type LinkOf = (file: string) => string | null

export function describeCaptures(story: StoryFrontMatter, linkOf: LinkOf): string[] {
  return story.profiles.map(({ file, tool, kind, durationMs, samples, at }) => {
    const facts = [
      [tool, kind]
        .filter(part => part !== null)
        .map(escapeMarkdown)
        .join(' '),
      durationMs === null ? '' : formatDuration(durationMs),
      samples === null ? '' : `${formatCount(samples)} samples`,
      at === null ? '' : `${formatTime(at)} UTC`,
    ].filter(fact => fact !== '')
    const flame = linkOf(flameGraphOf(file))
    const drawn = flame === null ? '' : ` (${markdownLink('flame graph', flame)})`
    return `Recording ${nameFile(file, linkOf)}${drawn}${facts.length > 0 ? `: ${facts.join(', ')}` : ''}`
  })
}

/** Captures are filed with one: `orders.cpuprofile` → `orders.svg`. */
function flameGraphOf(file: string): string {
  return file.replace(/(?:\.[A-Za-z]+)+$/, '.svg')
}

/** Pictures and videos. */
export function describeShown(story: StoryFrontMatter, linkOf: LinkOf): string[] {
  return story.attachments.map(({ file, url, note }) => {
    if (url !== null) return markdownLink(note ?? `at ${URL.parse(url)?.host ?? 'another place'}`, url)
    const name = nameFile(file ?? '', linkOf)
    return note === null ? name : `${sentence(note)} ${name}`
  })
}

function nameFile(file: string, linkOf: LinkOf): string {
  const url = linkOf(file)
  return url === null ? `${markdownCode(file)}, beside the story` : markdownLink(file, url)
}
