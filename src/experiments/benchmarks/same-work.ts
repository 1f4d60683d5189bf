/**
 * Whether both sides did the same work. The load is the same for both, so where answers of another kind come back, the code answers
 * differently: what an answer cost, or how many there were, is then no matter of speed. Pure.
 */
import { newcombeInterval } from '../../stats/intervals.js'
import { formatShare } from '../../units.js'
import type { Warning } from '../../warnings.js'
import type { Sides } from './count-answers.js'
import type { Repetition } from './repetition.js'

/** Why no figure but the share of good requests can be compared; null where they can. */
export function explainOtherWork(sides: Sides, level: number): string | null {
  const nothing = (['base', 'head'] as const).flatMap(side => {
    const count = sides[side].filter(({ latency }) => latency.length === 0).length
    return count === 0 ? [] : [`${count} of ${sides[side].length} repetitions of the ${side}`]
  })
  if (nothing.length > 0) return `There was no answer under 400 in ${nothing.join(' and ')}.`
  const [changed] = findChanged(sides, level)
  if (changed === undefined) return null
  const { kind, base, head } = changed
  return `The answers differ: ${formatShare(base)} of the base’s were ${kind}, ${formatShare(head)} of the head’s. What they cost can’t be compared.`
}

export function warnAnswersDiffer(
  sides: Sides,
  names: { base: string; head: string },
  level: number,
): Warning[] {
  const found = findChanged(sides, level)
  if (found.length === 0) return []
  const parts = found.map(
    ({ kind, base, head }) =>
      `${formatShare(base)} of those of ${names.base} were ${kind}, and ${formatShare(head)} of those of ${names.head}`,
  )
  return [
    {
      code: 'answers-differ',
      message: `Both sides were asked for the same, and their answers differ: ${parts.join('; ')}. So only the share of good requests is judged.`,
      next: 'Ask both services by hand for what the load asks for: which answer is right?',
    },
  ]
}

const KINDS = ['3xx', '4xx', '5xx']

/** The smallest difference that counts, in shares. */
const LEAST = 0.01

interface ChangedKind {
  kind: string
  /** Of all answers of the side. */
  base: number
  head: number
}

/** Newcombe's interval takes answers as independent, which they are not quite: it errs towards saying that they differ. */
function findChanged(sides: Sides, level: number): ChangedKind[] {
  return KINDS.flatMap(kind => {
    const [before, after] = [countKind(sides.base, kind), countKind(sides.head, kind)]
    if (before.trials === 0 || after.trials === 0) return []
    const [base, head] = [before.good / before.trials, after.good / after.trials]
    const [low, high] = newcombeInterval(before, after, level)
    return Math.abs(head - base) > LEAST && (low > 0 || high < 0) ? [{ kind, base, head }] : []
  })
}

function countKind(repetitions: readonly Repetition[], kind: string): { good: number; trials: number } {
  const sum = (of: (repetition: Repetition) => number) =>
    repetitions.reduce((total, one) => total + of(one), 0)
  return { good: sum(({ statuses }) => statuses[kind] ?? 0), trials: sum(({ requests }) => requests) }
}
