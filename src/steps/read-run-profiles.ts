/** What a tool wrote as profiles: of when, how long, how many samples. */
import { WhyslowError } from '../errors.js'
import type { PackageVersions } from '../profilers/find-versions.js'
import type { ReadText } from '../profilers/local-files.js'
import { mergeProfiles } from '../profilers/merge-profiles.js'
import type { Profile } from '../profilers/profile.js'
import { type ReadProfiles, readProfiles } from '../profilers/read-profiles.js'
import type { ToolRun } from '../profilers/tools/run-tool.js'
import type { ProfileFile, Tool } from '../profilers/tools/tool.js'
import type { Warning } from '../warnings.js'

export interface RunProfile {
  file: string
  tool: string
  kind: ProfileFile['kind']
  pid: number | null
  startedAt: string
  duration_ms: number
  samples: number
  interval_us: number | null
  versions: PackageVersions
}

export interface ReadRun {
  /** One a file. */
  profiles: RunProfile[]
  /** All threads and processes as one; of several units those of the first. Null without any. */
  merged: Profile | null
  warnings: Warning[]
}

/** A file that can't be read is kept, and said. `readFile` is the way to source maps and packages. */
export async function readRunProfiles(
  files: readonly ProfileFile[],
  tool: Tool,
  run: ToolRun,
  readFile: ReadText,
): Promise<ReadRun> {
  const warnings: Warning[] = []
  const shown: RunProfile[] = []
  const all: Profile[] = []
  for (const { file, kind, extension } of files) {
    const read = await readOrWarn(file, readFile, warnings)
    const [first] = read?.profiles ?? []
    if (!read || !first) continue
    all.push(...read.profiles)
    shown.push({
      file,
      tool: tool.name,
      kind,
      pid: first.pid ?? (run.finished.pid || null),
      startedAt: first.startedAt ?? run.startedAt,
      duration_ms: first.duration_ms || run.duration_ms,
      samples: read.profiles.reduce((sum, one) => sum + one.samples, 0),
      interval_us: first.interval_us,
      versions: V8_FILES.includes(extension) ? read.versions : {},
    })
  }
  const merged = all[0] ? mergeProfiles(all.filter(({ unit }) => unit === all[0]!.unit)) : null
  return { profiles: shown, merged, warnings }
}

/** Those that keep the versions of packages. */
const V8_FILES = ['.cpuprofile', '.heapprofile']

async function readOrWarn(
  file: string,
  readFile: ReadText,
  warnings: Warning[],
): Promise<ReadProfiles | null> {
  try {
    const read = await readProfiles(file, { readFile })
    warnings.push(...read.warnings)
    return read
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    warnings.push({
      code: 'profile-unreadable',
      message: `${file} is kept, but could not be read as a profile: ${error.message}`,
    })
    return null
  }
}
