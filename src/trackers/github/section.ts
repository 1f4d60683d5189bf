/**
 * The part of an issue's body that is whyslow's. Two HTML comments hold it, and the first has the hash of what whyslow wrote, so that a
 * change by a person is seen. All around is people's, and no byte of it changes.
 */
import { createHash } from 'node:crypto'

export type Section =
  | { kind: 'none' }
  | { kind: 'whole'; start: number; end: number; text: string; isEdited: boolean }
  /** `how`: follows “the marks of whyslow's part are damaged: ”. */
  | { kind: 'damaged'; how: string }

interface Mark {
  name: 'begin' | 'end'
  hash: string | null
  start: number
  end: number
}

const MARK = /<!--[ \t]*whyslow:(begin|end)[ \t]+story=([a-z0-9-]+)(?:[ \t]+hash=([0-9a-f]+))?[ \t]*-->/g
/** Also one that has lost something. */
const ANY_MARK = /<!--\s*whyslow:(?:begin|end)\b[^\n>]*(?:-->|>)?/g

/** The web editor makes CRLF of all line ends. */
export function normalise(text: string): string {
  return text.replace(/\r\n?/g, '\n').trim()
}

/** Whether the body is of this story. */
export function holdsStory(body: string, story: string): boolean {
  return findMarks(body, story).length > 0
}

export function readSection(body: string, story: string): Section {
  const marks = findMarks(body, story)
  const broken = findBroken(body)
  const [begin, end] = marks
  if (marks.length === 0 && broken.length === 0) return { kind: 'none' }
  if (broken.length > 0) return { kind: 'damaged', how: 'a mark is not as it was written' }
  if (marks.length === 2 && begin!.name === 'begin' && end!.name === 'end' && begin!.hash !== null) {
    const text = normalise(body.slice(begin!.end, end!.start))
    return {
      kind: 'whole',
      start: begin!.start,
      end: end!.end,
      text,
      isEdited: hashOf(text) !== begin!.hash,
    }
  }
  return { kind: 'damaged', how: describeMarks(marks) }
}

function describeMarks(marks: readonly Mark[]): string {
  const begins = marks.filter(({ name }) => name === 'begin').length
  const ends = marks.length - begins
  if (begins === 0) return 'the first is missing'
  if (ends === 0) return 'the last is missing'
  if (begins > 1 || ends > 1) return `there are ${begins} first and ${ends} last ones`
  return marks[0]!.name === 'end' ? 'the last is before the first' : 'the first has lost its hash'
}

export function writeSection(story: string, text: string): string {
  const inner = normalise(text)
  return `<!-- whyslow:begin story=${story} hash=${hashOf(inner)} -->\n\n${inner}\n\n<!-- whyslow:end story=${story} -->`
}

/** What a section takes beside its text, in characters. */
export function marksLength(story: string): number {
  return writeSection(story, '').length
}

export function replaceSection(
  body: string,
  { start, end }: { start: number; end: number },
  section: string,
): string {
  return body.slice(0, start) + section + body.slice(end)
}

export function appendSection(body: string, section: string): string {
  if (body.trim() === '') return body + section
  return `${body}${/\n\r?\n$/.test(body) ? '' : body.endsWith('\n') ? '\n' : '\n\n'}${section}`
}

/**
 * A body without what is clearly whyslow's: marks, and text that has the hash of the mark before it. `at`: where the first of that was;
 * null: there was none.
 */
export function removeRemains(body: string, story: string): { body: string; at: number | null } {
  const marks = [...findMarks(body, story), ...findBroken(body)].sort((a, b) => a.start - b.start)
  const gone = marks.map((mark, i) => {
    const limit = marks[i + 1]?.start ?? body.length
    return { start: mark.start, end: findOwnEnd(body, mark, limit) }
  })
  const kept = gone.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), body)
  return { body: kept, at: gone[0]?.start ?? null }
}

/** Behind the text that whyslow wrote after a mark, if it is still there to a letter. */
function findOwnEnd(body: string, { hash, end }: Mark, limit: number): number {
  if (hash === null) return end
  const after = body.slice(end, limit)
  if (hashOf(normalise(after)) === hash) return limit
  for (const { index } of [...after.matchAll(/\n(?=\r?\n|$)/g)].reverse())
    if (hashOf(normalise(after.slice(0, index))) === hash) return end + index
  return end
}

function findMarks(body: string, story: string): Mark[] {
  return [...body.matchAll(MARK)]
    .filter(match => match[2] === story)
    .map(({ 0: text, 1: name, 3: hash, index }) => ({
      name: name as Mark['name'],
      hash: hash ?? null,
      start: index,
      end: index + text.length,
    }))
}

/** Whose they are nobody knows. */
function findBroken(body: string): Mark[] {
  const whole = new Set([...body.matchAll(MARK)].map(({ index }) => index))
  return [...body.matchAll(ANY_MARK)]
    .filter(({ index }) => !whole.has(index))
    .map(({ 0: text, index }) => ({ name: 'end', hash: null, start: index, end: index + text.length }))
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
