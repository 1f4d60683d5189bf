import type { Distribution } from './distribution.js'

/**
 * Apdex, 0 to 1: (satisfied + tolerating/2) / all; null without samples. Satisfied: answered within the target
 * T. Tolerating: within 4T. All others are frustrated, `failed` ones too, whatever time they took. Not rounded;
 * the specification shows two decimals.
 *
 * Misleads because 4T is arbitrary and two quite different distributions have the same score: the share under
 * T says the same with one number less to choose. Source: Apdex Technical Specification 1.1 (2007).
 */
export function scoreApdex(answers: Distribution, target: number, failed = 0): number | null {
  const all = answers.total + failed
  if (all === 0) return null
  let satisfied = 0
  let tolerating = 0
  for (let i = 0; i < answers.values.length && answers.values[i]! <= 4 * target; i += 1) {
    if (answers.values[i]! <= target) satisfied += answers.counts[i]!
    else tolerating += answers.counts[i]!
  }
  return (satisfied + tolerating / 2) / all
}
