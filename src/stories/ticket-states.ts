/** What trackers know of a story's ticket, in its front matter. Pure. */
import type { Warning } from '../warnings.js'
import { isOver, type StoryFrontMatter, type TicketState } from './schema.js'

type TrackerKey = 'github' | 'jira'

const NAMES = { github: 'GitHub', jira: 'Jira' } as const

/** The ticket's key: `acme/shop#12`, `PERF-7`. People also paste addresses. Null without one. */
export function readTicketKey(
  { links }: Pick<StoryFrontMatter, 'links'>,
  tracker: TrackerKey,
): string | null {
  const text = links[tracker]?.trim() ?? ''
  if (text === '') return null
  const [, repo, number] = /^https?:\/\/[^/]+\/([^/\s]+\/[^/\s]+)\/issues\/(\d+)/.exec(text) ?? []
  if (tracker === 'github') return number === undefined ? text : `${repo}#${number}`
  return /^https?:\/\/\S+\/browse\/([A-Z][A-Z0-9_]*-\d+)/.exec(text)?.[1] ?? text
}

export interface SeenTicket extends TicketState {
  key: string
  notes: { id: string; at: string; text: string }[]
}

/** What people did with the ticket goes into the story; a comment that is in it already stays as it is there. */
export function fileTicket(
  story: StoryFrontMatter,
  tracker: TrackerKey,
  { key, notes, ...state }: SeenTicket,
): StoryFrontMatter {
  const known = new Set(story.notes.map(note => note.comment))
  const fresh = notes
    .map(({ id, at, text }) => ({ at: isoOrNull(at), text: text.trim(), comment: `${tracker} ${id}` }))
    .filter(note => note.text !== '' && !known.has(note.comment))
  const { links } = story
  const isSame = readTicketKey(story, tracker) === key
  return {
    ...story,
    links: {
      ...links,
      [tracker]: isSame ? links[tracker] : key,
      states: { ...links.states, [tracker]: { ...state, closed: isoOrNull(state.closed) } },
    },
    notes: [...story.notes, ...fresh],
  }
}

function isoOrNull(time: string | null): string | null {
  const ms = Date.parse(time ?? '')
  return Number.isNaN(ms) ? null : new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/** Somebody closed its ticket, and nobody measured whether what was done helped. Null otherwise. */
export function askForOutcome(story: StoryFrontMatter): Warning | null {
  const { id, status, outcome, links } = story
  if (outcome !== null || isOver(status)) return null
  const closed = (['github', 'jira'] as const).find(name => links.states?.[name]?.closed)
  if (closed === undefined) return null
  const day = links.states![closed]!.closed!.slice(0, 10)
  const message = `The ${NAMES[closed]} ticket ${links[closed] ?? ''} of the story ${id} was closed on ${day}, and what the fix did was not measured.`
  return { code: 'outcome-missing', message, next: `whyslow story close ${id} --measure` }
}
