/** `story set`: one value of the front matter at a time, by the names that people see. Pure. */
import { distance } from 'fastest-levenshtein'
import { WhyslowError } from '../errors.js'
import { parseDuration, parseShare, parseWork } from '../units.js'
import { readEffort } from './effort.js'
import { setStatus } from './reopen-story.js'
import {
  QUESTIONS,
  STATUSES,
  type StoryFix,
  type StoryFrontMatter,
  type StoryQuestion,
  type StoryStatus,
} from './schema.js'
import { spellKind } from './schema-values.js'
import { isoSeconds, nextId } from './timeboxes.js'

const NAMES = [
  'title',
  'status',
  'under',
  'where',
  'effort',
  'confidence',
  'note',
  'jira',
  'github',
  ...QUESTIONS,
]

/** Names whose value may be taken away. */
const CLEARED = ['under', 'effort', 'confidence', 'jira', 'github']

export interface SetContext {
  now: Date
  /** Of the workbook; UTC unless it says otherwise. */
  timezone?: string
  /** Those of effort, in hours. */
  sizes?: Readonly<Record<string, number>>
}

/**
 * `assignment` is `name=value`. A question's answer is a person's from then on; `unknown` takes it back. A status that opens a closed story
 * is the end of its outcome, see `setStatus`.
 */
export function setValue(
  story: StoryFrontMatter,
  assignment: string,
  { now, timezone = 'UTC', sizes = {} }: SetContext,
): StoryFrontMatter {
  const mark = assignment.indexOf('=')
  const name = assignment.slice(0, mark).trim()
  const value = assignment.slice(mark + 1).trim()
  if (mark < 1)
    throw new WhyslowError(`Expected name=value, found “${assignment}”.`, {
      next: [`Names: ${NAMES.join(', ')}`],
    })
  if (!NAMES.includes(name)) throw unknownName(name)
  if (value === '' && !CLEARED.includes(name))
    throw new WhyslowError(`Expected a value behind “${name}=”, found nothing.`)
  if ((QUESTIONS as readonly string[]).includes(name)) return answer(story, name as StoryQuestion, value, now)
  switch (name) {
    case 'title':
      return { ...story, title: value }
    case 'status':
      return setStatus(story, readStatus(value), { now, timezone })
    case 'under':
      return { ...story, under: value === '' ? null : readTarget(value) }
    case 'where':
      return { ...story, scope: { ...story.scope, where: value } }
    case 'effort':
      if (value !== '') readEffort(value, sizes)
      return { ...story, effort: value === '' ? null : value }
    case 'confidence':
      return { ...story, confidence: value === '' ? null : readConfidence(value) }
    case 'note':
      return { ...story, notes: [...story.notes, { at: isoSeconds(now), text: value }] }
    default:
      return { ...story, links: { ...story.links, [name]: value === '' ? null : value } }
  }
}

function answer(story: StoryFrontMatter, name: StoryQuestion, value: string, now: Date): StoryFrontMatter {
  const number = /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value
  const said = { value: number, unit: null, source: 'person' as const, evidence: [], at: isoSeconds(now) }
  return { ...story, questions: { ...story.questions, [name]: value === 'unknown' ? 'unknown' : said } }
}

function readTarget(value: string): string {
  if (parseDuration(value) > 0) return value
  throw new WhyslowError(`Expected a target of more than 0, found “${value}”.`)
}

function readConfidence(value: string): number {
  const share = parseShare(value)
  if (share > 0) return share
  throw new WhyslowError(`Expected a confidence of more than 0 and at most 1, found “${value}”.`)
}

function readStatus(value: string): StoryStatus {
  const status = STATUSES.find(known => known === value)
  if (status) return status
  throw new WhyslowError(`“${value}” is no status.`, { next: [`One of: ${STATUSES.join(', ')}`] })
}

function unknownName(name: string): WhyslowError {
  const closest = NAMES.toSorted((a, b) => distance(a, name) - distance(b, name))[0]
  return new WhyslowError(`There is no “${name}” to set. Did you mean ${closest}=…?`, {
    next: [`Names: ${NAMES.join(', ')}`],
  })
}

/** A person says which support tickets are about this story, and which aren't. */
export function correctTickets(story: StoryFrontMatter, add: string[], remove: string[]): StoryFrontMatter {
  const { matched, added, excluded } = story.tickets
  const join = (known: string[], more: string[], without: string[]) =>
    [...new Set([...known, ...more])].filter(id => !without.includes(id))
  return {
    ...story,
    tickets: {
      matched: join(matched, add, remove),
      added: join(added, add, remove),
      excluded: join(excluded, remove, add),
    },
  }
}

export type NewFix = Pick<StoryFix, 'text'> & Partial<Omit<StoryFix, 'id'>>

/** What was done about it; several fixes may be deployed at different times. */
export function addFix(story: StoryFrontMatter, fix: NewFix): StoryFrontMatter {
  const unsaid = { deployed: null, version: null, kind: null, prediction: null, took: null }
  const said = { ...unsaid, ...fix }
  if (said.prediction !== null) requirePrediction(story, said.prediction)
  if (said.took !== null) parseWork(said.took)
  const kind = said.kind === null ? null : readKind(said.kind)
  return { ...story, fixes: [...story.fixes, { id: nextId('f', story.fixes), ...said, kind }] }
}

/** As it is kept, see `spellKind`. Throws where there is none. */
export function readKind(text: string): string {
  const kind = spellKind(text)
  if (kind === '')
    throw new WhyslowError('Expected the kind of a fix, such as cache, query or index, found nothing.')
  return kind
}

function requirePrediction({ id, predictions }: StoryFrontMatter, wanted: string): void {
  if (predictions.some(prediction => prediction.id === wanted)) return
  const known = predictions.map(prediction => prediction.id)
  throw new WhyslowError(
    known.length === 0
      ? `The story ${id} has no prediction yet.`
      : `The story ${id} has no prediction “${wanted}”.`,
    {
      next: [
        known.length === 0
          ? `Predict what a change would buy: whyslow whatif ${id}`
          : `It has: ${known.join(', ')}`,
      ],
    },
  )
}
