/** Which format a file has, told from its content. */
import { WhyslowError } from '../errors.js'
import { FORMATS } from './formats/index.js'
import { findMisfit, type Layout, type LayoutOptions, type Sample } from './layout.js'
import type { Input } from './open-input.js'
import { readAt } from './scan-file.js'

const HEAD_BYTES = 1 << 20
const FURTHER_PLACES = 12
const PLACE_BYTES = 64 << 10

/** The first megabyte and pieces from all over the file. */
export async function takeSample(input: Input): Promise<Sample> {
  const bytes = await readAt(input.file, 0, Math.min(HEAD_BYTES, input.size))
  const head = bytes.toString('utf8').replace(/^\ufeff/, '')
  const lines = wholeLines(head, true, input.size <= HEAD_BYTES)
  for (let i = 1; i <= FURTHER_PLACES && input.size > HEAD_BYTES * 2; i += 1) {
    const offset = Math.floor((input.size / (FURTHER_PLACES + 1)) * i)
    const piece = await readAt(input.file, offset, PLACE_BYTES)
    lines.push(...wholeLines(piece.toString('utf8'), false, false))
  }
  return { name: input.name, head, lines }
}

function wholeLines(text: string, fromStart: boolean, toEnd: boolean): string[] {
  const lines = text.split(/\r?\n/)
  return lines.slice(fromStart ? 0 : 1, toEnd ? undefined : -1).filter(line => line !== '')
}

/** The layout that reads most of the sample; throws with the two best guesses when none reads half of it. */
export function detectFormat(sample: Sample, options: LayoutOptions & { as?: string }): Layout {
  if (sample.head.trim() === '') {
    throw new WhyslowError('The file is empty.', { place: { file: sample.name } })
  }
  if (options.as !== undefined) return useFormat(options.as, sample, options)
  const guesses: { layout: Layout; share: number }[] = []
  for (const format of FORMATS) {
    const layout = format.layout(sample, options)
    if (layout) guesses.push({ layout, share: readableShare(layout, sample) })
  }
  guesses.sort((a, b) => b.share - a.share)
  const best = guesses[0]
  if (best && best.share >= 0.5) return best.layout
  throw new WhyslowError(
    sample.head.includes('\0') ? 'The file is binary.' : 'The format of the file can’t be told from its content.',
    {
      place: { file: sample.name, line: 1 },
      next: [
        ...guesses.slice(0, 2).map(guess => {
          const share = Math.round(guess.share * 100)
          return `${guess.layout.format} reads ${share}% of the sampled lines: --as ${guess.layout.format}`
        }),
        `Formats: ${FORMATS.map(format => format.name).join(', ')}`,
        `The file begins: ${JSON.stringify(sample.head.slice(0, 80))}`,
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
  if (!layout) {
    throw new WhyslowError(`The file can't be read as ${format.title}.`, {
      place: { file: sample.name, line: 1 },
      next: [`The file begins: ${JSON.stringify(sample.head.slice(0, 80))}`, 'Leave out --as to have the format told'],
    })
  }
  return layout
}

function readableShare(layout: Layout, sample: Sample): number {
  if (layout.entries === 'csv' || layout.entries === 'json') return 1
  let readable = 0
  for (const line of sample.lines) if (isReadable(layout, line)) readable += 1
  return sample.lines.length === 0 ? 0 : readable / sample.lines.length
}

function isReadable(layout: Layout, line: string): boolean {
  try {
    const split = layout.split(layout.entries === 'ndjson' ? (JSON.parse(line) as Record<string, unknown>) : line)
    return !('reject' in split) && ('skip' in split || findMisfit(layout.fields, split.values) === null)
  } catch {
    return false
  }
}
