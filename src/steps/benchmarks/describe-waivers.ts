/** Waivers that fail the check, and what to do about them. */
import type { BenchmarkComparison, JudgedWaiver } from '../../experiments/benchmarks/comparison.js'
import { kindOf } from '../../experiments/benchmarks/metrics.js'
import type { Scenario } from '../../experiments/benchmarks/scenario.js'
import { failingWithoutGate } from '../../experiments/benchmarks/waivers.js'
import { formatMeasured } from '../../reports/benchmarks/measured.js'
import type { Warning } from '../../warnings.js'

export function describeWaivers(
  failing: readonly JudgedWaiver[],
  { shown }: Pick<Scenario, 'shown'>,
): Warning[] {
  return failing.map(({ metric, value, ceiling, expires, reason, story, state }) => {
    const { title, unit } = kindOf(metric)
    const measured = value === null ? 'wasn’t measured' : `is ${formatMeasured(value, unit)}`
    const until = state === 'expired' ? `expired on ${expires}` : `allows ${formatMeasured(ceiling, unit)}`
    return {
      code: 'waiver-failed',
      message: `The waiver of ${metric} (${reason}) ${until}: the ${title} ${measured}.`,
      next: `Mend it${story === null ? '' : ` (story ${story})`}, or decide anew in ${shown}: ${state === 'expired' ? 'a later day, or no waiver' : 'a higher ceiling'}.`,
    }
  })
}

/** Those that no gate tells of. */
export function warnOfWaivers(
  comparison: BenchmarkComparison,
  scenario: Pick<Scenario, 'shown'>,
): BenchmarkComparison {
  const warnings = describeWaivers(failingWithoutGate(comparison), scenario)
  return { ...comparison, warnings: [...comparison.warnings, ...warnings] }
}
