import { formatPlace, WhyslowError } from '../errors.js'
import type { Warning } from '../warnings.js'

/** For a question that is answered by the other stories: each with its file and line. */
export function describeUnreadable(problems: readonly WhyslowError[]): Warning[] {
  return problems.map(problem => ({
    code: 'story-unreadable',
    message: `A story was left out, since it can't be read: ${locate(problem)}`,
  }))
}

/** All problems of all files in one error, its place the first of them. */
export function joinProblems(problems: readonly WhyslowError[]): WhyslowError {
  const [first] = problems
  if (problems.length === 1) return first!
  return new WhyslowError(`${problems.length} stories can't be read.\n${problems.map(locate).join('\n')}`, {
    ...(first?.place ? { place: first.place } : {}),
    next: [...new Set(problems.flatMap(({ next }) => next))],
  })
}

function locate({ message, place }: WhyslowError): string {
  return place && !message.includes(place.file) ? `${formatPlace(place)}: ${message}` : message
}
