/** Any profile file → `Profile`s, by its content. */
import { open, readFile, stat } from 'node:fs/promises'
import { WhyslowError } from '../errors.js'
import { FORMATS, type ProfileFormat, type ProfileInput } from './formats/index.js'
import type { Profile } from './profile.js'

export interface ReadProfiles {
  format: string
  profiles: Profile[]
}

/** Throws a `WhyslowError` for what no format knows. */
export async function readProfiles(file: string): Promise<ReadProfiles> {
  const input = await openProfile(file)
  const format = detectProfileFormat(input)
  return { format: format.name, profiles: await format.read(input) }
}

function detectProfileFormat(input: ProfileInput): ProfileFormat {
  const format = FORMATS.find(one => one.detect(input))
  if (format) return format
  throw new WhyslowError('No profile format fits this file.', {
    place: { file: input.file },
    next: [`It may be one of: ${FORMATS.map(one => `${one.name} (${one.extension})`).join(', ')}`],
  })
}

async function openProfile(file: string): Promise<ProfileInput> {
  const { size } = await stat(file)
  const handle = await open(file, 'r')
  const head = Buffer.alloc(Math.min(size, 1 << 16))
  await handle.read(head, 0, head.length, 0)
  await handle.close()
  return {
    file,
    size,
    head,
    text: () => readFile(file, 'utf8'),
    bytes: () => readFile(file),
    async *lines() {
      const source = await open(file, 'r')
      yield* source.readLines()
    },
  }
}
