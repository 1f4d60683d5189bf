/** By these an issue is found again. */
import { createHash } from 'node:crypto'

export const LABEL = 'whyslow'

/** GitHub takes no longer ones. */
const MAX_LABEL = 50

/** `whyslow:checkout-slow`; a long id is cut, and told apart by a hash. */
export function storyLabel(story: string): string {
  const label = `${LABEL}:${story}`
  if (label.length <= MAX_LABEL) return label
  const hash = createHash('sha256').update(story).digest('hex').slice(0, 8)
  return `${label.slice(0, MAX_LABEL - 9)}-${hash}`
}
