/** Which format a file has, told from its content. */
import { WhyslowError } from '../errors.js'
import { FORMATS } from './formats/index.js'
import { type Entry, type Format, fitFields, type Layout, type LayoutOptions, type Sample } from './layout.js'
import type { Input } from './open-input.js'
import { readAt } from './scan-file.js'

const HEAD_BYTES = 1 << 20
const FURTHER_PLACES = 12
const PLACE_BYTES = 64 << 10

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
  return { name, head, lines }
}

function wholeLines(text: string, fromStart: boolean, toEnd: boolean): string[] {
  const lines = text.split(/\r?\n/)
  return lines.slice(fromStart ? 0 : 1, toEnd ? undefined : -1).filter(line => line !== '')
}

/** The layout that reads most of the sample; throws with the two best guesses when none reads half of it. */
export function detectFormat(sample: Sample, options: LayoutOptions & { as?: string | undefined }): Layout {
  if (sample.head.trim() === '')
    throw new WhyslowError('The file is empty.', { place: { file: sample.name } })
  if (options.as !== undefined) return useFormat(options.as, sample, options)
  const guesses = FORMATS.map(format => {
    const layout = format.layout(sample, options)
    return { format, layout, share: layout ? readableShare(layout, sample) : 0 }
  }).sort((a, b) => b.share - a.share)
  const [best] = guesses
  if (best?.layout && best.share >= 0.5) return usable(best.layout)
  throw unknownFormat(sample, guesses)
}

function unknownFormat(sample: Sample, guesses: { format: Format; share: number }[]): WhyslowError {
  const isBinary = sample.head.includes('\0')
  const best = guesses.slice(0, 2).map(({ format, share }) => {
    const lines = share === 0 ? 'none' : `${Math.round(share * 100)}%`
    return `--as ${format.name} reads ${lines} of the lines looked at (${format.title})`
  })
  return new WhyslowError(
    isBinary ? 'The file is binary.' : 'The format of the file can’t be told from its content.',
    {
      place: { file: sample.name, line: 1 },
      next: [
        ...(isBinary ? [] : best),
        `Formats: ${FORMATS.map(({ name }) => name).join(', ')}`,
        beginning(sample),
      ],
    },
  )
}

function useFormat(name: string, sample: Sample, options: LayoutOptions): Layout {
  const format = FORMATS.find(candidate => candidate.name === name)
  if (!format) {
    throw new WhyslowError(`There is no format “${name}”.`, {
      next: [`Formats: ${FORMATS.map(candidate => `${candidate.name} (${candidate.title})`).join('; ')}`],
    })
  }
  const layout = format.layout(sample, options)
  if (layout) return usable(layout)
  throw new WhyslowError(`The file can't be read as ${format.title}.`, {
    place: { file: sample.name, line: 1 },
    next: [beginning(sample), 'Leave out --as to have the format told'],
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
  return lines.filter(line => isReadable(layout, line)).length / Math.max(lines.length, 1)
}

function isReadable(layout: Layout, line: string): boolean {
  try {
    const split = layout.split(layout.entries === 'ndjson' ? (JSON.parse(line) as Entry) : line)
    return 'skip' in split || ('values' in split && 'values' in fitFields(layout.fields, split.values))
  } catch {
    return false
  }
}
