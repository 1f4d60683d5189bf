/** A gate in words: its values, its change, and what they mean. Plain text, as yet unescaped. */
import type { JudgedGate, JudgedWaiver } from '../../experiments/benchmarks/comparison.js'
import { kindOf } from '../../experiments/benchmarks/metrics.js'
import { formatCount, formatPromise } from '../../units.js'
import { formatChange, formatSmallest } from './change-words.js'
import { formatMeasured } from './measured.js'

/** What a gate comes to. `waived`: it went where it must not, and a waiver holds. */
export type GateOutcome = 'passes' | 'fails' | 'waived' | 'cannot tell yet'

export function outcomeOf(gate: JudgedGate): GateOutcome {
  if (gate.fails) return 'fails'
  if (gate.verdict === 'cannot tell yet') return 'cannot tell yet'
  return gate.waiver?.state === 'holds' && wentWrong(gate) ? 'waived' : 'passes'
}

/** A gate can also watch the way that is better: then that is the way where its metric must not go. */
function wentWrong({ metric, direction, verdict }: JudgedGate): boolean {
  const isWorse = verdict === 'worse'
  if (!isWorse && verdict !== 'better') return false
  return direction === 'either' || isWorse === (direction === kindOf(metric).worse)
}

/** `+10.0% (+6.1% to +13.9%)`; `–` for what wasn't measured. */
export function formatMove(gate: JudgedGate): string {
  const { value, interval } = gate.change
  const moved = formatChange(value, gate)
  return value === null || interval === null ? moved : `${moved} (${formatInterval(gate)})`
}

/** `+6.1% to +13.9%`; `–` for none. */
export function formatInterval(gate: JudgedGate): string {
  return gate.change.interval?.map(end => formatChange(end, gate)).join(' to ') ?? '–'
}

/** Of intervals: `95%`, `97.8%`. */
export function formatLevel(level: number): string {
  return formatPromise(Number(level.toFixed(3)))
}

/** The smallest change worth having, without a sign. */
export function formatSmallestOf({ change: { kind, smallest }, unit }: JudgedGate): string {
  return formatSmallest({ kind, value: smallest }, unit)
}

/** What was found, in one sentence; why it can't be told, and what would settle it; the waiver. */
export function describeGate(gate: JudgedGate): string {
  const { title, verdict, base, head, unit, waiver } = gate
  const measured = `from ${formatMeasured(base, unit)} to ${formatMeasured(head, unit)}, ${formatMove(gate)}`
  const parts = [
    `${capitalise(title)}: ${verdict}, ${measured}. The smallest change worth having is ${formatSmallestOf(gate)}.`,
    ...describeReason(gate),
    ...describeNeeds(gate),
  ]
  if (waiver !== null) parts.push(describeWaiver(waiver))
  return parts.join(' ')
}

/** Why it can't be told; none where it can. */
export function describeReason({ reason }: JudgedGate): string[] {
  return reason === null ? [] : [endSentence(reason)]
}

/** What would settle it; none where it is settled, or where nobody knows. `of` is what it is about, where nothing else says that. */
export function describeNeeds({ needs, verdict }: JudgedGate, of?: string): string[] {
  if (!needs?.pairs || verdict !== 'cannot tell yet') return []
  const pairs = `about ${formatCount(needs.pairs)} pairs of repetitions`
  const said = needs.reachable ? `${pairs} would tell.` : `it would take ${pairs}, more than are run.`
  return [of === undefined ? capitalise(said) : `${capitalise(of)}: ${said}`]
}

export function capitalise(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

function endSentence(text: string): string {
  return `${text.replace(/[.\s]+$/, '')}.`
}

/** With what was measured, where nothing else says that. */
export function describeMeasuredWaiver(waiver: JudgedWaiver): string {
  const { title, unit } = kindOf(waiver.metric)
  const measured = waiver.value === null ? 'not measured' : formatMeasured(waiver.value, unit)
  return `${capitalise(title)}: ${measured}. ${describeWaiver(waiver)}`
}

export function describeWaiver(waiver: JudgedWaiver): string {
  const { metric, state, expires, ceiling, reason, story } = waiver
  const limit = formatMeasured(ceiling, kindOf(metric).unit)
  const why = story === null ? endSentence(reason) : endSentence(`${reason} (story ${story})`)
  if (state === 'expired') return `Its waiver expired on ${expires}: ${why}`
  if (state === 'exceeded') return `It is beyond the ceiling of its waiver, ${limit}: ${why}`
  return `It is waived until ${expires}, up to ${limit}: ${why}`
}
