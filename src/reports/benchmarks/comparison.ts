/** A comparison of two versions: what got worse and by how much in one sentence, each gate, and what the reader must know to trust it. */
import type { BenchmarkComparison, JudgedGate } from '../../experiments/benchmarks/comparison.js'
import { failingWithoutGate } from '../../experiments/benchmarks/waivers.js'
import type { Verdict } from '../../stats/verdicts.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import { fitCharset, type Paint, paint, plain, type Style, wrap } from '../style.js'
import { renderTable } from '../table.js'
import { formatChange, nameVersion } from './change-words.js'
import {
  describeMeasuredWaiver,
  describeNeeds,
  describeReason,
  describeWaiver,
  formatInterval,
  formatLevel,
  formatMove,
  formatSmallestOf,
  outcomeOf,
} from './gate-words.js'
import { formatMeasured } from './measured.js'
import { describeSteadiness } from './noise.js'

const VERDICT_PAINT: Record<Verdict, Paint> = {
  better: 'green',
  worse: 'red',
  'no meaningful difference': 'cyan',
  'cannot tell yet': 'yellow',
}

export function renderBenchmarkComparison(result: BenchmarkComparison, style: Style): string {
  const { verdict, noise } = result
  const name = paint(style, 'bold', paint(style, VERDICT_PAINT[verdict], verdict))
  const [sentence, ...more] = describeVerdict(result).map(line => plain(style, line))
  const lines = [`${name}: ${sentence}`, ...more].map(line => wrap(style, line))
  const parts = [
    lines.join('\n'),
    renderGates(result, style),
    renderDiffers(result, style),
    paint(
      style,
      'dim',
      [describeMeasured(result), describeSteadiness(noise)]
        .map(line => wrap(style, plain(style, line)))
        .join('\n'),
    ),
    describeNext(result)
      .map(line => wrap(style, `→ ${plain(style, line)}`, '  '))
      .join('\n'),
  ]
  return fitCharset(style, parts.filter(part => part !== '').join('\n\n'))
}

/** Plain text from outside as it came (names of sides, reasons): to be escaped where it is shown. The first sentence follows the verdict's name. */
function describeVerdict(result: BenchmarkComparison): string[] {
  const { gates, verdict, rounds, base, head } = result
  const failed = gates.filter(gate => gate.fails)
  const alone = failingWithoutGate(result).map(describeMeasuredWaiver)
  const versions = `${head.name} against ${base.name}`
  const first = rounds.length > 1 ? rounds[0]!.gates : []
  if (failed.length > 0) {
    const moved = failed.map(describeFailure)
    return [
      `${versions}: ${moved.join('; ')}.`,
      ...alone,
      ...describeWaived(failed),
      ...describeConfirmed(result),
      ...describeWaived(gates.filter(gate => !gate.fails)),
    ]
  }
  if (alone.length > 0) return [`${versions}: no gate fails.`, ...alone, ...describeWaived(gates)]
  const acquitted = first.filter(
    gate => gate.fails && !gates.some(one => one.metric === gate.metric && one.fails),
  )
  const again = acquitted.map(
    gate => `A first round saw ${describeMoved(gate)}; measured again from nothing, that was not confirmed.`,
  )
  if (verdict === 'cannot tell yet') {
    const untold = gates.filter(gate => gate.verdict === 'cannot tell yet')
    const moved = untold.map(gate => (gate.change.interval === null ? gate.title : describeMoved(gate)))
    const reasons = new Set(untold.flatMap(describeReason))
    return [`${versions}: ${moved.join('; ')}.`, ...reasons, ...again, ...describeWaived(gates)]
  }
  const moved = gates.filter(gate => gate.verdict === 'better').map(describeMoved)
  if (verdict === 'better') return [`${versions}: ${moved.join('; ')}.`, ...again]
  return [
    `${versions}, in the ${gates.map(({ title }) => title).join(' and ')}.`,
    ...again,
    ...describeWaived(gates),
  ]
}

function describeFailure(gate: JudgedGate): string {
  const { title, verdict, unit, head } = gate
  const isStill = verdict === 'cannot tell yet' || verdict === 'no meaningful difference'
  return isStill ? `${title} ${formatMeasured(head, unit)}` : describeMoved(gate)
}

/** `CPU time per request +12.0% (+9.1% to +15.0%)`. */
function describeMoved(gate: JudgedGate): string {
  return `${gate.title} ${formatMove(gate)}`
}

function describeConfirmed({ rounds, interleaved, gates }: BenchmarkComparison): string[] {
  if (rounds.length > 1) return ['Confirmed: a second round, measured from nothing, says the same.']
  if (!interleaved) return ['Not confirmed: these are results, and nothing was measured again.']
  return gates.some(gate => gate.fails && gate.waiver?.state === 'expired')
    ? ['That is a matter of the day, so nothing was measured again.']
    : []
}

/** What is accepted, and what no longer is. */
function describeWaived(gates: readonly JudgedGate[]): string[] {
  return gates.flatMap(gate => {
    const { waiver, fails } = gate
    if (waiver === null) return []
    if (fails) return [describeMeasuredWaiver(waiver)]
    return outcomeOf(gate) === 'waived' ? [`${describeMoved(gate)}. ${describeWaiver(waiver)}`] : []
  })
}

/** In a table there is little room. */
const SHORT: Partial<Record<Verdict, string>> = { 'no meaningful difference': 'no difference' }

function renderGates({ gates, rounds }: BenchmarkComparison, style: Style): string {
  const rows = gates.map(gate => [
    gate.title,
    formatMeasured(gate.base, gate.unit),
    formatMeasured(gate.head, gate.unit),
    formatChange(gate.change.value, gate),
    formatInterval(gate),
    formatSmallestOf(gate),
    {
      text: SHORT[gate.verdict] ?? gate.verdict,
      paint: gate.verdict === 'worse' && !gate.fails ? undefined : VERDICT_PAINT[gate.verdict],
    },
  ])
  return renderTable(
    [
      { header: 'gate', shrinkTo: 22 },
      { header: 'base', align: 'right' },
      { header: 'head', align: 'right' },
      { header: 'change', align: 'right' },
      { header: `${formatLevel(rounds.at(-1)!.level)} interval`, align: 'right', drop: 1 },
      { header: 'smallest', align: 'right', drop: 2 },
      { header: 'verdict' },
    ],
    rows,
    style,
  )
}

function renderDiffers({ differs }: BenchmarkComparison, style: Style): string {
  if (differs.length === 0) return ''
  return renderTable(
    [
      { header: 'differs besides the code' },
      { header: 'base', shrinkTo: 16 },
      { header: 'head', shrinkTo: 16 },
    ],
    differs.map(({ what, base, head }) => [what, base, head]),
    style,
  )
}

/** How it was measured, in one line. */
function describeMeasured({
  rounds,
  interleaved,
  repetitions,
  under_ms,
  base,
  head,
}: BenchmarkComparison): string {
  const good = `Good: answered under 400 in less than ${formatDuration(under_ms)}.`
  const commits = [base, head].map(nameVersion).join(' and ')
  if (!interleaved) {
    const counts = (['base', 'head'] as const).map(
      side => repetitions.filter(one => one.side === side).length,
    )
    return `Of ${commits}: ${counts[0]} and ${counts[1]} repetitions, measured one after the other. ${good}`
  }
  const pairs = rounds.map(round => formatCount(round.pairs)).join(' and ')
  const level = formatShare(1 - rounds.at(-1)!.level)
  const looks =
    rounds.at(-1)!.level > 0.951
      ? `, each look wrong in ${level} at most, so that all together are in 5%`
      : ''
  return `Of ${commits}: ${pairs} pairs of runs in turns (A B B A)${looks}. ${good}`
}

/** What to do about what can't be told. */
function describeNext({ gates, interleaved, verdict }: BenchmarkComparison): string[] {
  const open = gates.filter(gate => describeNeeds(gate).length > 0)
  if (verdict !== 'cannot tell yet' || !interleaved)
    return open.flatMap(gate => describeNeeds(gate, gate.title))
  if (open.length === 0) return []
  const most = Math.max(...open.map(({ needs }) => needs!.pairs!))
  const each = open.map(({ title, needs }) => `${formatCount(needs!.pairs!)} for the ${title}`)
  return [
    `More pairs would settle it four times out of five, if the difference is what it seems: --most-pairs ${most + (most % 2)}${open.length > 1 ? ` (${each.join(', ')})` : ''}`,
    'Or make runs differ less: a longer duration, a machine with nothing else on it; or ask for less: a larger smallest change in the scenario.',
  ]
}
