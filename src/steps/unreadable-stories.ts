import type { WhyslowError } from '../errors.js'
import type { Warning } from '../warnings.js'

/** For a question that is answered by the other stories: each with its file and line. */
export function describeUnreadable(problems: readonly WhyslowError[]): Warning[] {
  return problems.map(problem => ({
    code: 'story-unreadable',
    message: `A story was left out, since it can't be read: ${problem.message}`,
  }))
}
