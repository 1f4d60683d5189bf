/** The same content is imported once. Who asks for it in another format or unit is told how it was read, and how to have it read anew. */
import { WhyslowError } from '../errors.js'
import type { Source } from '../store/catalog.js'
import { piecesOf } from '../store/overlaps.js'
import type { ImportOptions } from './import-file.js'
import type { Layout } from './layout.js'

/** Throws where what was asked for, on the command line or by the workbook's log formats, isn't how the source was read. */
export function refuseOtherReading(
  source: Source,
  layout: Layout,
  { as, logFormat, unit, known = [] }: ImportOptions,
): void {
  const { format, reading } = source
  const isFormatAsked = as !== undefined || layout.logFormat !== undefined
  const was = reading?.logFormat ?? null
  const isOtherFormat =
    was !== null && layout.logFormat !== undefined
      ? was !== layout.logFormat
      : format !== layout.format || (reading !== undefined && was !== (layout.logFormat ?? null))
  const isOtherUnit = unit !== undefined && reading !== undefined && reading.unit !== unit
  if (!(isFormatAsked && isOtherFormat) && !isOtherUnit) return
  const name = (text: string | null | undefined) => (text ? ` (${text})` : '')
  const read = isFormatAsked && isOtherFormat ? `${format}${name(was)}` : describeUnit(reading?.unit)
  const asked =
    isFormatAsked && isOtherFormat
      ? `${layout.format}${name(logFormat ?? layout.logFormat)}`
      : describeUnit(unit)
  const ids = piecesOf(known, source).map(({ id }) => id)
  throw new WhyslowError(`It was imported before, read as ${read}, and not as ${asked}: nothing was done.`, {
    place: { file: source.file },
    next: [`Take it out, then import it again: whyslow sources remove ${ids.join(' ')}`],
  })
}

function describeUnit(unit: string | null | undefined): string {
  return unit ? `--unit ${unit}` : 'its own unit'
}
