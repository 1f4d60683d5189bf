/** Any profile file → `Profile`s, by its content. */
import { WhyslowError } from '../errors.js'
import type { Warning } from '../warnings.js'
import type { PackageVersions } from './find-versions.js'
import { FORMATS, type ProfileFormat, type ProfileInput } from './formats/index.js'
import { groupByName } from './groups.js'
import type { ReadText } from './local-files.js'
import { locateProfile } from './locate-profile.js'
import { openProfile } from './open-profile.js'
import type { Profile } from './profile.js'

export interface ReadProfiles {
  format: string
  profiles: Profile[]
  /** Of the packages in it, as they are installed here; empty without `readFile`. */
  versions: PackageVersions
  warnings: Warning[]
}

export interface ReadOptions {
  /**
   * The way to the programs, source maps and packages that the paths name; see `readLocalFiles`. Without it functions stay
   * where they were compiled to, and packages have the versions only that were kept in the file.
   */
  readFile?: ReadText
}

/** Gzip is opened. Throws a `WhyslowError` for what no format knows, and for what is broken. */
export async function readProfiles(file: string, { readFile }: ReadOptions = {}): Promise<ReadProfiles> {
  const input = await openProfile(file)
  const format = detectFormat(input)
  const warnings: Warning[] = []
  const found = await format.read(input, warning => warnings.push(warning))
  if (found.length === 0) throw new WhyslowError('The file holds no profile.', { place: { file } })
  const profiles: Profile[] = []
  const versions: PackageVersions = {}
  for (const profile of found.map(groupByName)) {
    const located = readFile
      ? await locateProfile(profile, readFile)
      : { profile, warnings: [], versions: {} }
    profiles.push(located.profile)
    // Threads of one program have the same files.
    for (const warning of located.warnings)
      if (!warnings.some(({ message }) => message === warning.message)) warnings.push(warning)
    Object.assign(versions, located.versions)
  }
  return { format: format.name, profiles, versions, warnings }
}

function detectFormat(input: ProfileInput): ProfileFormat {
  const format = FORMATS.find(one => one.detect(input))
  if (format) return format
  const known = RELATIVES.find(({ detect }) => detect(input.head))
  throw new WhyslowError(known ? known.what : 'No profile format fits this file.', {
    place: { file: input.file },
    next: known
      ? [known.next]
      : [`It may be one of: ${FORMATS.map(one => `${one.name} (${one.extension})`).join(', ')}`],
  })
}

/** What people take for a profile, with what makes one of it. */
const RELATIVES: { detect: (head: Buffer) => boolean; what: string; next: string }[] = [
  {
    detect: head => head.length === 0,
    what: 'The file is empty.',
    next: 'A tool that was stopped may have written nothing: take the profile again.',
  },
  {
    detect: head => head.toString('latin1', 0, 8) === 'PERFILE2',
    what: 'This is the recording of perf, and only the perf that made it can read its symbols.',
    next: 'perf script -i FILE > FILE.perf',
  },
  {
    detect: head => head.toString('latin1', 0, 4) === 'FLR\0',
    what: 'This is a recording of Java Flight Recorder.',
    next: "async-profiler's jfrconv writes collapsed stacks: jfrconv -o collapsed FILE OUT",
  },
  {
    detect: head => /^\s*\{\s*"snapshot"\s*:/.test(head.toString('utf8')),
    what: 'This is a heap snapshot: it holds the objects that are alive, and not where they were allocated.',
    next: 'For that, take a heap profile: node --heap-prof',
  },
  {
    detect: head => /^\s*(?:\{[\s\S]*?"traceEvents"\s*:|\[\s*\{[\s\S]*?"ph"\s*:)/.test(head.toString('utf8')),
    what: "This is a trace of Chrome's format, not a profile.",
    next: 'Take a CPU profile instead: .cpuprofile',
  },
]
