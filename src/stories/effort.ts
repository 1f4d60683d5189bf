/** What a fix would take, in hours of work. Pure. */
import { WhyslowError } from '../errors.js'
import { tQuantile } from '../stats/special-functions.js'
import { formatWork, parseWork } from '../units.js'
import { BY_PERSON, type Estimate, estimateBetween, estimateWithin } from './estimates.js'
import { sinceReopened } from './reopen-story.js'
import type { StoryFrontMatter } from './schema.js'

/** With one or two similar stories nobody knows how much they differ. */
const BY_FEW = 4

/** Two hours to four weeks. */
const UNKNOWN: [number, number] = [2, 160]

/** `3h`, `2d`, `1w`, or one of the sizes → hours. Throws a `WhyslowError` that names what may be said. */
export function readEffort(text: string, sizes: Readonly<Record<string, number>>): number {
  const size = Object.keys(sizes).find(name => name.toLowerCase() === text.trim().toLowerCase())
  if (size !== undefined) return sizes[size]!
  try {
    return parseWork(text)
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    const known = Object.entries(sizes).map(([name, hours]) => `${name} (${formatWork(hours)})`)
    throw new WhyslowError(`Expected an effort such as 3h, 2d or 1w, or a size, found “${text}”.`, {
      next: [`Sizes: ${known.join(', ')}; next: sizes in whyslow.yaml sets them`],
      cause: error,
    })
  }
}

function tryEffort(text: string | null | undefined, sizes: Readonly<Record<string, number>>): number | null {
  if (!text) return null
  try {
    return readEffort(text, sizes)
  } catch (error) {
    if (error instanceof WhyslowError) return null
    throw error
  }
}

export interface EffortContext {
  /** Those that were closed. */
  closed: readonly StoryFrontMatter[]
  sizes: Readonly<Record<string, number>>
}

/** As a person put it, else as the newest timebox found it, else as similar stories that were closed, else next to nothing is known. */
export function estimateEffort(story: StoryFrontMatter, { closed, sizes }: EffortContext): Estimate {
  const said = tryEffort(story.effort, sizes)
  if (said !== null)
    return estimateWithin(
      'person',
      said,
      BY_PERSON,
      `a person’s (${story.effort}); such efforts are off by up to a factor of ${BY_PERSON}`,
    )
  const box = sinceReopened(story).timeboxes.findLast(({ effort }) => tryEffort(effort, sizes) !== null)
  if (box !== undefined)
    return estimateWithin(
      'person',
      tryEffort(box.effort, sizes)!,
      BY_PERSON,
      `of timebox ${box.id} (${box.effort}); such efforts are off by up to a factor of ${BY_PERSON}`,
    )
  return estimateBySimilar(story, { closed, sizes }) ?? estimateBetween(null, UNKNOWN, explainUnknown(story))
}

function explainUnknown({ effort }: StoryFrontMatter): string {
  const unread = effort === null ? '' : ` (“${effort}” can’t be read)`
  return `nobody has said${unread}, and no similar story was closed`
}

function estimateBySimilar(story: StoryFrontMatter, { closed, sizes }: EffortContext): Estimate | null {
  const took = closed.flatMap(other => {
    const hours = sumWork(other, sizes)
    return hours === null || other.id === story.id ? [] : [{ other, hours }]
  })
  const kind = sinceReopened(story).predictions.at(-1)?.kind ?? null
  const alike = [
    {
      of: `of the kind ${kind}`,
      found: took.filter(({ other }) => kind !== null && kindsOf(other).includes(kind)),
    },
    {
      of: `of ${story.route}`,
      found: took.filter(({ other }) => story.route !== null && other.route === story.route),
    },
    { of: '', found: took },
  ].find(({ found }) => found.length > 0)
  if (alike === undefined) return null
  const logs = alike.found.map(({ hours }) => Math.log(hours))
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const source = `as ${logs.length} closed ${logs.length === 1 ? 'story' : 'stories'} ${alike.of}`.trim()
  return estimateWithin('similar', Math.exp(mean), factorOf(logs, mean), source)
}

/** Of the next one like these: Student's prediction interval of logarithms, at least that of a person. */
function factorOf(logs: readonly number[], mean: number): number {
  if (logs.length < 3) return BY_FEW
  const df = logs.length - 1
  const sd = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / df)
  return Math.max(BY_PERSON, Math.exp(tQuantile(0.975, df) * sd * Math.sqrt(1 + 1 / logs.length)))
}

/** What its fixes took, else what it was said to take. */
function sumWork(story: StoryFrontMatter, sizes: Readonly<Record<string, number>>): number | null {
  const took = story.fixes.flatMap(fix => tryEffort(fix.took, sizes) ?? [])
  return took.length > 0 ? took.reduce((sum, hours) => sum + hours, 0) : tryEffort(story.effort, sizes)
}

function kindsOf({ fixes, predictions }: StoryFrontMatter): (string | null)[] {
  return [...fixes, ...predictions].map(({ kind }) => kind)
}
