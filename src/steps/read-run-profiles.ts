/** What a tool wrote as profiles: how long, how many samples, and where the time or the memory went. */
import { WhyslowError } from '../errors.js'
import type { PackageVersions } from '../profilers/find-versions.js'
import { type HotFunction, hottestFunctions } from '../profilers/hottest.js'
import type { ReadText } from '../profilers/local-files.js'
import { mergeProfiles } from '../profilers/merge-profiles.js'
import type { Profile } from '../profilers/profile.js'
import { type ReadProfiles, readProfiles } from '../profilers/read-profiles.js'
import type { ToolRun } from '../profilers/tools/run-tool.js'
import type { ProfileFile, Tool } from '../profilers/tools/tool.js'
import type { Warning } from '../warnings.js'

interface NamedFunction {
  function: string
  file: string | null
  line: number | null
  group: string
}

/** Self and total in the unit of the profile. */
export type RunFunction = NamedFunction &
  (
    | { self_ms: number; total_ms: number }
    | { self_bytes: number; total_bytes: number }
    | { self_samples: number; total_samples: number }
  )

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
  /** Of all of them together, threads and processes. */
  hottest: RunFunction[]
  /** Of a CPU profile in milliseconds; else null. */
  idle_ms: number | null
  active_ms: number | null
  /** Of a heap profile; else null. */
  allocated_bytes: number | null
  warnings: Warning[]
}

/** A file that can't be read is kept, and said. `readFile` is the way to source maps and packages. */
export async function readRunProfiles(
  files: readonly ProfileFile[],
  tool: Tool,
  run: ToolRun,
  { limit, readFile }: { limit: number; readFile: ReadText },
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
  return { profiles: shown, ...sumUp(all, limit), warnings }
}

/** Those that keep the versions of packages. */
const V8_FILES = ['.cpuprofile', '.heapprofile']

function sumUp(profiles: Profile[], limit: number): Omit<ReadRun, 'profiles' | 'warnings'> {
  const [first] = profiles
  if (!first) return { hottest: [], idle_ms: null, active_ms: null, allocated_bytes: null }
  const merged = mergeProfiles(profiles.filter(({ unit }) => unit === first.unit))
  const { hottest, idle_ms, active_ms } = hottestFunctions(merged, { limit })
  const isTime = merged.unit === 'ms'
  return {
    hottest: hottest.map(one => nameUnit(one, merged.unit)),
    idle_ms: isTime ? idle_ms : null,
    active_ms: isTime ? active_ms : null,
    allocated_bytes: merged.unit === 'bytes' ? active_ms : null,
  }
}

function nameUnit({ self_ms, total_ms, ...named }: HotFunction, unit: Profile['unit']): RunFunction {
  if (unit === 'bytes') return { ...named, self_bytes: self_ms, total_bytes: total_ms }
  if (unit === 'samples') return { ...named, self_samples: self_ms, total_samples: total_ms }
  return { ...named, self_ms, total_ms }
}

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
