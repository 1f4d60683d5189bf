/** What `profile show` found, as data: the unit stands in the names. */
import type { Advice } from '../profilers/advise.js'
import type { ProfileUnit } from '../profilers/profile.js'
import type { FunctionShare } from '../profilers/summary.js'
import type { Warning } from '../warnings.js'
import type { ShownProfile, ShownProfiles } from './show-profiles.js'

/** Amounts are named `self_ms`, `self_bytes` or `self_samples`, after the profile's unit. */
type Amounts = Partial<
  Record<
    `${'self' | 'total' | 'selfPerRequest' | 'totalPerRequest' | 'idle' | 'active'}_${ProfileUnit}`,
    number
  >
>

interface Place {
  function: string
  file: string | null
  line: number | null
  group: string
  share: number
}

export type ProfileData = {
  profiles: ShownProfile[]
  hottest: (Place & Amounts)[]
  groups: ({ group: string; share: number } & Amounts)[]
  heaviestPath: (Place & Amounts)[]
  requests: number | null
  advice: Advice[]
  warnings: Warning[]
} & Amounts

export function describeAsData(shown: ShownProfiles): ProfileData {
  const { summary, requests } = shown
  const inUnit = (amounts: Record<string, number>): Amounts =>
    Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [`${name}_${summary.unit}`, amount]))
  const describe = ({ self, total, calledFrom: _, ...place }: FunctionShare): Place & Amounts => ({
    ...place,
    ...inUnit({ self, total }),
  })
  const perRequest = ({ self, total }: FunctionShare, count: number): Amounts =>
    inUnit({ selfPerRequest: self / count, totalPerRequest: total / count })
  return {
    profiles: shown.profiles,
    hottest: shown.functions.map(one => ({
      ...describe(one),
      ...(requests === null ? {} : perRequest(one, requests)),
    })),
    groups: summary.groups.map(({ group, self, share }) => ({ group, ...inUnit({ self }), share })),
    heaviestPath: summary.heaviestPath.map(describe),
    ...inUnit({ idle: summary.idle, active: summary.active }),
    requests,
    advice: shown.advice,
    warnings: shown.warnings,
  }
}
