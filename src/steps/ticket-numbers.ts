/** The figures of a story for the number fields of a tracker. Pure. */
import type { StoryAnswer, StoryFrontMatter } from '../stories/schema.js'
import type { TicketNumber } from '../trackers/tracker.js'

/**
 * Null for what nobody knows, and for what isn't a number. `story` is redacted, so that money that may not be shown is text by now.
 * `goodShare` is that of after the fix, once it was measured. Fewer customers than k are hidden by the gate.
 */
export function readNumbers(
  story: StoryFrontMatter,
  seen: { underShare: number | null } | null,
): Record<TicketNumber, number | null> {
  const { questions, evidence, outcome, tickets } = story
  const share = evidence.find(entry => entry.kind === 'share')?.value
  const before = typeof share === 'number' ? share : (seen?.underShare ?? null)
  return {
    customers: readNumber(questions.customers, /^(?:customers?|accounts?|companies)$/i),
    revenue: readNumber(questions.revenue, /^[A-Z]{3}\b/),
    supportTickets:
      tickets.matched.length > 0 || questions.support !== 'unknown' ? tickets.matched.length : null,
    goodShare: outcome?.after.share ?? before,
  }
}

/** `12`, or `12 customers` as people write it; a number of another unit is another number. */
function readNumber(answer: StoryAnswer, units: RegExp): number | null {
  if (answer === 'unknown') return null
  const { value, unit } = answer
  if (unit !== null && !units.test(unit)) return null
  if (typeof value === 'number') return value
  const [, digits, noun] = /^\s*(\d[\d,]*)(?:\s+(\S+))?\s*$/.exec(String(value)) ?? []
  if (digits === undefined || (noun !== undefined && !units.test(noun))) return null
  return Number(digits.replaceAll(',', ''))
}
