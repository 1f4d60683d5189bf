/** What a tool wrote as profiles: how long, how many samples, and where the time or the memory went. */
import { WhyslowError } from '../errors.js'
import { type HotFunction, hottestFunctions } from '../profilers/hottest.js'
import type { Profile } from '../profilers/profile.js'
import { readProfiles } from '../profilers/read-profiles.js'
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
}

export interface ReadRun {
  /** The busiest first. */
  profiles: RunProfile[]
  /** Of the first profile. */
  hottest: RunFunction[]
  /** Of a CPU profile in milliseconds; else null. */
  idle_ms: number | null
  active_ms: number | null
  /** Of a heap profile; else null. */
  allocated_bytes: number | null
  warnings: Warning[]
}

/** A file that can't be read is kept, and said. */
export async function readRunProfiles(
  files: readonly ProfileFile[],
  tool: Tool,
  run: ToolRun,
  limit: number,
): Promise<ReadRun> {
  const warnings: Warning[] = []
  const read: { profile: Profile; shown: RunProfile; weight: number }[] = []
  for (const { file, kind } of files) {
    const profiles = await readOrWarn(file, warnings)
    const [first] = profiles
    if (!first) continue
    const weigh = (one: Profile): number => {
      const { active_ms } = hottestFunctions(one, { limit: 0 })
      return active_ms
    }
    const busiest = profiles.reduce((best, one) => (weigh(one) > weigh(best) ? one : best), first)
    const shown = {
      file,
      tool: tool.name,
      kind,
      pid: first.pid ?? (run.finished.pid || null),
      startedAt: first.startedAt ?? run.startedAt,
      duration_ms: first.duration_ms || run.duration_ms,
      samples: profiles.reduce((sum, one) => sum + one.samples, 0),
      interval_us: first.interval_us,
    }
    read.push({ profile: busiest, shown, weight: weigh(busiest) })
  }
  read.sort((a, b) => b.weight - a.weight)
  return { profiles: read.map(({ shown }) => shown), ...describeFirst(read[0]?.profile, limit), warnings }
}

function describeFirst(
  profile: Profile | undefined,
  limit: number,
): Pick<ReadRun, 'hottest' | 'idle_ms' | 'active_ms' | 'allocated_bytes'> {
  if (!profile) return { hottest: [], idle_ms: null, active_ms: null, allocated_bytes: null }
  const { hottest, idle_ms, active_ms } = hottestFunctions(profile, { limit })
  const isTime = profile.unit === 'ms'
  return {
    hottest: hottest.map(one => nameUnit(one, profile.unit)),
    idle_ms: isTime ? idle_ms : null,
    active_ms: isTime ? active_ms : null,
    allocated_bytes: profile.unit === 'bytes' ? active_ms : null,
  }
}

function nameUnit({ self_ms, total_ms, ...named }: HotFunction, unit: Profile['unit']): RunFunction {
  if (unit === 'bytes') return { ...named, self_bytes: self_ms, total_bytes: total_ms }
  if (unit === 'samples') return { ...named, self_samples: self_ms, total_samples: total_ms }
  return { ...named, self_ms, total_ms }
}

async function readOrWarn(file: string, warnings: Warning[]): Promise<Profile[]> {
  try {
    return (await readProfiles(file)).profiles
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    warnings.push({
      code: 'profile-unreadable',
      message: `${file} is kept, but could not be read as a profile: ${error.message}`,
    })
    return []
  }
}
