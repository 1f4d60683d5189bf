/** Figures say something of two versions only where all else that decides about them is the same. Pure. */
import { WhyslowError } from '../../errors.js'
import { formatDuration } from '../../units.js'
import type { Repetition } from './repetition.js'

export interface ComparedResults {
  /** How messages name them. */
  name: string
  /** All of one fingerprint. */
  repetitions: readonly Pick<Repetition, 'fingerprint' | 'under_ms'>[]
}

/** Throws a `WhyslowError` for two that were measured under different loads, of different services, or by different ideas of a good request. */
export function checkComparable(base: ComparedResults, head: ComparedResults): void {
  const [one, other] = [base.repetitions[0]!, head.repetitions[0]!]
  if (one.fingerprint === other.fingerprint) return
  const said = [base, head].map(side => `${formatDuration(side.repetitions[0]!.under_ms)} in ${side.name}`)
  throw new WhyslowError(
    one.under_ms === other.under_ms
      ? `${base.name} and ${head.name} were measured with another load, or with the service started in another way, so they can’t be compared.`
      : `A good request takes less than ${said.join(' and than ')}, so they can’t be compared. Their load or service may differ, too.`,
    {
      next: [
        'Measure both by one scenario: its service, load and under as they are now',
        'Or two versions in turns: whyslow bench compare BASE HEAD, of two commits or folders',
      ],
    },
  )
}
