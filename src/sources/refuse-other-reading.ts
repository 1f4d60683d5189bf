/** The same content is imported once. Who asks for it in another format or unit is told how it was read, and how to have it read anew. */
import { WhyslowError } from '../errors.js'
import type { Source } from '../store/catalog.js'
import { piecesOf } from '../store/overlaps.js'
import type { ImportOptions } from './import-file.js'
import type { Layout } from './layout.js'

/** Content that is there, but not as it was asked for. */
export class ReadOtherwise extends WhyslowError {
  constructor(was: string, asked: string, ids: readonly string[]) {
    super(`It was imported before, read ${was}, and not ${asked}: nothing was done.`, {
      next: [`Take it out, then import it again: whyslow sources remove ${ids.join(' ')}`],
    })
  }
}

/** Throws where what was asked for, on the command line or by the workbook's log formats, isn't how the source was read. */
export function refuseOtherReading(source: Source, layout: Layout, options: ImportOptions): void {
  const difference = findOtherFormat(source, layout, options) ?? findOtherUnit(source, options)
  if (difference === null) return
  const ids = piecesOf(options.known ?? [], source).map(({ id }) => id)
  throw new ReadOtherwise(difference.was, difference.asked, ids)
}

interface Difference {
  was: string
  asked: string
}

/** Sources from before it was kept are known by the format's name alone. */
function findOtherFormat(
  { format, reading }: Source,
  layout: Layout,
  { as }: ImportOptions,
): Difference | null {
  const { logFormat = null } = layout
  if (as === undefined && logFormat === null) return null
  const was = reading?.logFormat ?? null
  const isSame =
    was !== null && logFormat !== null
      ? was === logFormat
      : format === layout.format && (reading === undefined || was === logFormat)
  return isSame ? null : { was: nameFormat(format, was), asked: nameFormat(layout.format, logFormat) }
}

function nameFormat(format: string, logFormat: string | null): string {
  return `as ${format}${logFormat === null ? '' : ` (${logFormat})`}`
}

function findOtherUnit({ reading }: Source, { unit }: ImportOptions): Difference | null {
  if (unit === undefined || reading === undefined || reading.unit === unit) return null
  return {
    was: reading.unit === null ? 'without --unit' : `with --unit ${reading.unit}`,
    asked: `with --unit ${unit}`,
  }
}
