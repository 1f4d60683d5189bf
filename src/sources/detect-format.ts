/** Which format a file has, told from its content. */
import { WhyslowError } from '../errors.js'
import { explainColumns } from './explain-columns.js'
import { customFormats, givenFormat } from './formats/custom.js'
import { FORMATS } from './formats/index.js'
import {
  type Entry,
  type Format,
  fitFields,
  type Layout,
  type LayoutOptions,
  type Sample,
  type Unfolded,
} from './layout.js'
import type { Input } from './open-input.js'
import { readAt } from './scan-file.js'

const HEAD_BYTES = 1 << 20
const FURTHER_PLACES = 12
const PLACE_BYTES = 64 << 10
const ENOUGH_LINES = 2500

/** The first megabyte and pieces from all over the file, its end included. */
export async function takeSample({ name, file, size }: Input): Promise<Sample> {
  const bytes = await readAt(file, 0, Math.min(HEAD_BYTES, size))
  const head = bytes.toString('utf8').replace(/^\ufeff/, '')
  const lines = wholeLines(head, true, size <= HEAD_BYTES)
  for (let i = 1; i <= FURTHER_PLACES && size > HEAD_BYTES * 2; i += 1) {
    const offset = Math.floor(((size - PLACE_BYTES) / FURTHER_PLACES) * i)
    const piece = await readAt(file, offset, PLACE_BYTES)
    lines.push(...wholeLines(piece.toString('utf8'), false, i === FURTHER_PLACES))
  }
  return thin({ name, head, lines }, ENOUGH_LINES)
}

function wholeLines(text: string, fromStart: boolean, toEnd: boolean): string[] {
  const lines = text.split(/\r?\n/)
  return lines.slice(fromStart ? 0 : 1, toEnd ? undefined : -1).filter(line => line !== '')
}

/** The layout that reads most of the sample; throws with the two best guesses when none reads half of it. */
export function detectFormat(sample: Sample, options: LayoutOptions & { as?: string | undefined }): Layout {
  if (sample.head.trim() === '')
    throw new WhyslowError('The file is empty.', { place: { file: sample.name } })
  const formats = [...customFormats(options), ...FORMATS]
  if (options.logFormat !== undefined) return useFormat(givenFormat(options.logFormat), sample, options)
  if (options.as !== undefined) return useFormat(findFormat(options.as, formats), sample, options)
  const guesses = rankFormats(formats, thin(sample, FIRST_LOOK), options)
  const likely = guesses.filter(guess => guess.share > 0 && guess.share >= guesses[0]!.share - 0.2)
  const [best] = rankFormats(
    formats.filter(format => likely.some(guess => guess.format === format)),
    sample,
    options,
  )
  if (best?.layout && best.share >= 0.5) return usable(best.layout)
  throw unknownFormat(sample, guesses)
}

interface Guess {
  format: Format
  layout: Layout | null
  /** Part of the sample's lines that it reads. */
  share: number
}

/** Lines that every format is tried on; the few that fit get the whole sample. */
const FIRST_LOOK = 100
const SECOND_LOOK = 1000

function rankFormats(formats: readonly Format[], sample: Sample, options: LayoutOptions): Guess[] {
  const lines = thin(sample, SECOND_LOOK)
  return formats
    .map(format => {
      const layout = format.layout(sample, options)
      return { format, layout, share: layout ? readableShare(layout, lines) : 0 }
    })
    .sort((a, b) => b.share - a.share)
}

/** Fewer lines, from all over the sample. Headers stay: they say what the lines below them are. */
function thin(sample: Sample, most: number): Sample {
  const step = sample.lines.length / most
  if (step <= 1) return sample
  const kept = new Set(Array.from({ length: most }, (_, i) => Math.floor(i * step)))
  return { ...sample, lines: sample.lines.filter((line, i) => kept.has(i) || line.startsWith('#Fields:')) }
}

function unknownFormat(sample: Sample, guesses: Guess[]): WhyslowError {
  const isBinary = sample.head.includes('\0')
  const problem = isBinary ? null : explainColumns(sample)
  if (problem) {
    return new WhyslowError(problem.message, {
      place: { file: sample.name, line: 1 },
      next: [...problem.next, `Or it is of another format: --as FORMAT (${listFormats()})`],
    })
  }
  const best = guesses.slice(0, 2).map(({ format, share }) => {
    const lines = share === 0 ? 'none' : `${Math.round(share * 100)}%`
    return `--as ${format.name} reads ${lines} of the lines looked at (${format.title})`
  })
  return new WhyslowError(
    isBinary ? 'The file is binary.' : 'The format of the file can’t be told from its content.',
    {
      place: { file: sample.name, line: 1 },
      next: [...(isBinary ? [] : best), `Formats: ${listFormats()}`, beginning(sample)],
    },
  )
}

function listFormats(): string {
  return FORMATS.map(({ name }) => name).join(', ')
}

function findFormat(name: string, formats: readonly Format[]): Format {
  const format = formats.find(candidate => candidate.name === name)
  if (format) return format
  throw new WhyslowError(`There is no format “${name}”.`, {
    next: [`Formats: ${formats.map(candidate => `${candidate.name} (${candidate.title})`).join('; ')}`],
  })
}

function useFormat(format: Format, sample: Sample, options: LayoutOptions): Layout {
  const layout = format.layout(sample, options)
  if (layout) return usable(layout)
  const problem = explainColumns(sample, format.name)
  throw new WhyslowError(`The file can't be read as ${format.title}.`, {
    place: { file: sample.name, line: 1 },
    next: [...(problem?.next ?? []), beginning(sample), 'Leave out --as to have the format told'],
  })
}

function usable(layout: Layout): Layout {
  if (layout.refusal) throw layout.refusal
  return layout
}

function beginning({ head }: Sample): string {
  return `The file begins: ${JSON.stringify(head.slice(0, 80).toWellFormed())}`
}

function readableShare(layout: Layout, { lines }: Sample): number {
  if (layout.entries === 'csv' || layout.entries === 'json') return 1
  // Longer than the sample; it is known by its beginning.
  if (lines.length === 0 && layout.longestLine !== undefined) return 1
  return lines.filter(line => isReadable(layout, line)).length / Math.max(lines.length, 1)
}

function isReadable(layout: Layout, line: string): boolean {
  try {
    const entry = layout.entries === 'ndjson' ? (JSON.parse(line) as Entry) : line
    const entries =
      layout.unfold && typeof entry !== 'string' ? layout.unfold(entry) : [{ entry } satisfies Unfolded]
    return entries.some(one => {
      const split = 'entry' in one ? layout.split(one.entry) : one
      return 'skip' in split || ('values' in split && 'values' in fitFields(layout.fields, split.values))
    })
  } catch {
    return false
  }
}
