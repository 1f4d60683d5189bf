import type { Verdict } from '../../stats/verdicts.js'
import type { JudgedGate } from './comparison.js'

/**
 * `worse` when a gate fails; else what is least sure: one that can't be told leaves the whole untold. `better` where one is and none is
 * worse; a gate that is worse and doesn't fail (a waiver holds, or it may go there) is no difference that matters.
 */
export function judgeAll(gates: readonly JudgedGate[]): Verdict {
  const has = (verdict: Verdict) => gates.some(gate => gate.verdict === verdict)
  if (gates.some(gate => gate.fails)) return 'worse'
  if (gates.length === 0 || has('cannot tell yet')) return 'cannot tell yet'
  return has('better') && !has('worse') ? 'better' : 'no meaningful difference'
}
