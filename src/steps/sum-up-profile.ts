/** Where the time or the memory of a profile went, as data of a capture or a tool's run. */
import { hottestFunctions, type NamedFunction, nameUnit } from '../profilers/hottest.js'
import type { Profile, ProfileUnit } from '../profilers/profile.js'

export interface SummedProfile {
  /** Null where there is no profile. */
  unit: ProfileUnit | null
  hottest: NamedFunction[]
  /** Of all threads' time: in which nothing was to be done, and in which something was. Null for other units. */
  idle_ms: number | null
  active_ms: number | null
  /** Null but for bytes. */
  allocated_bytes: number | null
}

export function sumUpProfile(profile: Profile | null, limit: number): SummedProfile {
  if (!profile) return { unit: null, hottest: [], idle_ms: null, active_ms: null, allocated_bytes: null }
  const { unit } = profile
  const { hottest, idle, active } = hottestFunctions(profile, { limit })
  return {
    unit,
    hottest: hottest.map(one => nameUnit(one, unit)),
    idle_ms: unit === 'ms' ? idle : null,
    active_ms: unit === 'ms' ? active : null,
    allocated_bytes: unit === 'bytes' ? active : null,
  }
}
