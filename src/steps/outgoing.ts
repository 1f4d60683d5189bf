/**
 * The one gate to a tracker: whatever leaves passes here, text and files alike.
 *
 * Twice: first what goes into a rendering (`story`, `text`, `profile`), since what was escaped, cut or drawn is not recognised any more;
 * then, in `seal`, everything that came out, whoever made it. A file that can't be redacted doesn't leave.
 */
import { WhyslowError } from '../errors.js'
import { mergeProfiles } from '../profilers/merge-profiles.js'
import type { Frame, Profile } from '../profilers/profile.js'
import { type RedactRules, redactText } from '../redact.js'
import { escapeTerminal } from '../reports/escape.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import type { OutgoingFile, OutgoingTicket } from '../trackers/tracker.js'
import { type Found, redactStory, sumFound } from './redaction.js'

/** A file before the gate; its text is as it was made. */
export interface DraftFile {
  /** What it is, in a few words: `response times`. */
  name: string
  extension: 'svg' | 'md' | 'speedscope.json'
  text: string
}

export type DraftTicket = Omit<OutgoingTicket, 'files'> & { files: readonly DraftFile[] }

export interface NamedStory {
  id: string
  title: string
}

export interface Gate {
  text: (text: string) => string
  story: (story: StoryFrontMatter) => StoryFrontMatter
  /** Names, paths and what else its tool wrote; `home` is the home folder here. Functions that are the same then are one. */
  profile: (profile: Profile, home: string) => Profile
  /** The story's id as it may be shown: that of the story, where nothing in it is hidden. */
  storyId: (id: string) => string
  /** Whether the text stays as it is. */
  passes: (text: string) => boolean
  seal: (draft: DraftTicket) => OutgoingTicket
  /** What was taken out so far. */
  found: () => Found[]
}

/** `stories`: all of the workbook. Their ids came from their titles, and any text may name one. */
export function openGate(rules: RedactRules, stories: readonly NamedStory[] = []): Gate {
  const found: Found[] = []
  const ids = new Map(stories.map(story => [story.id, hideInId(story, rules)]))
  const hiddenIds = [...ids].filter(([id, shown]) => id !== shown)
  const hide = (text: string) => {
    const redacted = redactText(hideIds(text, hiddenIds), rules)
    found.push(...redacted.found)
    return redacted.text
  }
  const storyId = (id: string) => ids.get(id) ?? hideInId({ id, title: '' }, rules)
  const known = new Map<string, string>()
  const hideOnce = (text: string) => {
    const hidden = known.get(text) ?? hide(text)
    known.set(text, hidden)
    return hidden
  }
  return {
    text: hide,
    story: story => {
      const redacted = redactStory(story, rules)
      found.push(...redacted.found)
      return redacted.story
    },
    profile: (profile, home) => hideInProfile(profile, text => hideOnce(hideFolder(text, home))),
    storyId,
    passes: text => redactText(hideIds(text, hiddenIds), rules).text === text,
    seal: ({ story, title, markdown, files, numbers, parent }) => ({
      story: storyId(story),
      title: escapeTerminal(hide(title).replace(/\s+/g, ' ').trim()),
      markdown: hide(markdown),
      files: numberNames(files.map(file => sealFile(file, hideOnce))),
      numbers: hideFew(numbers, rules.k),
      parent,
    }),
    found: () => sumFound(found),
  }
}

/** `/home/jo` isn't part of `/home/joan`. */
function hideFolder(text: string, home: string): string {
  const parts = home.length > 1 ? text.split(home) : [text]
  return parts.reduce((done, part) => done + (/^[\w.-]/.test(part) ? home : '~') + part)
}

function hideInProfile(profile: Profile, hide: (text: string) => string): Profile {
  const orNull = (text: string | null) => (text === null ? null : hide(text))
  const hideFrame = ({ function: name, file, group, ...rest }: Frame): Frame => ({
    ...rest,
    function: hide(name),
    file: orNull(file),
    ...(group === undefined ? {} : { group: hide(group) }),
  })
  const indexOf = new Map<string, number>()
  const frames: Frame[] = []
  const frameOf = profile.frames.map(frame => {
    const hidden = hideFrame(frame)
    const key = JSON.stringify({ ...hidden, group: undefined })
    const index = indexOf.get(key) ?? frames.push(hidden) - 1
    indexOf.set(key, index)
    return index
  })
  const { name, tool, toolVersion, order: _, ...rest } = profile
  const stacks = profile.stacks.map(node => ({ ...node, frame: frameOf[node.frame]! }))
  const about = { name: orNull(name), tool: hide(tool), toolVersion: orNull(toolVersion) }
  return mergeProfiles([{ ...rest, ...about, frames, stacks }])
}

/** Of the same letters as an id: what is hidden in its title has become words of it, in which nobody knows an address again. */
function hideInId({ id, title }: NamedStory, rules: RedactRules): string {
  const hide = (text: string) => redactText(text, rules).text
  const kept = new Set(readWords(hide(title)))
  const gone = new Set(readWords(title).filter(word => !kept.has(word)))
  const hidden = hide(id)
  const words = readWords(hidden).map(word => (gone.has(word) ? 'x' : word))
  const isSame = hidden === id && !words.includes('x')
  return isSame ? id : words.filter((word, i) => word !== 'x' || words[i - 1] !== 'x').join('-')
}

/** As an id has them; see `makeStoryId`. */
function readWords(text: string): string[] {
  const plain = text
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/[\u0300-\u036f'’]/g, '')
  return plain.toLowerCase().match(/[a-z0-9]+/g) ?? []
}

function hideIds(text: string, ids: readonly (readonly [string, string])[]): string {
  return ids.reduce(
    (done, [id, shown]) => done.replace(new RegExp(`(?<![\\w-])${id}(?![\\w-])`, 'g'), shown),
    text,
  )
}

const TYPES = {
  svg: { type: 'image/svg+xml', hide: hideInSvg },
  md: { type: 'text/markdown', hide: (text: string, hide: (text: string) => string) => hide(text) },
  'speedscope.json': { type: 'application/json', hide: hideInJson },
}

function sealFile({ name, extension, text }: DraftFile, hide: (text: string) => string): OutgoingFile {
  const format = TYPES[extension]
  if (!format)
    throw new WhyslowError(`A file of the kind .${extension} can't be redacted, so it doesn't leave.`)
  const bytes = new Uint8Array(Buffer.from(format.hide(text, hide)))
  const stem = hide(name)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
  return { name: `${stem.slice(0, 80) || 'file'}.${extension}`, type: format.type, bytes }
}

/** `orders.svg`, `orders-2.svg`: where what told them apart was taken out. */
function numberNames(files: OutgoingFile[]): OutgoingFile[] {
  const taken = new Map<string, number>()
  return files.map(file => {
    const count = (taken.get(file.name) ?? 0) + 1
    taken.set(file.name, count)
    return count === 1 ? file : { ...file, name: file.name.replace('.', `-${count}.`) }
  })
}

/** Between its tags: figures in attributes are places, and no text of anybody. */
function hideInSvg(svg: string, hide: (text: string) => string): string {
  return svg.replace(
    /(<(?:text|title|desc)\b[^>]*>)([^<]*)/g,
    (_, tag: string, text: string) => tag + hide(text),
  )
}

/** What stands under other keys is of the format. */
const NAMES = ['name', 'file', 'exporter']

function hideInJson(json: string, hide: (text: string) => string): string {
  return JSON.stringify(
    JSON.parse(json, (key, value) =>
      typeof value === 'string' && NAMES.includes(key) ? hide(value) : value,
    ),
  )
}

/** A number of customers below k stays here. What they pay is hidden with it. */
function hideFew(numbers: OutgoingTicket['numbers'], k: number): OutgoingTicket['numbers'] {
  const { customers } = numbers
  const isFew = customers !== null && customers > 0 && customers < k
  return isFew ? { ...numbers, customers: null, revenue: null } : numbers
}
