/** `bench compare --profile`: where a gate fails, both sides are profiled under the same load. */
import { WhyslowError } from '../../errors.js'
import type { BenchmarkComparison } from '../../experiments/benchmarks/comparison.js'
import type { Warning } from '../../warnings.js'
import type { Workbook } from '../../workbook/workbook.js'
import { nameCommand } from '../write-charts.js'
import { type ProfiledSides, type ProfileSidesRequest, profileSides } from './profile-sides.js'
import type { SettledScenario } from './settle-scenario.js'

export interface ProfiledComparison extends BenchmarkComparison {
  /** Null where no gate failed, or it wasn't asked for, or it couldn't be taken or was cut short, which a warning says. */
  profile: ProfiledSides | null
}

/** Never rejects for what keeps a profile from being taken: the verdict is there without it. */
export async function profileFailure(
  settled: SettledScenario,
  workbook: Workbook | null,
  comparison: BenchmarkComparison,
  request: ProfileSidesRequest,
): Promise<ProfiledComparison> {
  if (!comparison.gates.some(({ fails }) => fails)) return { ...comparison, profile: null }
  try {
    const profile = await profileSides(settled, workbook, request)
    const known = new Set(comparison.warnings.map(({ message }) => message))
    const more = profile.warnings.filter(({ message }) => !known.has(message))
    return { ...comparison, profile, warnings: [...comparison.warnings, ...more] }
  } catch (error) {
    return {
      ...comparison,
      profile: null,
      warnings: [...comparison.warnings, explainMissing(error, settled, request)],
    }
  }
}

/** Throws what nobody expected. */
function explainMissing(
  error: unknown,
  { scenario }: SettledScenario,
  { base, head, signal }: ProfileSidesRequest,
): Warning {
  const code = 'profile-missing'
  if (signal.aborted)
    return {
      code,
      message: 'A gate failed, and there is no profile of it: taking it was interrupted.',
      next: `To take it by itself: ${nameCommand('bench:profile', base, head, scenario.shown)}`,
    }
  if (!(error instanceof Error && (error instanceof WhyslowError || 'syscall' in error))) throw error
  const message = `A gate failed, and there is no profile of it: ${error.message}`
  const next = error instanceof WhyslowError ? error.next[0] : undefined
  return { code, message, ...(next === undefined ? {} : { next }) }
}
