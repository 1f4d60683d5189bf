/** A log that has grown since it was imported: read as a whole, its beginning would count twice. */
import { WhyslowError } from '../errors.js'
import type { Source } from '../store/catalog.js'
import { formatCount } from '../units.js'
import type { Layout } from './layout.js'
import type { Input } from './open-input.js'

/** Says which source the input begins with, and the command that imports what comes behind it. */
export function refuseGrown(
  input: Input,
  layout: Layout,
  { file, rows, bytes }: Pick<Source, 'file' | 'rows' | 'bytes'>,
): WhyslowError {
  const name = `'${input.name.replaceAll("'", `'\\''`)}'`
  const isPlain = input.file === input.name
  const read = input.name === '-' ? 'COMMAND' : `gzip -dc ${name}`
  const rest = isPlain ? `tail -c +${bytes + 1} ${name}` : `${read} | tail -c +${bytes + 1}`
  const header = isPlain ? `head -n 1 ${name}` : `${read} | head -n 1`
  const command = layout.entries === 'csv' ? `(${header}; ${rest})` : rest
  return new WhyslowError(
    `This file begins with ${file}, which was imported (${formatCount(rows)} rows, ${bytes} bytes).`,
    { place: { file: input.name }, next: ['Import only the rest:', `${command} | whyslow import -`] },
  )
}
